"""Taking, cancelling, joining and serving all at once: nothing is oversold or goes past the list."""

from __future__ import annotations

import random
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from django.db import connection, transaction
from places_world import (
    NOW,
    assert_counts_are_right,
    make_account,
    make_carrier,
    make_checkpoint,
    make_quota,
    make_slot,
    make_truck,
)

from greenlane.booking import commands
from greenlane.booking.models import (
    ACTIVE,
    Booking,
    Change,
    FreedSlot,
    Quota,
    Slot,
    State,
    WaitingGroup,
)
from greenlane.errors import GreenlaneError
from greenlane.registry.models import Account, Checkpoint, Truck

pytestmark = [pytest.mark.db, pytest.mark.slow]
CLIENTS, TURNS = 10, 24
EXPECTED = {
    "full",
    "waiting_first",
    "truck_busy",
    "truck_waits",
    "wrong_state",
    "booking_unknown",
    "waiting_unknown",
    "not_offered",
    "not_waiting",
    "offer_over",
    "offer_of_list",
    "hold_elsewhere",
    "hold_used",
}
"""What a client of such a rush may be told; a deadlock that is not mended would be another error."""


@dataclass
class Rush:
    checkpoint: Checkpoint
    slots: list[Slot]
    fleets: list[tuple[Account, list[Truck]]]
    told: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)


@transaction.atomic
def make_rush() -> Rush:
    checkpoint = make_checkpoint(moves_per_trip=99, move_cutoff_minutes=0, passed_over_limit=2)
    slots = [make_slot(checkpoint, NOW + timedelta(days=2, minutes=30 * number)) for number in range(3)]
    for slot in slots:
        make_quota(slot, "slot", 4)
        make_quota(slot, "share", 3, share="booked")
    make_quota(slots[0], "hour", 5, wide=timedelta(hours=1))
    make_quota(slots[0], "class", 2, wide=timedelta(hours=2), vehicle_class="livestock")
    make_quota(slots[0], "day", 8, wide=timedelta(hours=24))
    fleets = []
    for number in range(CLIENTS):
        carrier = make_carrier()
        trucks = [make_truck(carrier, "livestock" if n == number % 5 else "laden") for n in range(5)]
        fleets.append((make_account(carrier, "dispatcher"), trucks))
    return Rush(checkpoint, slots, fleets)


def client(rush: Rush, number: int, start: threading.Barrier) -> None:
    account, trucks = rush.fleets[number]
    dice = random.Random(number)
    start.wait()
    try:
        for turn in range(TURNS):
            act = book if turn < 3 else dice.choice(ACTS)
            try:
                act(rush, account, trucks, dice, NOW + timedelta(minutes=turn))
                told = "done"
            except GreenlaneError as refusal:
                told = refusal.code
            with rush.lock:
                rush.told[told] += 1
                rush.told[act.__name__] += told == "done"
    finally:
        connection.close()


def book(rush: Rush, account: Account, trucks: list[Truck], dice: random.Random, at: datetime) -> None:
    commands.book(account, dice.choice(rush.slots).pk, dice.choice(trucks).pk, at, "")


def cancel(rush: Rush, account: Account, trucks: list[Truck], dice: random.Random, at: datetime) -> None:
    commands.cancel(account, _mine(account, dice), "rush", at)


def move(rush: Rush, account: Account, trucks: list[Truck], dice: random.Random, at: datetime) -> None:
    commands.move(account, _mine(account, dice), dice.choice(rush.slots).pk, at)


def _mine(account: Account, dice: random.Random) -> str:
    mine = Booking.objects.filter(carrier_id=account.carrier_id, state__in=ACTIVE)
    return dice.choice([*mine.values_list("code", flat=True)] or [""])


def join(rush: Rush, account: Account, trucks: list[Truck], dice: random.Random, at: datetime) -> None:
    size = dice.choice([1, 1, 1, 2])
    ids = [truck.pk for truck in dice.sample(trucks, size)]
    first, last = rush.slots[0].starts_at, dice.choice(rush.slots).starts_at
    commands.join_list(account, rush.checkpoint, "outbound", ids, first, last, at)
    commands.serve_line(rush.checkpoint.pk, "outbound", at)


