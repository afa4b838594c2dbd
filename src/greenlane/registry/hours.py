"""Opening hours and shifts by weekday in local time, over midnight where needed. Pure: no Django."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

DAY_MINUTES = 1440


@dataclass(frozen=True, slots=True)
class Shift:
    """Hours that repeat every week.

    Attributes:
        weekdays: days on which the shift *begins*, Monday is 0.
        opens_minute: minutes after local midnight, 0..1439.
        closes_minute: minutes after the same midnight, ``opens_minute`` + 1 .. ``opens_minute`` + 1440;
            above 1440 the shift ends on the next day.
    """

    weekdays: tuple[int, ...]
    opens_minute: int
    closes_minute: int

    @property
    def opens(self) -> str:
        """Opening time as ``"HH:MM"``."""
        return clock_text(self.opens_minute)

    @property
    def closes(self) -> str:
        """Closing time as ``"HH:MM"``; ``"24:00"`` at midnight, smaller than ``opens`` over midnight."""
        past_midnight = self.closes_minute > DAY_MINUTES
        return clock_text(self.closes_minute - DAY_MINUTES if past_midnight else self.closes_minute)

    @property
    def opens_time(self) -> time:
        """Opening time of day."""
        return time(*divmod(self.opens_minute, 60))

    @property
    def closes_time(self) -> time:
        """Closing time of day; equal to ``opens_time`` where the shift lasts the whole day."""
        return time(*divmod(self.closes_minute % DAY_MINUTES, 60))

    @property
    def minutes_per_week(self) -> int:
        """Length times the number of days."""
        return len(self.weekdays) * (self.closes_minute - self.opens_minute)

    def covers(self, local: datetime) -> bool:
        """Whether the shift is on at a local date and time (opening included, closing excluded)."""
        minute = local.hour * 60 + local.minute
        if local.weekday() in self.weekdays and self.opens_minute <= minute < self.closes_minute:
            return True
        began_yesterday = (local.weekday() - 1) % 7 in self.weekdays
        return began_yesterday and minute + DAY_MINUTES < self.closes_minute


ALL_WEEK = (0, 1, 2, 3, 4, 5, 6)
ALWAYS = (Shift(ALL_WEEK, 0, DAY_MINUTES),)
"""Round the clock, every day."""


def clock_text(minute: int) -> str:
    """``375`` -> ``"06:15"``."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


def is_open(shifts: Iterable[Shift], local: datetime) -> bool:
    """Whether any of the shifts is on at a local date and time."""
    return any(shift.covers(local) for shift in shifts)


def is_open_throughout(shifts: Iterable[Shift], start: datetime, minutes: int) -> bool:
    """Whether the shifts cover each of the true minutes from ``start`` on, an aware time in their zone."""
    kept, first = tuple(shifts), start.astimezone(UTC)
    last = (first + timedelta(minutes=minutes - 1)).astimezone(start.tzinfo)
    if start.utcoffset() == last.utcoffset():
        steps: Iterable[int] = _steps_that_matter(kept, start, minutes)
    else:
        steps = range(minutes)
    moments = (first + timedelta(minutes=step) for step in steps)
    return all(is_open(kept, moment.astimezone(start.tzinfo)) for moment in moments)


def _steps_that_matter(shifts: tuple[Shift, ...], start: datetime, minutes: int) -> list[int]:
    """Minutes after the start at which a shift begins or ends, and the start itself: between them nothing
    changes, as long as the clock is not changed."""
    marks = {mark for shift in shifts for mark in (shift.opens_minute, shift.closes_minute)} | {0}
    minute = start.hour * 60 + start.minute
    firsts = ((mark - minute) % DAY_MINUTES for mark in marks)
    return [0, *(step for first in firsts for step in range(first, minutes, DAY_MINUTES))]
