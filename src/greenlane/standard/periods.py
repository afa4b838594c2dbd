"""Hours and days of a checkpoint's zone as instants. Pure: no Django."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Period:
    """The instants from `start` up to, not including, `end`; both aware."""

    start: datetime
    end: datetime


def hour_of(at: datetime, zone: str) -> datetime:
    """The start, in UTC, of the local clock hour of an instant.

    In a zone of whole hours this is the hour of UTC; in one of half hours it is not, and a day made of such
    hours is a local day all the same.
    """
    local = at.astimezone(ZoneInfo(zone))
    into = timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
    return at.astimezone(UTC) - into


def day_of(at: datetime, zone: str) -> date:
    """The local date of an instant."""
    return at.astimezone(ZoneInfo(zone)).date()


def day_period(day: date, zone: str) -> Period:
    """A local day, which has 23 or 25 hours where clocks change."""
    return Period(_midnight(day, zone), _midnight(day + timedelta(days=1), zone))


def days_period(first: date, last: date, zone: str) -> Period:
    """From the local day `first` to the end of `last`."""
    return Period(_midnight(first, zone), _midnight(last + timedelta(days=1), zone))


def month_period(at: datetime, zone: str) -> Period:
    """From the first of the local month of an instant to the end of its day."""
    today = day_of(at, zone)
    return days_period(today.replace(day=1), today, zone)


def days_in(period: Period, zone: str) -> Iterator[date]:
    """The local dates that a period touches."""
    day, last = day_of(period.start, zone), day_of(period.end - timedelta(microseconds=1), zone)
    while day <= last:
        yield day
        day += timedelta(days=1)


def _midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time.min, ZoneInfo(zone)).astimezone(UTC)
