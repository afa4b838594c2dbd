"""Strikes and the limits that they bring, as plain arithmetic. Pure: no Django.

The rule that binds is the SQL function `booking_limited_until` (sql/limits.sql); what is here tells people of
it beforehand, and the tests hold the two together.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

NO_SHOW_STRIKES: Final = 2
LATE_CANCEL_STRIKES: Final = 1
"""A late cancellation still frees the place for somebody: half a no-show."""
LONGEST_GRADE: Final = 2
"""The block doubles with each further no-show's worth, twice at most: one, two, four times."""

BEHIND: Final = "behind"
SLOT_CLOSED: Final = "slot_closed"
NEW_TIME: Final = "new_time"
GUARANTEED: Final = "guaranteed"
EXCUSES: Final = (BEHIND, SLOT_CLOSED, NEW_TIME, GUARANTEED)
"""Why a late cancellation does not count: the checkpoint is behind, closed the slot, proposed another time,
or owes its guarantee for this booking."""


@dataclass(frozen=True, slots=True)
class LimitRule:
    """``most`` no-shows' worth within ``window_days`` bar a truck for ``block_days`` and longer."""

    most: int
    window_days: int
    block_days: int


@dataclass(frozen=True, slots=True)
class Struck:
    """Strikes that count, and when they were entered."""

    at: datetime
    strikes: int


def strikes_within(struck: Iterable[Struck], rule: LimitRule, at: datetime) -> int:
    """Strikes of the rule's window before ``at``."""
    since = at - timedelta(days=rule.window_days)
    return sum(each.strikes for each in struck if each.at > since)


def barred_days(strikes: int, rule: LimitRule) -> int:
    """For how many days so many strikes bar a truck, from the last of them; 0: a warning alone."""
    if strikes < NO_SHOW_STRIKES * rule.most:
        return 0
    return rule.block_days << min(LONGEST_GRADE, strikes // NO_SHOW_STRIKES - rule.most)


def barred_until(struck: Iterable[Struck], rule: LimitRule, at: datetime) -> datetime | None:
    """Until when the truck may not book; None where it may."""
    since = at - timedelta(days=rule.window_days)
    recent = [each for each in struck if each.at > since]
    days = barred_days(sum(each.strikes for each in recent), rule)
    if not recent or not days:
        return None
    until = max(each.at for each in recent) + timedelta(days=days)
    return until if until > at else None


def free_until(slot_start: datetime, late_cancel_minutes: int) -> datetime:
    """The last moment at which a booking is cancelled without a strike."""
    return slot_start - timedelta(minutes=late_cancel_minutes)
