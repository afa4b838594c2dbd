"""The live queue as everyone may see it: who waits, when the next truck is called, and one ticket's place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Final

from greenlane.booking.live_queue.estimate import LONGEST, Learned, awaited, learned
from greenlane.booking.live_queue.working_time import Span, after_working, covered, open_spans
from greenlane.booking.models import Rules, State
from greenlane.booking.queries import LiveTurn, expected, live_tickets_waiting, rules_of
from greenlane.callup.live_trucks import Plated, match_tickets
from greenlane.callup.models import Call
from greenlane.gate.due import EARLIEST, LATEST
from greenlane.gate.models import Passage
from greenlane.gate.plates import match_key
from greenlane.gate.queries import trucks_in_park
from greenlane.registry.models import Checkpoint, VehicleClass
from greenlane.registry.queries import checkpoint_document

SEEN_WITHIN: Final = timedelta(hours=3)
"""The rate is learned from the releases of so long: older ones tell of another shift."""
BOOKED: Final = (State.CONFIRMED, State.CALLED)


@dataclass(frozen=True, slots=True)
class ExpectedCall:
    """When a truck is called: half of the time before `middle`, four times of five from `low` to `high`."""

    low: datetime
    middle: datetime
    high: datetime


@dataclass(frozen=True, slots=True)
class LiveTruck:
    """A truck of the live queue, in the park or still coming.

    Attributes:
        passage: its passage, None while it is not in the park; ticket: None where it came without one.
        turn_at: when it joined, or arrived where it has no ticket.
        has_priority: an officer has put its ticket before others.
    """

    passage: int | None
    ticket: int | None
    number: int | None
    vehicle_class: str
    turn_at: datetime
    has_priority: bool

    @property
    def rank(self) -> tuple[bool, datetime, int]:
        return not self.has_priority, self.turn_at, self.ticket or 0


@dataclass(frozen=True)
class LiveQueue:
    """The live queue of a checkpoint and direction at one time.

    Attributes:
        trucks: those that wait, in the order of their turns.
        released: live trucks called within `SEEN_WITHIN`.
        busy: for how long of it a live truck was in the park while the checkpoint was open.
        planned_per_hour: places that the rules keep for the live queue.
        is_open: whether the checkpoint works at `at`.
    """

    checkpoint: Checkpoint
    direction: str
    at: datetime
    trucks: tuple[LiveTruck, ...]
    released: int
    busy: timedelta
    planned_per_hour: float
    is_open: bool
    rules: Rules = field(repr=False)

    @cached_property
    def by_class(self) -> dict[str, int]:
        """Trucks that wait by vehicle class; empties are a class of their own."""
        return dict(Counter(truck.vehicle_class for truck in self.trucks))

    @property
    def in_park(self) -> int:
        return sum(truck.passage is not None for truck in self.trucks)

    @property
    def coming(self) -> int:
        """Tickets whose truck has not come into the park yet."""
        return len(self.trucks) - self.in_park

    @cached_property
    def next_available(self) -> ExpectedCall | None:
        """When a truck that joins now is called, if it is in the park by then; None where not known."""
        return self.expected(len(self.trucks) + 1)

    def place_of(self, ticket_id: int) -> int | None:
        """The place of a waiting ticket, 1 being the next; None when it does not wait."""
        for number, truck in enumerate(self.trucks, start=1):
            if truck.ticket == ticket_id:
                return number
        return None

    def is_in_park(self, ticket_id: int) -> bool:
        """Whether the truck of a waiting ticket stands in the park."""
        return any(truck.ticket == ticket_id and truck.passage is not None for truck in self.trucks)

    @property
    def share_percent(self) -> int:
        """The part of the places that the rules keep for the live queue."""
        return round(100 * self.rules.live_share)

    def expected(self, place: int) -> ExpectedCall | None:
        """When the truck at that place is called."""
        known = self._known
        if known is None:
            return None
        opening, zone = checkpoint_document(self.checkpoint).opening, self.checkpoint.zone
        wait, latest = awaited(known, place), self.at + LONGEST
        return ExpectedCall(
            *(
                after_working(opening, zone, self.at, part, latest)
                for part in (wait.low, wait.middle, wait.high)
            )
        )

    @cached_property
    def _known(self) -> Learned | None:
        return learned(self.released, self.busy, self.planned_per_hour)


def live_queue(checkpoint: Checkpoint, direction: str, at: datetime) -> LiveQueue:
    """The live queue at `at`.

    Raises:
        GreenlaneError: ``no_booking`` (404) where the checkpoint has no rules in that direction.
    """
    rules, document = rules_of(checkpoint.pk, direction), checkpoint_document(checkpoint)
    passages = live_passages(checkpoint, direction, at)
    turns = live_tickets_waiting(checkpoint, direction, at)
    seen_since = at - SEEN_WITHIN
    called = _live_calls(checkpoint, direction, seen_since, at)
    waits = [(call.passage.park_in_at, call.called_at) for call in called]
    waits += [(passage.park_in_at, at) for passage in passages]
    spans: list[Span] = [(start, end) for start, end in waits if start is not None]
    working = list(open_spans(document.opening, checkpoint.zone, seen_since, at))
    return LiveQueue(
        checkpoint=checkpoint,
        direction=direction,
        at=at,
        trucks=tuple(sorted(_trucks(passages, turns, at), key=lambda truck: truck.rank)),
        released=len(called),
        busy=covered(spans, working),
        planned_per_hour=rules.live_share * hour_places(rules),
        is_open=document.is_open(at),
        rules=rules,
    )


def hour_places(rules: Rules) -> float:
    """Places of an hour by the rules, all shares together."""
    return float(rules.hour_capacity or rules.slot_capacity * 60 / rules.step_minutes)


def live_passages(checkpoint: Checkpoint, direction: str, at: datetime) -> list[Passage]:
    """Trucks in the park without a booking in force."""
    booked = {
        match_key(truck.plate)
        for truck in expected(checkpoint.pk, direction, at - LATEST, at + EARLIEST)
        if truck.state in BOOKED
    }
    return [
        passage
        for passage in trucks_in_park(checkpoint, direction, at)
        if (passage.booking is None or passage.booking.state not in BOOKED)
        and passage.plate_key not in booked
    ]


def _live_calls(checkpoint: Checkpoint, direction: str, start: datetime, end: datetime) -> list[Call]:
    return list(
        Call.objects.filter(
            checkpoint=checkpoint,
            direction=direction,
            booking=None,
            recalled_at=None,
            called_at__gt=start,
            called_at__lte=end,
        ).select_related("passage")
    )


def _trucks(passages: Sequence[Passage], turns: Sequence[LiveTurn], at: datetime) -> list[LiveTruck]:
    by_ticket = {turn.ticket: turn for turn in turns}
    met = {passage: by_ticket[ticket] for passage, ticket in matched_in_time(passages, turns).items()}
    there = [_in_park(passage, met.get(passage.pk)) for passage in passages]
    arrived = {turn.ticket for turn in met.values()}
    return there + [_coming(turn) for turn in turns if turn.ticket not in arrived and turn.good_until > at]


def _in_park(passage: Passage, turn: LiveTurn | None) -> LiveTruck:
    arrived_at = passage.park_in_at
    assert arrived_at is not None
    if turn is None:
        return LiveTruck(
            passage.pk, None, None, passage.vehicle_class or VehicleClass.LADEN, arrived_at, False
        )
    # Who takes a number after arriving does not lose the time since then.
    turn_at = min(turn.joined_at, arrived_at)
    return LiveTruck(passage.pk, turn.ticket, turn.number, turn.vehicle_class, turn_at, bool(turn.priority))


def _coming(turn: LiveTurn) -> LiveTruck:
    return LiveTruck(None, turn.ticket, turn.number, turn.vehicle_class, turn.joined_at, bool(turn.priority))


def matched_in_time(passages: Sequence[Passage], turns: Sequence[LiveTurn]) -> dict[int, int]:
    """The ticket of each truck that came into the park while it was good: keys of passages to tickets."""
    arrived = {passage.pk: passage.park_in_at for passage in passages}
    until = {turn.ticket: turn.good_until for turn in turns}
    tickets = [Plated(turn.ticket, turn.plate, turn.country) for turn in turns]
    return {
        passage: ticket
        for passage, ticket in match_tickets(plated(passages), tickets).items()
        if (came := arrived[passage]) is not None and came <= until[ticket]
    }


def plated(passages: Iterable[Passage]) -> list[Plated]:
    """Passages as the matching takes them."""
    return [Plated(passage.pk, passage.plate, passage.country) for passage in passages]
