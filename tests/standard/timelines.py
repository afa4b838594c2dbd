"""Timelines written as a person would: times of one day, in UTC."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from greenlane.standard.clocks import Clocks, measure
from greenlane.standard.timeline import PassageTimes, StageVisit

DAY = datetime(2026, 11, 24, tzinfo=UTC)
NEXT_WEEK = DAY + timedelta(days=8)


def clock(text: str) -> datetime:
    """``"09:30"``, ``"09:30:15"``; ``"+1 09:30"`` is on the next day."""
    shift, _, time = text.rpartition(" ")
    hours, minutes, *seconds = (int(part) for part in time.split(":"))
    days = int(shift) if shift else 0
    return DAY + timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds[0] if seconds else 0)


def passage(
    *, slot: str = "", arrival: str = "", entry: str = "", exit: str = "", stages: str = "", **more: object
) -> PassageTimes:
    """A passage; ``stages`` as ``"border 10:00-10:03, customs 10:04-"`` (a missing reading is left out)."""
    times = PassageTimes(
        slot_start=clock(slot) if slot else None,
        park_in_at=clock(arrival) if arrival else None,
        entry_at=clock(entry) if entry else None,
        exit_at=clock(exit) if exit else None,
        visits=tuple(_visit(text) for text in stages.split(",") if text.strip()),
    )
    return replace(times, **more)


def _visit(text: str) -> StageVisit:
    stage, _, span = text.strip().partition(" ")
    start, _, end = span.partition("-")
    return StageVisit(stage, clock(start) if start else None, clock(end) if end else None)


def clocks_of(times: PassageTimes, at: str | None = None) -> Clocks:
    """The clocks, long after unless a time is given."""
    return measure(times, at=clock(at) if at else NEXT_WEEK)
