"""The arrival profile: trucks an hour by local hour, times a factor by weekday."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from scipy import stats

from greenlane.twin.arrays import Longs
from greenlane.twin.calibration.observations import Floats, Observations

_STEP: Final = 15
"""Minutes of a step of local time: every zone's offset is a multiple."""
OUTAGE: Final = 12.0
"""Trucks that ought to have come in a run of hours without any: chance does that once in 160,000 times."""
LEAST_DAYS: Final = 3
ROUNDS: Final = 50


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """What came when.

    Attributes:
        hourly: shape (24,): trucks an hour on an average day.
        low, high: shape (24,): 95 % interval of each, exact for Poisson counts (Garwood, Biometrika 28,
            1936).
        weekday_factor: shape (7,), Monday first; their mean is 1. All 1 where the criterion (BIC) finds the
            weekdays alike or they were not all seen.
        days: whole local days used.
        left_out: days left out, with the reason.
        dispersion: variance / mean of the counts of an hour from day to day, as described: 1 for Poisson.
    """

    hourly: Floats
    low: Floats
    high: Floats
    weekday_factor: Floats
    days: tuple[date, ...]
    left_out: tuple[tuple[date, str], ...]
    dispersion: float


def profile(seen: Observations, start: datetime, end: datetime) -> Profile | None:
    """The profile of the trucks that came in [start, end); None with fewer than `LEAST_DAYS` whole days.

    A truck counts at its first reading, so that a missed one at the park does not lose it. Days that are not
    whole, and days on which the readings must have failed, are left out: a run of hours without a truck in
    which `OUTAGE` or more usually come on days with any.
    """
    zone = seen.epoch.tzinfo
    assert isinstance(zone, ZoneInfo)
    first = seen.first[seen.came]
    days, counts, exposure = _counted(seen.epoch, first[np.isfinite(first)], start, end, zone)
    if not days:
        return None
    some = counts.any(axis=1)
    usual = np.median(counts[some], axis=0) if some.any() else np.zeros(24)
    kept, left_out = [], []
    for at, day in enumerate(days):
        if exposure[at].sum() < 22.5:
            left_out.append((day, "not whole"))
        elif _silence(counts[at], usual) >= OUTAGE:
            left_out.append((day, "hours without any reading"))
        else:
            kept.append(at)
    if len(kept) < LEAST_DAYS:
        return None
    return _described([days[at] for at in kept], counts[kept], exposure[kept], tuple(left_out))


def local_hours(epoch: datetime, minutes: Floats) -> Floats:
    """The hour of the day, where the epoch's zone is, of minutes from the epoch; NaN of NaN."""
    begin = _floored(epoch)
    offset = (epoch - begin) / timedelta(minutes=1)
    step = np.floor((minutes + offset) / _STEP)
    known = np.isfinite(step)
    different, place = np.unique(step[known], return_inverse=True)
    hours = [
        (begin + timedelta(minutes=_STEP * at)).astimezone(epoch.tzinfo).hour for at in different.tolist()
    ]
    found = np.full(len(minutes), np.nan)
    found[known] = np.array(hours, dtype=np.float64)[place] if len(hours) else np.nan
    return found


def _described(
    days: Sequence[date], counts: Floats, exposure: Floats, left_out: tuple[tuple[date, str], ...]
) -> Profile:
    weekday = np.array([day.weekday() for day in days])
    flat = np.ones(7)
    plain = counts.sum(axis=0) / exposure.sum(axis=0)
    factor = _factors(weekday, counts, exposure)
    # Days differ by more than chance: their spread about the profile is the yardstick, not Poisson's.
    spread = _dispersion(counts, _expected(plain, flat, weekday, exposure))
    gain = _likelihood(counts, _expected(*factor, weekday, exposure)) - _likelihood(
        counts, _expected(plain, flat, weekday, exposure)
    )
    wanted = len(set(weekday.tolist())) == 7 and 2.0 * gain / max(spread, 1.0) > 6.0 * np.log(counts.size)
    hourly, by_weekday = factor if wanted else (plain, flat)
    total = counts.sum(axis=0)
    weight = (exposure * by_weekday[weekday][:, None]).sum(axis=0)
    low = np.where(total > 0, stats.chi2.ppf(0.025, 2.0 * np.maximum(total, 1.0)) / 2.0, 0.0)
    high = stats.chi2.ppf(0.975, 2.0 * (total + 1.0)) / 2.0
    found = _dispersion(counts, _expected(hourly, by_weekday, weekday, exposure))
    return Profile(hourly, low / weight, high / weight, by_weekday, tuple(days), left_out, found)


