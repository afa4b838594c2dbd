"""A truck that waits in the park, and the rules by which it is released. Pure: no Django."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

BOOKED: Final = "booked"
LIVE: Final = "live"
PRIORITY: Final = "priority"
HAND: Final = "hand"
MASS: Final = "mass"
TURNS: Final = (BOOKED, LIVE, PRIORITY, HAND, MASS)
"""By what a truck was called: the order of the slots, the live queue's share, the capped priority share, a
shift lead's own reason, or a mass call of two persons."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A truck in the park.

    Attributes:
        passage: key of its passage.
        arrived_at: when it came into the park; aware.
        booking, slot_start, slot_end: of its booking in force; None in the live queue.
        travel: how long it drives from the park to the entry barrier.
        in_priority_share: its booking has a place of its slot's priority share.
        ticket, joined_at: of its ticket in the live queue; without one its arrival is its turn.
        has_priority: an officer has put the ticket before others, with a reason.
        missed, missed_at: calls that it missed, and when the last of them was taken for missed.
        behind: trucks that still go before it because it missed a call: `behind_after`.
        rest: when its driver rests, [start, end); None where no rest was told.
        lacks_papers: an officer said that its papers are not ready.
    """

    passage: int
    arrived_at: datetime
    booking: int | None = None
    slot_start: datetime | None = None
    slot_end: datetime | None = None
    travel: timedelta = timedelta()
    in_priority_share: bool = False
    ticket: int | None = None
    joined_at: datetime | None = None
    has_priority: bool = False
    missed: int = 0
    missed_at: datetime | None = None
    behind: int = 0
    rest: tuple[datetime, datetime] | None = None
    lacks_papers: bool = False


@dataclass(frozen=True, slots=True)
class ReleaseRules:
    """What the booking rules say of releases; see `registry.crossing.SlotRules`.

    `lead` is how long before its slot a truck may be released, its drive from the park not counted; `inside`
    the time that a truck needs from the entry barrier on, for which its driver must not be due for a rest.
    """

    inside_limit: int
    late: timedelta
    lead: timedelta
    live_share: float
    priority_share: float = 0.0
    inside: timedelta = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class RecentCalls:
    """Calls within `policy.CREDIT_WINDOW`: of booked trucks, of others, and those that used the priority
    share."""

    booked: int = 0
    live: int = 0
    priority: int = 0


@dataclass(frozen=True, slots=True)
class Turn:
    """A truck whose turn it is, and by what: a word of `TURNS`."""

    truck: Waiting
    by: str


def behind_after(missed: int, calls_since: int, return_behind: int) -> int:
    """How many trucks still go before one that missed its call, when so many were called since then.

    Once, it goes behind the next ``return_behind``; twice, its rank itself says that it goes last.
    """
    return max(0, return_behind - calls_since) if missed == 1 else 0
