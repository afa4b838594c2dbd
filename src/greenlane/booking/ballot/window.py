"""When a ballot is open. Pure: no Django."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

REVEAL: Final = timedelta(minutes=60)
"""So long after the closing witnesses may tell their seeds."""


@dataclass(frozen=True, slots=True)
class Window:
    """Wishes are taken in [opens_at, closes_at); times in UTC."""

    opens_at: datetime
    closes_at: datetime


def window(
    day: date, zone: str, horizon_days: int, window_hours: float, first_start: datetime
) -> Window | None:
    """The window of a local day's ballot, or None where there is no time for one.

    It opens at the local midnight that lies `horizon_days` calendar days before the day, and closes
    `window_hours` later, but never after the first slot's start.
    """
    opens_at = midnight(day - timedelta(days=horizon_days), zone)
    closes_at = min(opens_at + timedelta(hours=window_hours), first_start)
    return Window(opens_at, closes_at) if closes_at > opens_at else None


def midnight(day: date, zone: str) -> datetime:
    """The beginning of a local date, in UTC."""
    return datetime.combine(day, time.min, ZoneInfo(zone)).astimezone(UTC)


def reveal_until(closed_at: datetime, first_start: datetime) -> datetime:
    """Until when witnesses may tell their seeds; never after the first slot's start."""
    return min(closed_at + REVEAL, max(closed_at, first_start))