def _factors(weekday: Longs, counts: Floats, exposure: Floats) -> tuple[Floats, Floats]:
    """Rates by hour and factors by weekday of greatest Poisson likelihood, by turns until they stand."""
    factor = np.ones(7)
    hourly = counts.sum(axis=0) / exposure.sum(axis=0)
    for _ in range(ROUNDS):
        for day in set(weekday.tolist()):
            here = weekday == day
            factor[day] = counts[here].sum() / max(float((exposure[here] * hourly).sum()), 1e-9)
        factor /= factor.mean()
        hourly = counts.sum(axis=0) / (exposure * factor[weekday][:, None]).sum(axis=0)
    return hourly, factor


def _expected(hourly: Floats, factor: Floats, weekday: Longs, exposure: Floats) -> Floats:
    return np.asarray(exposure * hourly * factor[weekday][:, None])


def _likelihood(counts: Floats, expected: Floats) -> float:
    """Poisson, less what does not depend on the expected numbers."""
    return float((counts * np.log(np.maximum(expected, 1e-12)) - expected).sum())


def _dispersion(counts: Floats, expected: Floats) -> float:
    """Pearson's: the mean of (count - expected)^2 / expected over hours in which trucks come."""
    busy = expected > 0.5
    if not busy.any():
        return 1.0
    rest = max(len(counts) - 1, 1) / len(counts)
    return float((((counts - expected) ** 2 / np.where(busy, expected, 1.0))[busy]).mean() / rest)


def _silence(counts: Floats, usual: Floats) -> float:
    """The greatest number of trucks usual in a run of hours in which none came."""
    worst = run = 0.0
    for count, expected in zip(counts, usual, strict=True):
        run = run + expected if count == 0 else 0.0
        worst = max(worst, run)
    return worst


def _counted(
    epoch: datetime, minutes: Floats, start: datetime, end: datetime, zone: ZoneInfo
) -> tuple[list[date], Floats, Floats]:
    """Local days, trucks by day and hour, and hours that there were of each hour: 0, 1 or 2."""
    begin = _floored(start)
    steps = max(int((end - begin) / timedelta(minutes=_STEP)), 0)
    offset = (begin - epoch) / timedelta(minutes=1)
    wall = [(begin + timedelta(minutes=_STEP * at)).astimezone(zone) for at in range(steps)]
    days = sorted({at.date() for at in wall})
    number = {day: at for at, day in enumerate(days)}
    day_of = np.array([number[at.date()] for at in wall], dtype=np.int64)
    hour_of = np.array([at.hour for at in wall], dtype=np.int64)
    counts = np.zeros((len(days), 24))
    exposure = np.zeros((len(days), 24))
    np.add.at(exposure, (day_of, hour_of), _STEP / 60.0)
    step = np.floor((minutes - offset) / _STEP).astype(np.int64)
    step = step[(step >= 0) & (step < steps)]
    np.add.at(counts, (day_of[step], hour_of[step]), 1.0)
    return days, counts, exposure


def _floored(at: datetime) -> datetime:
    """The last quarter of an hour, in UTC: arithmetic there knows no change of clocks."""
    plain = at.astimezone(UTC)
    return plain.replace(minute=plain.minute // _STEP * _STEP, second=0, microsecond=0)
