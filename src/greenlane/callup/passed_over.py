"""Why a truck went before others that had a better rank. Pure: no Django.

What is told here is kept with each call and published in the log of order, where anyone can check it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from greenlane.callup.policy import PAPERS, REST, hindrance, is_due, rank
from greenlane.callup.waiting import HAND, MASS, PRIORITY, ReleaseRules, Turn, Waiting

NOT_DUE: Final = "not_due"
RETURNED: Final = "returned"
SHARE: Final = "share"
HOUR: Final = "hour"
REASONS: Final = (REST, PAPERS, NOT_DUE, RETURNED, SHARE, HOUR, PRIORITY, HAND, MASS)
"""Its driver rests; its papers are not ready; its slot has not begun for one so near the barrier; it missed a
call and comes back behind the next few; the other queue had its share; the priority share of the last hour is
used up; the called truck used priority, or was called by hand or in a mass call, with its own reason."""


@dataclass(frozen=True, slots=True)
class Passed:
    """A truck that was not called although its rank is better; a word of `REASONS`, or "" where no rule says
    why: that is a fault."""

    passage: int
    reason: str

    def as_document(self) -> dict[str, int | str]:
        """As it is kept with the call."""
        return {"passage": self.passage, "reason": self.reason}


def passed_over(
    called: Sequence[Turn], waiting: Iterable[Waiting], rules: ReleaseRules, at: datetime
) -> list[list[Passed]]:
    """For each truck called, in order: those passed over.

    These are all of its own queue (booked or live) with a better rank that are still in the park; of the
    other queue the first that could have gone, for the shares decide between queues; and of trucks with
    priority the first, where none of them was called. Where priority, a hand or a mass call decides, the
    first of each queue stands for all.
    """
    left = _Left(waiting, rules, at)
    told = []
    for turn in called:
        left.take(turn.truck)
        is_decided = turn.by in (PRIORITY, HAND, MASS)
        told.append(left.by_decision(turn) if is_decided else left.by_rank(turn))
    return told


class _Left:
    """The trucks that are still in the park while others are called, by queue and rank."""

    def __init__(self, waiting: Iterable[Waiting], rules: ReleaseRules, at: datetime) -> None:
        self._rules, self._at = rules, at
        ranked = sorted(waiting, key=lambda truck: rank(truck, rules))
        self._queues = {
            is_booked: {truck.passage: truck for truck in ranked if (truck.booking is not None) == is_booked}
            for is_booked in (True, False)
        }
        self._with_priority = {truck.passage: truck for truck in ranked if truck.has_priority}

    def take(self, truck: Waiting) -> None:
        """It is called."""
        self._queues[truck.booking is not None].pop(truck.passage, None)
        self._with_priority.pop(truck.passage, None)

    def by_decision(self, turn: Turn) -> list[Passed]:
        """Where somebody decided, the first of each queue stands for all."""
        firsts = (self._first(queue.values()) for queue in self._queues.values())
        return [Passed(truck.passage, turn.by) for truck in firsts if truck is not None]

    def by_rank(self, turn: Turn) -> list[Passed]:
        is_booked, own = turn.truck.booking is not None, rank(turn.truck, self._rules)
        told = []
        for truck in self._queues[is_booked].values():
            if rank(truck, self._rules) > own:
                break
            told.append(Passed(truck.passage, _reason(truck, self._rules, self._at)))
        other = self._first(self._queues[not is_booked].values())
        if other is not None:
            told.append(Passed(other.passage, SHARE))
        known = {one.passage for one in told}
        urgent = self._first(truck for truck in self._with_priority.values() if truck.passage not in known)
        return told if urgent is None else [*told, Passed(urgent.passage, HOUR)]

    def _first(self, trucks: Iterable[Waiting]) -> Waiting | None:
        """The first that could have gone."""
        return next((truck for truck in trucks if _may_go(truck, self._rules, self._at)), None)


def _reason(truck: Waiting, rules: ReleaseRules, at: datetime) -> str:
    hindered = hindrance(truck, rules, at)
    if hindered:
        return hindered
    if not is_due(truck, rules, at):
        return NOT_DUE
    return RETURNED if truck.behind else ""


def _may_go(truck: Waiting, rules: ReleaseRules, at: datetime) -> bool:
    return not truck.behind and is_due(truck, rules, at) and not hindrance(truck, rules, at)
