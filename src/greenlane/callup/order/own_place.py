"""One truck's own way through the log: how many were before it, who went, and why. Pure: no Django."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from greenlane.callup.order.chain import mask, time_of
from greenlane.callup.order.replay import Park, queue_of
from greenlane.callup.policy import rank
from greenlane.callup.waiting import HAND, MASS

BETTER: Final = "better_rank"
OTHER_QUEUE: Final = "other_queue"
"""Why another truck went first: its rank in the same queue was better; the other queue had its share. All
other reasons are words of `passed_over.REASONS`."""
_IDS: Final = ("place", "ticket", "wait", "truck", "entry")


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that happened to the truck itself, or to how many are before it.

    Attributes:
        seq: of the line.
        kind: of the line where it tells of the truck itself; empty where others came or went.
        before: trucks of its queue, or groups of its list, that go before it from then on; None where it
            waits in neither.
    """

    seq: int
    at: datetime
    kind: str
    before: int | None


@dataclass(frozen=True, slots=True)
class Went:
    """Another truck that was called while this one waited in the park, and why it went first."""

    seq: int
    at: datetime
    truck: str
    turn: str
    why: str


@dataclass(slots=True)
class OwnPlace:
    """What the log tells of one code."""

    subject: str
    moments: list[Moment] = field(default_factory=list)
    went: list[Went] = field(default_factory=list)


@dataclass(slots=True)
class _List:
    """The waiting list as told so far: masked number to rank, time of joining and line."""

    waiting: dict[str, tuple[int, str, int]] = field(default_factory=dict)

    def take(self, told: Mapping[str, Any]) -> None:
        facts = told["facts"]
        if not told["kind"].startswith("waiting.") or "state" not in facts:
            return
        if facts["state"] in ("waiting", "offered"):
            first_seq = self.waiting.get(facts["wait"], (0, "", told["seq"]))[2]
            self.waiting[facts["wait"]] = (facts["rank"], facts["since"], first_seq)
        else:
            self.waiting.pop(facts["wait"], None)

    def before(self, subject: str) -> int | None:
        own = self.waiting.get(subject)
        return None if own is None else sum(1 for other in self.waiting.values() if other < own)


def own_place(lines: Iterable[Mapping[str, Any]], code: str, since: datetime | None = None) -> OwnPlace:
    """Follow a booking, a ticket or a place on the waiting list through the log.

    Args:
        lines: entries in their order, as in the file.
        code: of the booking or ticket, or the number on the list, in its exact spelling.
        since: what happened before is taken in, but not told.
    """
    own, park, waiting_list = OwnPlace(mask(code)), Park(), _List()
    names = {own.subject}
    for told in lines:
        facts, at = told["facts"], time_of(told["at"])
        told_of_it = any(facts.get(each) in names for each in _IDS)
        if told_of_it:
            names |= {facts[each] for each in ("truck", "ticket", "place") if each in facts}
        elif not own.moments:
            # It cannot be in the park or on the list before the first line that tells of it.
            park.take(told)
            waiting_list.take(told)
            continue
        truck = _own_truck(park, names)
        if told["kind"] == "call.made" and truck is not None and not told_of_it:
            _went(own, park, truck, told, at)
        park.take(told)
        waiting_list.take(told)
        before = _before(park, names, at)
        if before is None:
            before = waiting_list.before(own.subject)
        last = own.moments[-1].before if own.moments else None
        if told_of_it or (before is not None and before != last):
            own.moments.append(Moment(told["seq"], at, told["kind"] if told_of_it else "", before))
    if since is not None:
        own.moments = [each for each in own.moments if each.at >= since]
        own.went = [each for each in own.went if each.at >= since]
    return own


def _own_truck(park: Park, names: set[str]) -> str | None:
    return next((each for each in park.standing if each in names or park.subjects(each) & names), None)


def _before(park: Park, names: set[str], at: datetime) -> int | None:
    truck = _own_truck(park, names)
    if truck is None or park.rules is None:
        return None
    here = park.in_park(at)
    own = here.get(truck)
    if own is None:
        return None
    rules, own_rank = park.rules, rank(own, park.rules)
    return sum(
        1 for each in here.values() if queue_of(each) == queue_of(own) and rank(each, rules) < own_rank
    )


def _went(own: OwnPlace, park: Park, truck: str, told: Mapping[str, Any], at: datetime) -> None:
    facts = told["facts"]
    here = park.in_park(at)
    waiting, other = here.get(truck), here.get(facts["truck"])
    if waiting is None or park.rules is None:
        return
    passed = {each["truck"]: each["reason"] for each in facts["passed"]}
    if truck in passed:
        why = passed[truck]
    elif facts["turn"] in (HAND, MASS):
        why = facts["turn"]
    elif other is None or queue_of(other) != queue_of(waiting):
        why = OTHER_QUEUE
    elif rank(other, park.rules) < rank(waiting, park.rules):
        why = BETTER
    else:
        why = ""
    own.went.append(Went(told["seq"], at, facts["truck"], facts["turn"], why))
