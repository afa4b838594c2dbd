"""Whose turn it is to leave the park, and how many may. Pure: no Django.

The inside stays fluid when no more trucks are released than it can hold: those between the barriers and
those on their way to it count against one limit. Booked trucks go in the order of their slots; a truck that
came later than the rules allow goes after those that kept their time. Trucks without a booking take their
share of the releases in the order in which they joined the live queue, and any turn that no booked truck can
use; a ticket with priority goes before them as long as the priority share of the last hour's releases lasts.
A truck that missed one call comes back near the front, behind the next few; one that missed two goes last.
A truck whose driver rests or whose papers are not ready is not called, and keeps its place.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from greenlane.callup.waiting import (
    BOOKED,
    LIVE,
    PRIORITY,
    RecentCalls,
    ReleaseRules,
    Turn,
    Waiting,
    behind_after,
)

__all__ = [
    "CREDIT_WINDOW",
    "RecentCalls",
    "ReleaseRules",
    "Turn",
    "Waiting",
    "behind_after",
    "hindrance",
    "in_turn",
    "is_due",
    "is_late",
    "rank",
    "room",
    "turns",
]

CREDIT_WINDOW: Final = timedelta(hours=1)
"""The shares are kept over the calls of this time, so that they neither pile up nor are lost overnight."""
REST: Final = "rest"
PAPERS: Final = "papers"
Rank = tuple[bool, datetime, bool, datetime, int]


def room(rules: ReleaseRules, inside: int, on_the_way: int) -> int:
    """How many trucks may be released now; never negative."""
    return max(0, rules.inside_limit - inside - on_the_way)


def turns(
    waiting: Iterable[Waiting], rules: ReleaseRules, at: datetime, recent: RecentCalls = RecentCalls()
) -> list[Waiting]:
    """The trucks that may be called at `at` (aware), in the order of their turns."""
    return [turn.truck for turn in in_turn(waiting, rules, at, recent)]


def in_turn(
    waiting: Iterable[Waiting], rules: ReleaseRules, at: datetime, recent: RecentCalls = RecentCalls()
) -> list[Turn]:
    """The trucks that may be called at `at` (aware), in the order of their turns, and by what each is called.

    A booked truck may be called once its slot has begun, or will have by the time it reaches the barrier.
    """
    free = [truck for truck in waiting if not hindrance(truck, rules, at) and is_due(truck, rules, at)]
    ranked = sorted(free, key=lambda truck: rank(truck, rules))
    booked = [truck for truck in ranked if truck.booking is not None]
    live = [truck for truck in ranked if truck.booking is None]
    return _returned_put_back(_interleaved(booked, live, rules, recent))


def rank(truck: Waiting, rules: ReleaseRules) -> Rank:
    """The truck's place in its queue, the smaller first: booked trucks and the live queue have one each.

    Booked: those on time, by slot, within it those of its priority share, then by arrival; last those that
    are late or have missed two calls. Live: by the time of joining; who missed two calls joins anew.
    """
    if truck.slot_start is not None:
        is_last = is_late(truck, rules) or truck.missed >= 2
        return is_last, truck.slot_start, not truck.in_priority_share, truck.arrived_at, truck.passage
    joined_at = truck.joined_at or truck.arrived_at
    if truck.missed >= 2 and truck.missed_at is not None:
        joined_at = max(joined_at, truck.missed_at)
    return False, joined_at, False, truck.arrived_at, truck.passage


def is_late(truck: Waiting, rules: ReleaseRules) -> bool:
    """Whether it arrived later than the rules allow, and so lost its priority."""
    return truck.slot_end is not None and truck.arrived_at > truck.slot_end + rules.late


def is_due(truck: Waiting, rules: ReleaseRules, at: datetime) -> bool:
    """Whether its slot has begun by the time it can be at the barrier; always so in the live queue."""
    return truck.slot_start is None or truck.slot_start - rules.lead - truck.travel <= at


def hindrance(truck: Waiting, rules: ReleaseRules, at: datetime) -> str:
    """Why it must not be called at `at`: ``papers``, ``rest``, or nothing.

    A rest hinders until it ends, and before it from when the drive to the barrier and the time inside would
    run into it.
    """
    if truck.lacks_papers:
        return PAPERS
    if truck.rest is not None:
        starts, ends = truck.rest
        if starts - truck.travel - rules.inside < at < ends:
            return REST
    return ""


def _interleaved(
    booked: Sequence[Waiting], live: Sequence[Waiting], rules: ReleaseRules, recent: RecentCalls
) -> Iterator[Turn]:
    counts = {BOOKED: recent.booked, LIVE: recent.live, PRIORITY: recent.priority}
    queues = {
        PRIORITY: [truck for truck in live if truck.has_priority],
        LIVE: list(live),
        BOOKED: list(booked),
    }
    for queue in queues.values():
        queue.reverse()
    gone: set[int] = set()
    while True:
        for queue in queues.values():
            while queue and queue[-1].passage in gone:
                queue.pop()
        by = _next_by(queues, counts, rules)
        if by is None:
            return
        truck = queues[by].pop()
        gone.add(truck.passage)
        counts[by] += 1
        yield Turn(truck, by)


def _next_by(queues: dict[str, list[Waiting]], counts: dict[str, int], rules: ReleaseRules) -> str | None:
    total = sum(counts.values())
    if queues[PRIORITY] and counts[PRIORITY] + 1 <= rules.priority_share * (total + 1):
        return PRIORITY
    if queues[LIVE] and (not queues[BOOKED] or counts[LIVE] + 1 <= rules.live_share * (total + 1)):
        return LIVE
    return BOOKED if queues[BOOKED] else None


def _returned_put_back(natural: Iterable[Turn]) -> list[Turn]:
    """The order in which each truck has at least `behind` others before it, or all that there are."""
    order: list[Turn] = []
    held: list[Turn] = []
    for turn in natural:
        (held if turn.truck.behind > len(order) else order).append(turn)
        while ready := [one for one in held if one.truck.behind <= len(order)]:
            order.append(ready[0])
            held.remove(ready[0])
    return order + held
