"""A checkpoint with something of everything that the order log tells of. Plates and people are invented."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from gate_world import OUT, World, clock, make_world

from greenlane.booking.models import (
    Ballot,
    BallotEntry,
    FreedSlot,
    LiveTicket,
    PriorityUse,
    Quota,
    Slot,
    WaitingEntry,
    WaitingGroup,
)
from greenlane.callup.commands import release, seal_order
from greenlane.callup.models import Hindrance
from greenlane.callup.queries.order import log_lines, span_of
from greenlane.gate.commands import match_pending
from greenlane.registry.models import Role, Truck


@dataclass(frozen=True)
class OrderWorld:
    """The world of the gate, after three calls and one entry; `at` is the present there."""

    world: World
    at: datetime


def make_order_world(world: World | None = None) -> OrderWorld:
    """Bookings, a ballot, the waiting list, a ticket with priority, a rest, trucks, calls."""
    world = world or make_world()
    officer = world.staff(Role.OFFICER)
    slot = Slot.objects.create(
        checkpoint=world.checkpoint, direction=OUT, starts_at=clock(0), ends_at=clock(30)
    )
    later = Slot.objects.create(
        checkpoint=world.checkpoint, direction=OUT, starts_at=clock(600), ends_at=clock(630)
    )
    for one in (slot, later):
        Quota.objects.create(
            checkpoint=world.checkpoint,
            direction=OUT,
            kind="slot",
            slot=one,
            starts_at=one.starts_at,
            ends_at=one.ends_at,
            capacity=5,
        )
    bookings = [world.booked(f"50{number}KZA03", clock(0)) for number in (1, 2, 3)]
    ticket = make_ticket(world, "902NEW11", -30)
    PriorityUse.objects.create(
        checkpoint=world.checkpoint,
        direction=OUT,
        ticket=ticket,
        reason="perishable",
        officer=officer,
        at=clock(-20),
    )
    make_ballot_and_list(world, later)
    for number, plate in enumerate(("501KZA03", "502KZA03", "503KZA03", "902NEW11")):
        world.seen(plate, "park_in", -10 + number)
    match_pending(clock(-5))
    Hindrance.objects.create(
        kind="rest", booking=bookings[2], starts_at=clock(-60), ends_at=clock(300), told_at=clock(-60)
    )
    release(world.checkpoint, OUT, clock(5))
    world.seen("501KZA03", "entry", 20)
    match_pending(clock(21))
    return OrderWorld(world, clock(30))


def told(world: World, first: int | None = None) -> list[str]:
    """The lines of the log's file, from one number on."""
    seal_order(clock(1000))
    return list(log_lines(world.checkpoint, OUT, span_of(world.checkpoint, OUT, first, None)))


def make_ticket(world: World, plate: str, minutes: float) -> LiveTicket:
    """A ticket of the live queue, joined so many minutes after nine."""
    number = LiveTicket.objects.count() + 1
    return LiveTicket.objects.create(
        code=f"LQ-{number:05d}-00000",
        number=number,
        day=date(2026, 5, 4),
        checkpoint=world.checkpoint,
        direction=OUT,
        plate=plate,
        plate_key=plate,
        country="KZ",
        vehicle_class="laden",
        via="phone",
        joined_at=clock(minutes),
        good_until=clock(minutes) + timedelta(hours=24),
    )


def make_ballot_and_list(world: World, slot: Slot) -> None:
    """An open ballot with one entry; a group of one truck on the list, for which a slot is kept."""
    trucks = [
        Truck.objects.create(
            carrier=world.carrier, plate=plate, plate_key=plate, country="KZ", vehicle_class="laden"
        )
        for plate in ("601KZA03", "602KZA03")
    ]
    ballot = Ballot.objects.create(
        checkpoint=world.checkpoint,
        direction=OUT,
        day=date(2026, 5, 20),
        opens_at=clock(-60),
        closes_at=clock(600),
        commitment="0" * 64,
        seed="1" * 64,
        made_at=clock(-60),
    )
    BallotEntry.objects.create(
        ballot=ballot,
        number="B-1",
        account=world.holder,
        carrier=world.carrier,
        truck=trucks[0],
        plate_country="KZ",
        plate_key=trucks[0].plate_key,
        vehicle_class="laden",
        slots=[slot.pk],
        asked_for=clock(600),
        made_at=clock(-50),
    )
    group = WaitingGroup.objects.create(
        number="W-1",
        checkpoint=world.checkpoint,
        direction=OUT,
        account=world.holder,
        carrier=world.carrier,
        earliest=clock(500),
        latest=clock(700),
        rank=1,
        made_at=clock(-40),
    )
    WaitingEntry.objects.create(group=group, truck=trucks[1], vehicle_class="laden")
    FreedSlot.objects.create(slot=slot, at=clock(-30), kept_for=group)
