"""When trucks come on a day: by hour, as a Poisson process, or at recorded times. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from greenlane.registry.crossing import Arrivals

Times = NDArray[np.float64]
"""Seconds since the epoch, ascending."""


class Demand(Protocol):
    """Where the times of arrival come from."""

    @property
    def per_day(self) -> float:
        """Trucks on an average day."""

    def times(self, day: date, zone: str, chance: np.random.Generator) -> Times:
        """Arrivals within the local date ``day`` of an IANA zone."""


@dataclass(frozen=True, slots=True)
class Published:
    """The crossing file's trucks per hour: Poisson in each hour (Lin, Wang and Sadek 2014 accept Poisson
    arrivals at the Peace Bridge), at a rate that is constant within the hour."""

    arrivals: Arrivals

    @property
    def per_day(self) -> float:
        return self.arrivals.per_day

    def times(self, day: date, zone: str, chance: np.random.Generator) -> Times:
        return _poisson(day, zone, lambda local: self.arrivals.expected(local.hour, local.weekday()), chance)


@dataclass(frozen=True, slots=True)
class Hourly:
    """Trucks per local hour from a file: of the very date where ``by_date`` has it, else ``usual``."""

    usual: tuple[float, ...]
    by_date: Mapping[date, tuple[float, ...]] = field(default_factory=dict)

    @property
    def per_day(self) -> float:
        return sum(self.usual)

    def times(self, day: date, zone: str, chance: np.random.Generator) -> Times:
        hourly = self.by_date.get(day, self.usual)
        return _poisson(day, zone, lambda local: hourly[local.hour], chance)


@dataclass(frozen=True, slots=True)
class Recorded:
    """Exact times of arrival, ascending, in seconds since the epoch."""

    at: tuple[float, ...]

    @property
    def per_day(self) -> float:
        """The mean of the days from the first to the last arrival; the fewest counted is one day."""
        days = max(1.0, (self.at[-1] - self.at[0]) / 86_400) if self.at else 1.0
        return len(self.at) / days

    def times(self, day: date, zone: str, chance: np.random.Generator) -> Times:
        first, after = day_bounds(day, zone)
        at = np.asarray(self.at, dtype=np.float64)
        return at[(at >= first) & (at < after)]


def day_bounds(day: date, zone: str) -> tuple[float, float]:
    """First second of the local date and of the next, in seconds since the epoch."""
    there = ZoneInfo(zone)
    first = datetime.combine(day, time.min, there)
    after = datetime.combine(day + timedelta(days=1), time.min, there)
    return first.timestamp(), after.timestamp()


class _Rate(Protocol):
    def __call__(self, local: datetime) -> float: ...


def _poisson(day: date, zone: str, rate: _Rate, chance: np.random.Generator) -> Times:
    """Arrivals of a Poisson process whose rate (trucks per hour) is constant in each local hour.

    Hours are cut in UTC quarters, so that a day of 23 or 25 hours, and a zone of a half hour, come out right.
    """
    first, after = day_bounds(day, zone)
    starts = np.arange(first, after, 900.0)
    there = ZoneInfo(zone)
    rates = [rate(datetime.fromtimestamp(start, UTC).astimezone(there)) / 4 for start in starts]
    counts = chance.poisson(rates)
    times = np.repeat(starts, counts) + chance.random(int(counts.sum())) * 900.0
    times.sort()
    return times
