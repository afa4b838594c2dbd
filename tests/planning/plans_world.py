"""Plans made by hand for the checkpoint of `planning_world`, and carriers that book there. All invented."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

from planning_world import NOON, World

from greenlane.booking.commands import book, make_slots
from greenlane.booking.models import Booking, Quota, Slot
from greenlane.planning.models import DayPlan
from greenlane.planning.plan_asked import PlanAsked
from greenlane.planning.plan_document import digest_of
from greenlane.planning.plan_wishes import PlanWishes
from greenlane.planning.queries import version_of
from greenlane.registry.models import Account, Carrier, Truck
from plan_example import document

TOMORROW = date(2026, 11, 26)
MIDNIGHT = datetime(2026, 11, 25, 22, 0, tzinfo=UTC)
"""Of tomorrow in Kyiv."""
DIRECTION = "outbound"
_numbers = count(1)


def opened(world: World) -> None:
    """Tomorrow's slots exist."""
    make_slots(world.here, DIRECTION, TOMORROW, TOMORROW)


def slot_at(world: World, minutes: int) -> Slot:
    """Tomorrow's slot so many minutes after midnight."""
    return Slot.objects.get(
        checkpoint=world.here, direction=DIRECTION, starts_at=MIDNIGHT + timedelta(minutes=minutes)
    )


def capacity(slot: Slot, share: str = "") -> int:
    """Places of a slot, or of one share of it."""
    kind = "share" if share else "slot"
    return Quota.objects.get(slot=slot, kind=kind, share=share).capacity


def carrier_account() -> Account:
    """A driver of a carrier of its own."""
    number = next(_numbers)
    carrier = Carrier.objects.create(name=f"Invented Haulage {number}", country="PL")
    name = f"driver{number}@example.org"
    return Account.objects.create(username=name, email=name, carrier=carrier, carrier_role="driver")


def booked(world: World, slot: Slot, number: int, at: datetime = NOON) -> list[Booking]:
    """So many confirmed bookings in a slot, each of a carrier of its own."""
    return [_booked(slot, at) for _ in range(number)]


def _booked(slot: Slot, at: datetime) -> Booking:
    account = carrier_account()
    assert account.carrier is not None
    plate = f"PLN{next(_numbers):05}"
    truck = Truck.objects.create(
        carrier=account.carrier, plate=plate, plate_key=plate, country="PL", vehicle_class="laden"
    )
    return book(account, slot.pk, truck.pk, at, "")


def made_plan(world: World, bookings: dict[str, int], day: date = TOMORROW, **changes: Any) -> DayPlan:
    """A plan that waits to be accepted."""
    made = document(bookings, **changes)
    return DayPlan.objects.create(
        checkpoint=world.here,
        direction=DIRECTION,
        day=day,
        crossing_version=version_of(world.here),
        wishes=PlanAsked(PlanWishes(day)).as_data(),
        document=made,
        digest=digest_of(made),
        state=DayPlan.PlanState.MADE,
        asked_at=NOON,
        made_at=NOON,
    )
