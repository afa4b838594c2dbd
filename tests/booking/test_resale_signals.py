"""Signals of resale in the database: kept up to date, decided by an officer, and read by nobody else."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from places_world import (
    NOW,
    Scene,
    make_account,
    make_carrier,
    make_quota,
    make_scene,
    make_slot,
    make_truck,
    minutes,
)

import greenlane
from greenlane.booking.commands import book, cancel, decide_signal, find_signals, look_at_signal, swap
from greenlane.booking.models import Booking, ResaleSignal
from greenlane.booking.queries import limited_until, rules_of
from greenlane.booking.queries.resale import signals_for, trips_since
from greenlane.errors import GreenlaneError
from greenlane.registry.models import Account, Driver, Grant, LookUp, Role

pytestmark = [pytest.mark.db, pytest.mark.django_db]


@pytest.fixture
def scene() -> Scene:
    return make_scene(capacity=99, verified=True, horizon_days=60, swap_cooldown_minutes=0, swaps_per_trip=3)


def driver_of(scene: Scene, name: str) -> int:
    return Driver.objects.create(carrier=scene.carrier, full_name=f"Invented {name}").pk


def sold(scene: Scene, number: int) -> Booking:
    """Booked for the seller's truck and driver; it ends with a buyer's."""
    own = make_truck(scene.carrier)
    booking = book(scene.driver, scene.slot.pk, own.pk, NOW, "", driver_id=driver_of(scene, f"own {number}"))
    return swap(
        scene.driver,
        booking.code,
        NOW + minutes(number),
        truck_id=make_truck(scene.carrier).pk,
        driver_id=driver_of(scene, f"buyer {number}"),
    )


def others(scene: Scene, carriers: int = 5, trips: int = 8) -> None:
    """Fleets at the same checkpoint that book and come."""
    for _ in range(carriers):
        carrier = make_carrier()
        account = make_account(carrier)
        for _ in range(trips):
            book(account, scene.slot.pk, make_truck(carrier).pk, NOW, "")


def officer_of(scene: Scene, role: str = Role.OFFICER) -> Account:
    account = make_account(None)
    Grant.objects.create(account=account, checkpoint=scene.checkpoint, role=role, given_at=NOW)
    return account


def test_a_trip_is_told_with_all_its_trucks_and_whether_the_driver_changed(scene: Scene) -> None:
    first, second, third = (make_truck(scene.carrier, vin=f"WDB{n:014}") for n in range(3))
    before, after = driver_of(scene, "one"), driver_of(scene, "two")
    booking = book(scene.driver, scene.slot.pk, first.pk, NOW, "", driver_id=before)
    swap(scene.driver, booking.code, NOW + minutes(1), truck_id=second.pk)
    swap(scene.driver, booking.code, NOW + minutes(2), truck_id=third.pk, driver_id=after)
    plain = book(scene.driver, scene.slot.pk, scene.truck.pk, NOW, "")
    swap(scene.driver, plain.code, NOW + minutes(3), driver_id=after)
    trips = {trip.code: trip for trip in trips_since(NOW - timedelta(days=1))}
    told = trips[booking.code]
    assert told.plates == tuple(f"PL {truck.plate}" for truck in (first, second, third))
    assert told.vins == (first.vin, second.vin, third.vin)
    assert (told.swapped_at, told.driver_changed) == ((NOW + minutes(1), NOW + minutes(2)), True)
    assert told.is_sold
    assert trips[plain.code].plates == (f"PL {scene.truck.plate}",)
    assert not trips[plain.code].is_sold
    assert trips_since(NOW) == []


def test_naming_a_driver_for_the_first_time_is_no_change(scene: Scene) -> None:
    booking = book(scene.driver, scene.slot.pk, scene.truck.pk, NOW, "")
    swap(
        scene.driver,
        booking.code,
        NOW,
        truck_id=make_truck(scene.carrier).pk,
        driver_id=driver_of(scene, "one"),
    )
    (told,) = trips_since(NOW - timedelta(days=1))
    assert not told.driver_changed


def test_a_reseller_is_found_once_and_its_evidence_is_brought_up_to_date(scene: Scene) -> None:
    others(scene)
    for number in range(8):
        sold(scene, number)
    assert find_signals(NOW + timedelta(hours=1)) == 2
    kinds = set(ResaleSignal.objects.values_list("kind", flat=True))
    assert kinds == {"edits", "sold_then_swapped"}
    signal = ResaleSignal.objects.get(kind="edits")
    assert signal.evidence["carriers"] == [scene.carrier.pk]
    assert (signal.checkpoint, signal.evidence["count"]) == (scene.checkpoint, 8)
    sold(scene, 9)
    assert find_signals(NOW + timedelta(hours=2)) == 0
    signal.refresh_from_db()
    assert (signal.evidence["count"], signal.seen_at - signal.found_at) == (9, timedelta(hours=1))
    assert find_signals(NOW + timedelta(days=200)) == 0


def test_a_dismissed_signal_comes_again_only_once_it_has_doubled(scene: Scene) -> None:
    others(scene)
    for number in range(6):
        sold(scene, number)
    find_signals(NOW + timedelta(hours=1))
    signal = ResaleSignal.objects.get(kind="edits")
    decide_signal(officer_of(scene), signal.pk, False, "a strike of drivers", NOW + timedelta(hours=2))
    for number in range(6, 11):
        sold(scene, number)
    find_signals(NOW + timedelta(hours=3))
    assert not ResaleSignal.objects.filter(kind="edits", state="open").exists()
    sold(scene, 11)
    find_signals(NOW + timedelta(hours=4))
    assert ResaleSignal.objects.filter(kind="edits", state="open").count() == 1


def test_accounts_of_one_mailbox_in_two_carriers_are_a_sign(scene: Scene) -> None:
    other = make_carrier()
    colleague = make_account(other)
    Account.objects.filter(pk=scene.driver.pk).update(email="boss+a@example.org")
    Account.objects.filter(pk=colleague.pk).update(email="b.oss@example.org")
    book(scene.driver, scene.slot.pk, scene.truck.pk, NOW, "")
    book(colleague, scene.slot.pk, make_truck(other).pk, NOW, "")
    find_signals(NOW + minutes(1))
    signal = ResaleSignal.objects.get()
    assert (signal.kind, signal.evidence["figures"]["contact"]) == ("shared_contact", "b…@example.org")
    assert "boss" not in str(signal.evidence) + signal.subject


def made(scene: Scene, **given: Any) -> ResaleSignal:
    return ResaleSignal.objects.create(
        checkpoint=scene.checkpoint,
        kind="edits",
        subject="carrier 1 at 1",
        found_at=NOW,
        seen_at=NOW,
        **given,
    )


def test_only_officers_of_the_checkpoint_see_and_decide_and_each_look_is_logged(scene: Scene) -> None:
    signal, officer = made(scene), officer_of(scene)
    for stranger in (officer_of(make_scene()), officer_of(scene, Role.PLANNER), scene.driver):
        assert not signals_for(stranger, (Role.OFFICER,)).exists()
        for act in (
            lambda who: look_at_signal(who, signal.pk, NOW),
            lambda who: decide_signal(who, signal.pk, True, "found", NOW),
        ):
            with pytest.raises(GreenlaneError) as refused:
                act(stranger)
            assert refused.value.status == 404
    look_at_signal(officer, signal.pk, NOW)
    assert LookUp.objects.filter(account=officer, subject=f"resale signal {signal.pk}").count() == 1


def test_a_decision_has_a_reason_and_is_not_turned_round(scene: Scene) -> None:
    signal, officer = made(scene), officer_of(scene)
    with pytest.raises(GreenlaneError) as no_reason:
        decide_signal(officer, signal.pk, True, " ", NOW)
    decided = decide_signal(officer, signal.pk, True, "advertised on a market", NOW)
    assert (decided.state, decided.decided_by, decided.why) == (
        "confirmed",
        officer,
        "advertised on a market",
    )
    assert decide_signal(officer, signal.pk, True, "again", NOW).why == "advertised on a market"
    with pytest.raises(GreenlaneError) as turned:
        decide_signal(officer, signal.pk, False, "no", NOW)
    assert (no_reason.value.field, turned.value.code) == ("why", "signal_decided")


def test_a_confirmed_signal_bars_nobody(scene: Scene) -> None:
    others(scene)
    last = [sold(scene, number) for number in range(8)][-1]
    find_signals(NOW + timedelta(hours=1))
    for signal in ResaleSignal.objects.all():
        decide_signal(officer_of(scene), signal.pk, True, "resale", NOW + timedelta(hours=2))
    at = NOW + timedelta(hours=3)
    assert limited_until(last.truck_id or 0, rules_of(scene.checkpoint.pk, "outbound"), at) is None
    cancel(scene.driver, last.code, "", at)
    later = make_slot(scene.checkpoint, scene.slot.starts_at + timedelta(hours=2))
    make_quota(later)
    again = book(scene.driver, later.pk, last.truck_id or 0, at, "")
    assert swap(scene.driver, again.code, at, truck_id=make_truck(scene.carrier).pk).swaps == 1


READERS = {
    "booking/admin.py",
    "booking/commands/resale.py",
    "booking/migrations/0003_fair_queue.py",
    "booking/models/__init__.py",
    "booking/models/fairness.py",
    "booking/queries/resale.py",
}
"""Where the table of signals may be named: its own model, job, decisions and reads."""
SHOWN_BY = {"booking/commands/__init__.py", "booking/pages/resale.py", "booking/urls.py", "site/tasks.py"}
"""And who may use those: the officers' page and the hourly job."""

USES = re.compile(
    r"(queries|commands|pages)\.resale\b|(decide|look_at)_signal\b|find_signals"
    r"|from greenlane\.booking\.pages import (\([^)]*|.*)\bresale\b"
)


def test_no_code_leads_from_a_signal_to_a_limit() -> None:
    """Whoever reads the table is named here: nothing that takes places, calls trucks or judges strikes."""
    root = Path(greenlane.__file__).parent
    readers, users = set(), set()
    for path in [*root.rglob("*.py"), *root.rglob("*.sql")]:
        text, name = path.read_text(encoding="utf-8"), path.relative_to(root).as_posix()
        if re.search(r"ResaleSignal|booking_resalesignal", text):
            readers.add(name)
        if USES.search(text):
            users.add(name)
    assert readers <= READERS
    assert users <= SHOWN_BY | READERS
