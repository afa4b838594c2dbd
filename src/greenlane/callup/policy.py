"""Whose turn it is to leave the park, and how many may. Pure: no Django.

The inside stays fluid when no more trucks are released than it can hold: those between the barriers and
those on their way to it count against one limit. Booked trucks go in the order of their slots; a truck that
came later than the rules allow goes after those that kept their time. Trucks without a booking take their
share of the releases in the order in which they arrived, and any turn that no booked truck can use.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

CREDIT_WINDOW: Final = timedelta(hours=1)
"""The live share is kept over the calls of this time, so that it neither piles up nor is lost overnight."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A truck in the park.

    Attributes:
        passage: key of its passage.
        arrived_at: when it came into the park; aware.
        booking, slot_start, slot_end: of its booking in force; None in the live queue.
        travel: how long it drives from the park to the entry barrier.
    """

    passage: int
    arrived_at: datetime
    booking: int | None = None
    slot_start: datetime | None = None
    slot_end: datetime | None = None
    travel: timedelta = timedelta()


@dataclass(frozen=True, slots=True)
class ReleaseRules:
    """What the booking rules say of releases; see `registry.crossing.SlotRules`.

    `lead` is how long before its slot a truck may be released, its drive from the park not counted.
    """

    inside_limit: int
    late: timedelta
    lead: timedelta
    live_share: float


@dataclass(frozen=True, slots=True)
class RecentCalls:
    """Calls within `CREDIT_WINDOW`: of booked trucks, and of those without a booking."""

    booked: int = 0
    live: int = 0


def room(rules: ReleaseRules, inside: int, on_the_way: int) -> int:
    """How many trucks may be released now; never negative."""
    return max(0, rules.inside_limit - inside - on_the_way)


def turns(
    waiting: Iterable[Waiting], rules: ReleaseRules, at: datetime, recent: RecentCalls = RecentCalls()
) -> list[Waiting]:
    """The trucks that may be called at `at` (aware), in the order of their turns.

    A booked truck may be called once its slot has begun, or will have by the time it reaches the barrier.
    """
    trucks = list(waiting)
    booked = sorted((truck for truck in trucks if _is_due(truck, rules, at)), key=lambda t: _rank(t, rules))
    live = sorted(
        (truck for truck in trucks if truck.booking is None), key=lambda t: (t.arrived_at, t.passage)
    )
    return list(_interleaved(booked, live, rules.live_share, recent))


def is_late(truck: Waiting, rules: ReleaseRules) -> bool:
    """Whether it arrived later than the rules allow, and so lost its priority."""
    return truck.slot_end is not None and truck.arrived_at > truck.slot_end + rules.late


def _is_due(truck: Waiting, rules: ReleaseRules, at: datetime) -> bool:
    return truck.slot_start is not None and truck.slot_start - rules.lead - truck.travel <= at


def _rank(truck: Waiting, rules: ReleaseRules) -> tuple[bool, datetime | None, datetime, int]:
    return is_late(truck, rules), truck.slot_start, truck.arrived_at, truck.passage


def _interleaved(
    booked: Sequence[Waiting], live: Sequence[Waiting], share: float, recent: RecentCalls
) -> Iterator[Waiting]:
    booked_count, live_count = recent.booked, recent.live
    next_booked, next_live = 0, 0
    while next_booked < len(booked) or next_live < len(live):
        owed = live_count + 1 <= share * (booked_count + live_count + 1)
        if next_live < len(live) and (owed or next_booked == len(booked)):
            yield live[next_live]
            next_live, live_count = next_live + 1, live_count + 1
        else:
            yield booked[next_booked]
            next_booked, booked_count = next_booked + 1, booked_count + 1
