"""Who waits in the park, with all that decides the turn."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Count, Max, Q

from greenlane.booking.models import Booking, Rules, Share, State
from greenlane.booking.queries import LiveTurn, expected, live_tickets_waiting
from greenlane.callup.models import Call, Hindrance
from greenlane.callup.queries.live import matched_in_time
from greenlane.callup.travel import Drive
from greenlane.callup.waiting import Waiting, behind_after
from greenlane.gate.due import EARLIEST, LATEST
from greenlane.gate.models import Passage
from greenlane.gate.plates import match_key
from greenlane.registry.models import Checkpoint

Rest = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class _Place:
    """A booking by its key, with its slot, its park and whether it is of the priority share."""

    booking: int
    slot_start: datetime
    slot_end: datetime
    park: int | None
    has_priority: bool


@dataclass(slots=True)
class _Hindered:
    rests: dict[int, Rest] = field(default_factory=dict)
    papers: set[int] = field(default_factory=set)


def waiting_trucks(
    checkpoint: Checkpoint,
    direction: str,
    at: datetime,
    passages: Iterable[Passage],
    rules: Rules,
    drives: Mapping[int | None, Drive],
) -> list[Waiting]:
    """The trucks of the park at `at`, as the order of turns takes them."""
    here = list(passages)
    places = _places(checkpoint, direction, at, here)
    tickets = _tickets(checkpoint, direction, at, [each for each in here if each.pk not in places])
    missed = _missed(checkpoint, direction, [each.pk for each in here])
    bookings = _hindered("booking_id", [place.booking for place in places.values()], at)
    ticketed = _hindered("ticket_id", [ticket.ticket for ticket in tickets.values()], at)
    trucks = []
    for passage in here:
        assert passage.park_in_at is not None
        place, ticket = places.get(passage.pk), tickets.get(passage.pk)
        hindered, key = (bookings, place.booking) if place else (ticketed, ticket.ticket if ticket else 0)
        times, last, since = missed.get(passage.pk, (0, None, 0))
        park = place.park if place and place.park in drives else None
        trucks.append(
            Waiting(
                passage=passage.pk,
                arrived_at=passage.park_in_at,
                booking=place.booking if place else None,
                slot_start=place.slot_start if place else None,
                slot_end=place.slot_end if place else None,
                travel=drives[park].usual,
                in_priority_share=bool(place and place.has_priority),
                ticket=ticket.ticket if ticket else None,
                joined_at=min(ticket.joined_at, passage.park_in_at) if ticket else None,
                has_priority=bool(ticket and ticket.priority),
                missed=times,
                missed_at=last,
                behind=behind_after(times, since, rules.return_behind),
                rest=hindered.rests.get(key),
                lacks_papers=key in hindered.papers,
            )
        )
    return trucks


def _places(
    checkpoint: Checkpoint, direction: str, at: datetime, passages: list[Passage]
) -> dict[int, _Place]:
    """Bookings in force by passage: those that came with one, and those made while in the park."""
    found, unbooked = {}, {}
    for passage in passages:
        booking = passage.booking
        if booking is not None and booking.state == State.CONFIRMED:
            found[passage.pk] = _place(booking)
        else:
            unbooked[passage.plate_key] = passage.pk
    if not unbooked:
        return found
    made = {
        truck.id: unbooked[match_key(truck.plate)]
        for truck in expected(checkpoint.pk, direction, at - LATEST, at + EARLIEST)
        if truck.state == State.CONFIRMED and match_key(truck.plate) in unbooked
    }
    for booking in Booking.objects.filter(pk__in=made).select_related("slot"):
        found[made[booking.pk]] = _place(booking)
    return found


def _place(booking: Booking) -> _Place:
    slot = booking.slot
    return _Place(booking.pk, slot.starts_at, slot.ends_at, booking.park_id, booking.share == Share.PRIORITY)


def _tickets(
    checkpoint: Checkpoint, direction: str, at: datetime, passages: list[Passage]
) -> dict[int, LiveTurn]:
    """Tickets of the live queue by passage."""
    if not passages:
        return {}
    turns = live_tickets_waiting(checkpoint, direction, at)
    by_key = {turn.ticket: turn for turn in turns}
    return {passage: by_key[ticket] for passage, ticket in matched_in_time(passages, turns).items()}


def _missed(
    checkpoint: Checkpoint, direction: str, passages: list[int]
) -> dict[int, tuple[int, datetime, int]]:
    """By passage: calls missed, when the last was, and how many others were called since then."""
    rows = (
        Call.objects.filter(passage__in=passages, missed_at__isnull=False, recalled_at=None)
        .values_list("passage")
        .annotate(Count("pk"), Max("missed_at"))
        .order_by()
    )
    missed = {passage: (times, last) for passage, times, last in rows if last is not None}
    if not missed:
        return {}
    first = min(last for _, last in missed.values())
    calls = Call.objects.filter(
        checkpoint=checkpoint, direction=direction, called_at__gte=first, recalled_at=None
    )
    called = sorted(calls.values_list("called_at", flat=True))
    return {
        passage: (times, last, len(called) - bisect_left(called, last))
        for passage, (times, last) in missed.items()
    }


def _hindered(of: str, keys: list[int], at: datetime) -> _Hindered:
    """Standing hindrances of bookings or tickets: each truck's next rest, and who lacks papers."""
    found = _Hindered()
    if not keys:
        return found
    rows = Hindrance.objects.filter(
        Q(ends_at=None) | Q(ends_at__gt=at), lifted_at=None, **{f"{of}__in": keys}
    )
    rests: dict[int, list[Rest]] = defaultdict(list)
    for key, kind, starts_at, ends_at in rows.values_list(of, "kind", "starts_at", "ends_at"):
        if kind == Hindrance.Kind.REST and ends_at is not None:
            rests[key].append((starts_at, ends_at))
        elif starts_at <= at:
            found.papers.add(key)
    found.rests = {key: min(of_truck) for key, of_truck in rests.items()}
    return found