def answer(rush: Rush, account: Account, trucks: list[Truck], dice: random.Random, at: datetime) -> None:
    groups = WaitingGroup.objects.filter(account=account, state__in=("waiting", "offered"))
    number = dice.choice([*groups.values_list("number", flat=True)] or ["none"])
    dice.choice([commands.accept_offer, commands.accept_offer, commands.decline_offer, commands.leave_list])(
        account, number, at
    )


def serve(rush: Rush, account: Account, trucks: list[Truck], dice: random.Random, at: datetime) -> None:
    commands.serve_list(at)


ACTS = [book, book, cancel, cancel, move, move, join, answer, answer, serve]


def test_all_at_once_oversells_nothing_and_passes_nobody(committed: str) -> None:
    rush = make_rush()
    start = threading.Barrier(CLIENTS)
    with ThreadPoolExecutor(CLIENTS) as threads:
        for done in [threads.submit(client, rush, number, start) for number in range(CLIENTS)]:
            done.result()
    assert set(rush.told) <= EXPECTED | {"done"} | {act.__name__ for act in ACTS}, rush.told
    assert min(rush.told[act.__name__] for act in ACTS) > 0, f"it was no rush: {rush.told}"
    at = NOW + timedelta(minutes=TURNS)
    commands.serve_list(at)
    commands.look_again(at)
    assert_counts_are_right()
    assert all(0 <= quota.taken <= quota.capacity for quota in Quota.objects.all())
    assert_nobody_was_passed(rush, at)


def assert_nobody_was_passed(rush: Rush, at: datetime) -> None:
    """What is free after all fits nobody who waits, and each offer is its group's and whole."""
    assert commands.look_again(at) == 0
    for mark in FreedSlot.objects.all():
        assert mark.kept_for is not None
    for group in WaitingGroup.objects.prefetch_related("entries__booking"):
        bookings = [entry.booking for entry in group.entries.all()]
        if group.state in ("offered", "placed"):
            assert len({booking.slot_id for booking in bookings if booking}) == 1 or group.state == "placed"
            assert all(booking is not None and booking.is_offer for booking in bookings)
        if group.state == "offered":
            assert {booking.state for booking in bookings if booking} == {State.HELD}
        assert group.passed_over <= 2
    held = Booking.objects.filter(state=State.HELD, is_offer=True)
    assert not held.exclude(waiting_entries__group__state="offered").exists()


def test_a_freed_place_never_goes_to_those_who_were_quicker(committed: str) -> None:
    """Programs hammer a slot whose one place is given back again and again: who waits gets it."""
    checkpoint = make_checkpoint()
    slot = make_slot(checkpoint, NOW + timedelta(days=2))
    make_quota(slot, "slot", 1)
    robots = [(make_account(carrier), make_truck(carrier)) for carrier in (make_carrier() for _ in range(6))]
    holder, holders_truck = make_account(carrier := make_carrier()), make_truck(carrier)
    for round_ in range(5):
        at = NOW + timedelta(minutes=round_)
        booking = commands.book(holder, slot.pk, holders_truck.pk, at, "")
        waiter = make_account(carrier := make_carrier())
        group = commands.join_list(
            waiter, checkpoint, "outbound", [make_truck(carrier).pk], slot.starts_at, slot.starts_at, at
        )
        _hammer(robots, slot, booking, holder, at)
        group.refresh_from_db()
        assert group.state == "offered"
        commands.leave_list(waiter, group.number, at)
        commands.serve_list(at)
    won = Booking.objects.filter(account__in=[robot for robot, _ in robots])
    assert not won.exists()
    assert Change.objects.filter(to_state="held", why="offered by the waiting list").count() == 5


def _hammer(
    robots: list[tuple[Account, Truck]], slot: Slot, booking: Booking, holder: Account, at: datetime
) -> None:
    start, over = threading.Barrier(len(robots) + 1), threading.Event()

    def robot(account: Account, truck: Truck) -> None:
        start.wait()
        try:
            while not over.is_set():
                with pytest.raises(GreenlaneError, match=r"full|asked first"):
                    commands.book(account, slot.pk, truck.pk, at, "")
        finally:
            connection.close()

    with ThreadPoolExecutor(len(robots)) as threads:
        running = [threads.submit(robot, *each) for each in robots]
        try:
            start.wait()
            commands.cancel(holder, booking.code, "sold", at)
            assert commands.serve_list(at) == 1
        finally:
            over.set()
        for each in running:
            each.result()
