"""Whether each call took the first in the order of the published rules, or names who was passed over, each
with a reason that the log itself supports. Pure: no Django, no database.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from greenlane.callup import passed_over as words
from greenlane.callup.order.chain import time_of
from greenlane.callup.order.log_file import LogFile
from greenlane.callup.order.replay import Park, queue_of
from greenlane.callup.order.verifying import Fault
from greenlane.callup.policy import PAPERS, REST, rank
from greenlane.callup.waiting import BOOKED, HAND, LIVE, MASS, PRIORITY, RecentCalls, ReleaseRules, Waiting

AT_ONCE: Final = timedelta(seconds=10)
"""What was written so shortly before a call may not have been seen by those who decided it."""
LONGEST_DRIVE: Final = timedelta(hours=6)
"""A rest may keep a truck from being called so long before it begins: the drive and the time inside."""


@dataclass(slots=True)
class Judged:
    """What was found.

    Attributes:
        in_order: calls that took the first, or gave a good reason for everyone passed over.
        by_hand: calls that a person made, with an officer's masked id: allowed, and to be seen.
        unjudged: calls of which the file does not have enough: it begins later than their trucks came.
        reasons: how often trucks were passed over, by the reason.
        faults: calls that no rule explains, in the order of the log.
    """

    in_order: int = 0
    by_hand: int = 0
    unjudged: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    faults: list[Fault] = field(default_factory=list)


def judge(log: LogFile) -> Judged:
    """Replay a log whose chain was found good, and judge every call in it."""
    park, judged = Park(), Judged()
    for entry in log.entries:
        try:
            if entry.told["kind"] == "call.made":
                _judge_call(park, judged, entry.number, entry.told, log.header.is_whole)
            park.take(entry.told)
        except (KeyError, TypeError, ValueError, AttributeError) as fault:
            judged.faults.append(
                Fault(entry.number, f"{entry.told['kind']} lacks what it must tell: {fault!r}")
            )
            return judged
    return judged


def _judge_call(park: Park, judged: Judged, number: int, told: Mapping[str, Any], whole: bool) -> None:
    facts, at = told["facts"], time_of(told["at"])
    judged.reasons.update(one["reason"] for one in facts["passed"])
    what = call_fault(park, facts, at)
    if what is None:
        judged.unjudged += 1
    elif what and not whole:
        # What supports the reason may stand in the lines before.
        judged.unjudged += 1
    elif what:
        judged.faults.append(Fault(number, f"call {facts['call']}: {what}"))
    elif facts["turn"] in (HAND, MASS):
        judged.by_hand += 1
    else:
        judged.in_order += 1


def call_fault(park: Park, facts: Mapping[str, Any], at: datetime) -> str | None:
    """What is wrong with a call; empty where nothing is, None where the log does not say enough."""
    turn, rules, mask = facts["turn"], park.rules, facts["truck"]
    truck = park.trucks.get(mask)
    if rules is None or truck is None or truck.in_at is None or not turn:
        return None
    if any(starts <= at < ends for starts, ends in park.pauses.values()):
        return "it was made while call-up was paused"
    if turn == HAND:
        return "" if facts.get("officer") and facts.get("why") else "by hand, without an officer and a reason"
    if turn == MASS:
        first, second = park.mass.get(facts.get("mass", ""), ("", ""))
        return "" if first != second else "of a mass call that no second person approved"
    own = park.waiting(mask, at)
    if (own.booking is not None) != ("place" in facts):
        return None
    if turn == PRIORITY and not own.has_priority:
        return "it used the priority share, and the log has no use of priority with a reason"
    if not park.changed_since(mask, at - AT_ONCE) and (stopped := _is_stopped(own, at)):
        return f"the truck was called although of it was told: {stopped}"
    others = {each: waiting for each, waiting in park.in_park(at).items() if each != mask}
    reasons = {one["truck"]: one["reason"] for one in facts["passed"]}
    case = _Case(park, facts, at, rules, own, others, park.recent(at))
    return case.unnamed(reasons) or case.unsupported(reasons) or case.share_passed_by(reasons)


@dataclass(frozen=True, slots=True)
class _Case:
    """One call, with the park as the log shows it at that moment."""

    park: Park
    facts: Mapping[str, Any]
    at: datetime
    rules: ReleaseRules
    own: Waiting
    others: dict[str, Waiting]
    recent: RecentCalls

    def unnamed(self, reasons: Mapping[str, str]) -> str:
        """Trucks of the same queue with a better rank that the call does not name."""
        if self.facts["turn"] == PRIORITY:
            return ""
        for mask, other in self.others.items():
            if queue_of(other) != queue_of(self.own) or mask in reasons:
                continue
            if rank(other, self.rules) < rank(self.own, self.rules) and not self._just_changed(mask):
                return f"{mask} had a better rank, and is not named"
        return ""

    def unsupported(self, reasons: Mapping[str, str]) -> str:
        """Reasons that the log does not bear out."""
        for mask, reason in reasons.items():
            if reason not in words.REASONS:
                return f"{mask} was passed over without a reason"
            if mask not in self.others or self._just_changed(mask):
                continue
            if not self._holds(reason, self.others[mask]):
                return f"{mask} was passed over with the reason “{reason}”, which the log does not bear out"
        return ""

    def share_passed_by(self, reasons: Mapping[str, str]) -> str:
        """A truck of the other queue whose share this turn was, and that could have gone."""
        if self.facts["turn"] == PRIORITY or self._is_loose():
            return ""
        for mask, other in self.others.items():
            if queue_of(other) == queue_of(self.own) or self._just_changed(mask) or reasons.get(mask):
                continue
            if self._surely_could_go(other) and not self._share_is_ours():
                return f"{mask} waited in the other queue, whose turn it was"
        return ""

    def _holds(self, reason: str, other: Waiting) -> bool:
        if reason == PAPERS:
            return other.lacks_papers
        if reason == REST:
            return other.rest is not None and other.rest[0] - LONGEST_DRIVE < self.at < other.rest[1]
        if reason == words.NOT_DUE:
            return other.slot_start is not None and other.slot_start - self.rules.lead > self.at
        if reason == words.RETURNED:
            return other.behind > 0
        if reason == words.SHARE:
            return queue_of(other) != queue_of(self.own) and (self._is_loose() or self._share_is_ours())
        if reason == words.HOUR:
            total = self.recent.booked + self.recent.live + self.recent.priority
            spent = self.recent.priority + 1 > self.rules.priority_share * (total + 1)
            return other.has_priority and (spent or self._is_loose())
        return bool(self.facts["turn"] == reason)

    def _share_is_ours(self) -> bool:
        total = self.recent.booked + self.recent.live + self.recent.priority
        owed_to_live = self.recent.live + 1 <= self.rules.live_share * (total + 1)
        if queue_of(self.own) == LIVE:
            booked = [each for each in self.others.values() if queue_of(each) == BOOKED]
            return owed_to_live or not any(self._surely_could_go(each) for each in booked)
        return not owed_to_live

    def _surely_could_go(self, other: Waiting) -> bool:
        if other.behind or other.lacks_papers or other.rest is not None:
            return False
        return other.slot_start is None or other.slot_start - self.rules.lead <= self.at

    def _is_loose(self) -> bool:
        """Trucks that come back behind the next few make the order within one release differ by as many."""
        return any(each.behind for each in (self.own, *self.others.values()))

    def _just_changed(self, mask: str) -> bool:
        return self.park.changed_since(mask, self.at - AT_ONCE)


def _is_stopped(own: Waiting, at: datetime) -> str:
    if own.lacks_papers:
        return PAPERS
    if own.rest is not None and own.rest[0] <= at < own.rest[1]:
        return REST
    return ""
