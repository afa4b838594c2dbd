"""Time in which a checkpoint works: estimates are made in it, and told as times of day. Pure: no Django."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from greenlane.registry.hours import ALWAYS, DAY_MINUTES, Shift, is_open

Span = tuple[datetime, datetime]
"""From a time until another, both aware; the end is not in it."""


def open_spans(opening: Sequence[Shift], zone: str, start: datetime, end: datetime) -> Iterator[Span]:
    """The parts of [start, end) in which the checkpoint is open, in order, in UTC."""
    for first, last in _steps(opening, zone, start, end):
        if is_open(opening, first.astimezone(ZoneInfo(zone))):
            yield first, last


def after_working(
    opening: Sequence[Shift], zone: str, start: datetime, work: timedelta, latest: datetime
) -> datetime:
    """When so much working time has passed since ``start``, in UTC; at most ``latest``."""
    if tuple(opening) == ALWAYS:
        return min(start + work, latest)
    for first, last in open_spans(opening, zone, start, latest):
        if work <= last - first:
            return first + work
        work -= last - first
    return latest


def covered(spans: Sequence[Span], within: Sequence[Span]) -> timedelta:
    """How much of the spans ``within``, which do not overlap, is covered by at least one of ``spans``."""
    total, ordered = timedelta(), sorted(spans)
    for start, end in within:
        reached = start
        for first, last in ordered:
            begins, ends = max(first, reached), min(last, end)
            if ends > begins:
                total += ends - begins
                reached = ends
    return total


def _steps(opening: Sequence[Shift], zone: str, start: datetime, end: datetime) -> Iterator[Span]:
    """[start, end) cut where a shift may begin or end, and at local midnights."""
    marks = {
        mark % DAY_MINUTES for shift in opening for mark in (shift.opens_minute, shift.closes_minute)
    } | {0}
    here, until = start.astimezone(UTC), end.astimezone(UTC)
    day = start.astimezone(ZoneInfo(zone)).date()
    while _at(day, 0, zone) < until:
        for cut in sorted(_at(day, mark, zone) for mark in marks):
            if here < cut < until:
                yield here, cut
                here = cut
        day += timedelta(days=1)
    if here < until:
        yield here, until


def _at(day: date, minute: int, zone: str) -> datetime:
    return datetime.combine(day, time(*divmod(minute, 60)), ZoneInfo(zone)).astimezone(UTC)
