"""The list of turns as a shift lead sees it: who is next, and why the others are not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from greenlane.callup.models import Call, Hindrance, MassCall
from greenlane.callup.passed_over import NOT_DUE, RETURNED
from greenlane.callup.policy import PAPERS, REST, Waiting, hindrance, is_due, rank
from greenlane.callup.queries.hindered import standing_hindrances
from greenlane.callup.queries.look_ahead import Inside, inside_at
from greenlane.callup.queries.queue import LONGEST_ROAD, OUTSIDE, Queue, queue_at
from greenlane.callup.travel import Drive
from greenlane.registry.crossing_parts import CALL_BY_PREDICTION
from greenlane.registry.models import Checkpoint
from greenlane.registry.queries import parks_of

ROOM: Final = "room"
MOST_PREDICTED: Final = 20
"""For so many trucks the clock inside is predicted one after the other."""
MASS_SHOWN: Final = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class TurnShown:
    """A truck of the park.

    Attributes:
        place: in the order of turns, from 1; None where it may not be called now.
        by: by what it is called, a word of `waiting.TURNS`; empty where it is not.
        reason: why it is not called now: ``rest``, ``papers``, ``not_due``, ``returned`` or ``room``; empty
            for those that go next.
        until: until when it rests, or when it is due; None otherwise.
        what: which papers are missing, or which rest it is.
        hindrance: key of what hinders it.
        behind: trucks that still go before it because it missed a call; missed: how many it missed.
        clock: minutes inside, as predicted, if it were called now; None where that is not asked.
    """

    place: int | None
    passage: int
    plate: str
    country: str
    vehicle_class: str
    channel: str
    slot_start: datetime | None
    joined_at: datetime | None
    arrived_at: datetime
    by: str
    reason: str
    until: datetime | None
    what: str
    hindrance: int | None
    behind: int
    missed: int
    clock: float | None


@dataclass(frozen=True, slots=True)
class OnTheWay:
    """A call that stands, of a truck that has not entered."""

    call: int
    passage: int
    plate: str
    country: str
    called_at: datetime
    gate_by: datetime
    turn: str
    why: str


@dataclass(frozen=True, slots=True)
class DriveShown:
    """A park's drive to the barrier; `park` is empty for trucks whose park is not known."""

    park: str
    name: str
    drive: Drive


@dataclass(frozen=True, slots=True)
class TurnList:
    """Everything that a shift lead must know to call or to stop calling."""

    queue: Queue
    turns: tuple[TurnShown, ...]
    called: tuple[OnTheWay, ...]
    mass_calls: tuple[MassCall, ...]
    drives: tuple[DriveShown, ...]


def turn_list(checkpoint: Checkpoint, direction: str, at: datetime) -> TurnList:
    """The list at `at`.

    Raises:
        GreenlaneError: ``no_booking`` (404) where a checkpoint has no rules in that direction.
    """
    queue = queue_at(checkpoint, direction, at)
    inside = None
    if queue.policy == CALL_BY_PREDICTION:
        inside = inside_at(checkpoint, direction, at, queue.rules.call_up_target_minutes)
    return TurnList(
        queue=queue,
        turns=tuple(_turns(queue, inside, at)),
        called=tuple(_called(checkpoint, direction, at)),
        mass_calls=tuple(_mass_calls(checkpoint, direction, at)),
        drives=tuple(_drives(checkpoint, queue)),
    )


def _turns(queue: Queue, inside: Inside | None, at: datetime) -> Iterable[TurnShown]:
    told = _told(queue, at)
    next_ones = len(queue.next_calls)
    for number, turn in enumerate(queue.order, start=1):
        reason = ""
        if number > next_ones:
            reason = RETURNED if turn.truck.behind else ROOM
        clock = None
        if inside is not None and number <= MOST_PREDICTED:
            clock = inside.clock(queue.passages[turn.truck.passage], turn.truck).inside
        yield _shown(queue, turn.truck, number, turn.by, reason, None, None, clock)
    in_order = {turn.truck.passage for turn in queue.order}
    others = [truck for truck in queue.waiting if truck.passage not in in_order]
    for truck in sorted(others, key=lambda truck: (truck.booking is None, rank(truck, queue.release))):
        reason = hindrance(truck, queue.release, at)
        kept = told.get((truck.booking or 0, truck.ticket or 0 if truck.booking is None else 0, reason))
        until = kept.ends_at if kept is not None else None
        if not reason and not is_due(truck, queue.release, at) and truck.slot_start is not None:
            reason, until = NOT_DUE, truck.slot_start - queue.release.lead - truck.travel
        yield _shown(queue, truck, None, "", reason, until, kept, None)


def _told(queue: Queue, at: datetime) -> dict[tuple[int, int, str], Hindrance]:
    """The first standing hindrance of each kind, by booking and ticket."""
    rows = standing_hindrances(
        [truck.booking for truck in queue.waiting if truck.booking is not None],
        [truck.ticket for truck in queue.waiting if truck.ticket is not None],
        at,
    )
    words = {Hindrance.Kind.REST.value: REST, Hindrance.Kind.PAPERS.value: PAPERS}
    found: dict[tuple[int, int, str], Hindrance] = {}
    for row in rows:
        found.setdefault((row.booking_id or 0, row.ticket_id or 0, words[row.kind]), row)
    return found


def _shown(
    queue: Queue,
    truck: Waiting,
    place: int | None,
    by: str,
    reason: str,
    until: datetime | None,
    kept: Hindrance | None,
    clock: float | None,
) -> TurnShown:
    passage = queue.passages[truck.passage]
    return TurnShown(
        place=place,
        passage=passage.pk,
        plate=passage.plate,
        country=passage.country,
        vehicle_class=passage.vehicle_class,
        channel=passage.channel,
        slot_start=truck.slot_start,
        joined_at=truck.joined_at,
        arrived_at=truck.arrived_at,
        by=by,
        reason=reason,
        until=until,
        what=kept.what if kept is not None else "",
        hindrance=kept.pk if kept is not None else None,
        behind=truck.behind,
        missed=truck.missed,
        clock=None if clock is None or clock == float("inf") else clock,
    )


def _called(checkpoint: Checkpoint, direction: str, at: datetime) -> Iterable[OnTheWay]:
    standing = Call.objects.filter(
        checkpoint=checkpoint,
        direction=direction,
        recalled_at=None,
        missed_at=None,
        called_at__gt=at - LONGEST_ROAD,
        passage__entry_at=None,
        passage__phase__in=OUTSIDE,
    ).select_related("passage")
    for call in standing.order_by("-called_at", "-pk"):
        truck = call.passage
        yield OnTheWay(
            call.pk, truck.pk, truck.plate, truck.country, call.called_at, call.gate_by, call.turn, call.why
        )


def _mass_calls(checkpoint: Checkpoint, direction: str, at: datetime) -> Iterable[MassCall]:
    shown = MassCall.objects.filter(checkpoint=checkpoint, direction=direction, asked_at__gt=at - MASS_SHOWN)
    return shown.select_related("asked_by", "decided_by").order_by("-asked_at", "-pk")


def _drives(checkpoint: Checkpoint, queue: Queue) -> Iterable[DriveShown]:
    for park in parks_of(checkpoint):
        if park.pk in queue.drives:
            yield DriveShown(park.code, park.name, queue.drives[park.pk])
    yield DriveShown("", "", queue.drives[None])
