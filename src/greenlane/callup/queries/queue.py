"""What is read of call-ups: who is next, who is on the way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from greenlane.booking.models import Rules, State
from greenlane.booking.queries import expected, rules_of
from greenlane.callup.models import Call
from greenlane.callup.policy import CREDIT_WINDOW, RecentCalls, ReleaseRules, Waiting, room, turns
from greenlane.gate.due import EARLIEST, LATEST
from greenlane.gate.models import Passage
from greenlane.gate.plates import match_key
from greenlane.gate.queries import inside_now, trucks_in_park
from greenlane.registry.models import Checkpoint
from greenlane.registry.queries import checkpoint_document, parks_of

_Place = tuple[int, datetime, datetime]
"""A booking by its key, with its slot's start and end."""


@dataclass(frozen=True, slots=True)
class NextTruck:
    """A truck in the order of its turn; `slot_start` is None in the live queue."""

    passage: int
    plate: str
    country: str
    vehicle_class: str
    slot_start: datetime | None
    arrived_at: datetime


@dataclass(frozen=True, slots=True)
class Queue:
    """The park as call-up sees it at one time: the turns in order, and how many may be released."""

    turns: tuple[Waiting, ...]
    room: int
    passages: dict[int, Passage]
    rules: Rules


def next_up(checkpoint: Checkpoint, direction: str, at: datetime, most: int = 10) -> list[NextTruck]:
    """The trucks that are called next, in their order; none where no bookings are taken."""
    rules = Rules.objects.filter(checkpoint=checkpoint, direction=direction).first()
    if rules is None:
        return []
    queue = queue_at(checkpoint, direction, at, rules)
    return [_next(queue.passages[truck.passage], truck) for truck in queue.turns[:most]]


def queue_at(checkpoint: Checkpoint, direction: str, at: datetime, rules: Rules | None = None) -> Queue:
    """The order of turns and the room inside at `at`.

    Raises:
        GreenlaneError: ``no_booking`` (404) where a checkpoint has no rules in that direction.
    """
    rules = rules or rules_of(checkpoint.pk, direction)
    release = ReleaseRules(
        inside_limit=rules.inside_limit,
        late=timedelta(minutes=rules.late_minutes),
        lead=timedelta(minutes=rules.release_lead_minutes),
        live_share=rules.live_share,
    )
    passages = {passage.pk: passage for passage in trucks_in_park(checkpoint, direction, at)}
    waiting = _waiting(checkpoint, direction, at, list(passages.values()))
    recent = Call.objects.filter(
        checkpoint=checkpoint, direction=direction, called_at__gt=at - CREDIT_WINDOW, recalled_at=None
    )
    booked = recent.filter(booking__isnull=False).count()
    calls = RecentCalls(booked, recent.count() - booked)
    inside = inside_now(checkpoint, direction, at)
    return Queue(
        turns=tuple(turns(waiting, release, at, calls)),
        room=room(release, inside, on_the_way(checkpoint, direction, at)),
        passages=passages,
        rules=rules,
    )


def on_the_way(checkpoint: Checkpoint, direction: str, at: datetime) -> int:
    """Called trucks that are still expected at the barrier."""
    return Call.objects.filter(
        checkpoint=checkpoint,
        direction=direction,
        recalled_at=None,
        gate_by__gt=at,
        passage__phase=Passage.Phase.CALLED,
    ).count()


def travel_from(checkpoint: Checkpoint, direction: str) -> dict[int | None, timedelta]:
    """The drive from each park to the entry barrier by the park's key; None stands for any park."""
    codes = {park.code for park in checkpoint_document(checkpoint).parks_for(direction)}
    parks = [park for park in parks_of(checkpoint) if park.code in codes]
    drives: dict[int | None, timedelta] = {park.pk: timedelta(minutes=park.travel_minutes) for park in parks}
    drives[None] = max(drives.values(), default=timedelta())
    return drives


def _waiting(checkpoint: Checkpoint, direction: str, at: datetime, passages: list[Passage]) -> list[Waiting]:
    drives = travel_from(checkpoint, direction)
    booked_since = _booked_since(checkpoint, direction, at, passages)
    trucks = []
    for passage in passages:
        assert passage.park_in_at is not None
        booking = passage.booking
        if booking is not None and booking.state == State.CONFIRMED:
            place: _Place | None = (booking.pk, booking.slot.starts_at, booking.slot.ends_at)
        else:
            place = booked_since.get(passage.plate_key)
        park = booking.park_id if booking is not None and booking.park_id in drives else None
        key, start, end = place or (None, None, None)
        trucks.append(Waiting(passage.pk, passage.park_in_at, key, start, end, drives[park]))
    return trucks


def _booked_since(
    checkpoint: Checkpoint, direction: str, at: datetime, passages: list[Passage]
) -> dict[str, _Place]:
    """Bookings that trucks made while they stood in the park, by folded plate: key, slot start, slot end."""
    keys = {passage.plate_key for passage in passages if passage.booking_id is None}
    if not keys:
        return {}
    return {
        match_key(truck.plate): (truck.id, truck.slot_start, truck.slot_end)
        for truck in expected(checkpoint.pk, direction, at - LATEST, at + EARLIEST)
        if truck.state == State.CONFIRMED and match_key(truck.plate) in keys
    }


def _next(passage: Passage, truck: Waiting) -> NextTruck:
    return NextTruck(
        passage=passage.pk,
        plate=passage.plate,
        country=passage.country,
        vehicle_class=passage.vehicle_class,
        slot_start=truck.slot_start,
        arrived_at=truck.arrived_at,
    )
