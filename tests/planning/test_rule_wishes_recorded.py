"""Wishes on record: bookings with what became of them, and trucks that came without one."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import count
from uuid import uuid4

import numpy as np
import pytest
from planning_world import World

from greenlane.booking.commands import book, cancel, make_slots
from greenlane.booking.models import Booking, Slot
from greenlane.gate.models import Passage
from greenlane.planning.queries.rules import rules_in_force
from greenlane.planning.queries.wishes import recorded_wishes
from greenlane.planning.rule_trial.rules import RuleError
from greenlane.planning.rule_trial.trial import try_rules
from greenlane.planning.rule_trial.wishes import UNKNOWN
from greenlane.registry.models import Account, Carrier, Truck
from greenlane.registry.queries import checkpoint_document

pytestmark = pytest.mark.django_db
MONDAY = date(2026, 5, 4)
MIDNIGHT = datetime(2026, 5, 3, 21, 0, tzinfo=UTC)
"""The beginning of that day in Kyiv."""
DESCRIBED = ("laden", "empty", "perishable", "dangerous", "oversize", "humanitarian")
MADE = MIDNIGHT - timedelta(days=2)
_numbers = count(1)


def after(minutes: float) -> datetime:
    return MIDNIGHT + timedelta(minutes=minutes)


def fleet(trucks: int, vehicle_class: str = "laden") -> tuple[Account, list[Truck]]:
    """An invented carrier's dispatcher and trucks."""
    number = next(_numbers)
    carrier = Carrier.objects.create(name=f"Invented Haulage {number}", country="PL")
    name = f"dispatcher{number}@example.org"
    account = Account.objects.create(username=name, email=name, carrier=carrier, carrier_role="dispatcher")
    plates = [f"TST{number:02}{place:03}" for place in range(trucks)]
    made = [
        Truck.objects.create(
            carrier=carrier, plate=plate, plate_key=plate, country="PL", vehicle_class=vehicle_class
        )
        for plate in plates
    ]
    return account, made


def booked(world: World, account: Account, truck: Truck, starts: float, asked_for: float) -> Booking:
    slot = Slot.objects.get(checkpoint=world.here, direction="outbound", starts_at=after(starts))
    return book(account, slot.pk, truck.pk, MADE, "", asked_for=after(asked_for))


def passed(world: World, arrival: float, booking: Booking | None = None, **given: str) -> None:
    Passage.objects.create(
        checkpoint=world.here, direction="outbound", booking=booking, opened_by=uuid4(), plate="X",
        plate_key="X", phase="left", first_at=after(arrival), last_at=after(arrival + 30),
        park_in_at=after(arrival), entry_at=after(arrival + 20), exit_at=after(arrival + 30), **given,
    )  # fmt: skip


@pytest.fixture
def recorded(world: World) -> World:
    """One trip came late, one never, one was cancelled; two came unbooked, one in a class not described."""
    make_slots(world.here, "outbound", MONDAY - timedelta(days=2), MONDAY + timedelta(days=1))
    account, (first, second, third) = fleet(3)
    came = booked(world, account, first, 600, 540)
    passed(world, 625, came, channel="red", vehicle_class="laden")
    Booking.objects.filter(pk=came.pk).update(state="called", changed_at=after(610))
    Booking.objects.filter(pk=came.pk).update(state="entered", ended_at=after(645), changed_at=after(645))
    missed = booked(world, account, second, 660, 660)
    Booking.objects.filter(pk=missed.pk).update(state="no_show", ended_at=after(900), changed_at=after(900))
    gone = booked(world, account, third, 690, 690)
    cancel(account, gone.code, "", MADE)
    passed(world, 700, channel="green", vehicle_class="empty")
    passed(world, 720, channel="green", vehicle_class="bus")
    passed(world, 730)
    return world


def test_each_trip_has_its_wish_its_carrier_and_what_became_of_it(recorded: World) -> None:
    found = recorded_wishes(recorded.here, "outbound", MONDAY, 1, 1)
    assert found.wished.tolist() == [540.0, 660.0, 700.0, 730.0]
    assert found.books.tolist() == [True, True, False, False]
    assert found.lead.tolist() == [540.0 + 2880.0, 660.0 + 2880.0, 0.0, 0.0]
    assert found.kind[0] == "red/laden"
    assert found.kind[1].endswith("/laden"), "its channel was never read, and is drawn"
    assert found.kind[2] == "green/empty"
    assert found.kind[3].partition("/")[2] in DESCRIBED, "nobody read its class, and it is not left out"
    assert found.absent.tolist() == [False, True, False, False]
    assert found.offset[0] == 25.0
    assert np.isnan(found.offset[1:]).all()
    assert found.carrier[0] == found.carrier[1] != UNKNOWN
    assert found.fleet.tolist() == [3, 3, UNKNOWN, UNKNOWN]
    assert found.truck[0] != found.truck[1]
    assert any("1 bookings that were cancelled" in words for words in found.left_out)
    assert any("1 trucks of a class" in words for words in found.left_out)


def test_recorded_weeks_can_be_tried(recorded: World) -> None:
    wishes = recorded_wishes(recorded.here, "outbound", MONDAY, 1, 1)
    book = rules_in_force(recorded.here, "outbound")
    report = try_rules(checkpoint_document(recorded.here), book, book, wishes)
    everyone = report.groups[0].old
    assert (everyone.trips, everyone.asked, everyone.placed, everyone.came) == (4, 2, 2, 3)
    trips = {group.code: group.old.trips for group in report.groups}
    assert (trips["carriers:small"], trips["carriers:unknown"], trips["asks:live_queue"]) == (2, 2, 2)
    assert report.left_out == wishes.left_out
    assert "recorded at yahodyn" in report.origin


def test_weeks_without_a_record_are_refused(world: World) -> None:
    with pytest.raises(RuleError, match="Nothing is recorded"):
        recorded_wishes(world.here, "outbound", MONDAY, 1, 1)
