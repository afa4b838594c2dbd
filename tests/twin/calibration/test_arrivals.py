"""The arrival profile: rates by hour and weekday of the place, days without readings left out."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from recorded_days import only, recorded

from greenlane.twin.calibration.arrivals import Profile, profile

BERLIN = ZoneInfo("Europe/Berlin")
START = datetime(2026, 10, 1, tzinfo=BERLIN)
HOURLY = np.array([2.0] * 6 + [20.0, 30, 40, 40, 30, 20] + [15.0] * 6 + [8.0] * 6)


def come(
    days: int, factor: list[float], seed: int = 1, silent: tuple[int, int, int] | None = None, first: int = 0
) -> Profile:
    """The profile of Poisson arrivals by local hour; ``silent``: day, first hour, hour after the last;
    ``first``: day of the first reading."""
    dice = np.random.default_rng(seed)
    minutes: list[float] = []
    begin, end = START.astimezone(UTC), (START + timedelta(days=days)).astimezone(UTC)
    at = begin
    while at < end:
        local = at.astimezone(BERLIN)
        rate = HOURLY[local.hour] * factor[local.weekday()]
        day = (local.date() - START.date()).days
        if day >= first and (
            silent is None or not (day == silent[0] and silent[1] <= local.hour < silent[2])
        ):
            minutes += ((at - begin) / timedelta(minutes=1) + dice.random(dice.poisson(rate)) * 60).tolist()
        at += timedelta(hours=1)
    n = len(minutes)
    nothing = np.full(n, np.nan)
    seen = only(
        recorded(10, 1),
        epoch=START,
        arrival=np.array(minutes),
        slot_start=nothing,
        called=nothing,
        entry=nothing,
        exit=nothing,
        no_show=np.zeros(n, dtype=np.bool_),
    )
    found = profile(seen, START, START + timedelta(days=days))
    assert found is not None
    return found


def test_rates_by_local_hour_lie_within_their_intervals_also_when_the_clocks_change() -> None:
    found = come(42, [1.0] * 7)
    assert len(found.days) == 42
    assert date(2026, 10, 25) in found.days  # 25 hours
    within = (found.low <= HOURLY) & (found.high >= HOURLY)
    assert within.sum() >= 21
    assert found.hourly == pytest.approx(HOURLY, rel=0.25)
    assert found.weekday_factor.tolist() == [1.0] * 7
    assert found.dispersion == pytest.approx(1.0, abs=0.12)


def test_weekdays_that_differ_have_factors_whose_mean_is_one() -> None:
    factor = [1.3, 1.2, 1.1, 1.1, 1.1, 0.7, 0.5]
    found = come(42, factor)
    assert found.weekday_factor == pytest.approx(factor, abs=0.06)
    assert found.weekday_factor.mean() == pytest.approx(1.0)
    assert found.hourly.sum() == pytest.approx(HOURLY.sum(), rel=0.03)


def test_a_day_on_which_the_readings_failed_is_left_out() -> None:
    found = come(14, [1.0] * 7, silent=(5, 8, 12))
    assert found.left_out == ((date(2026, 10, 6), "hours without any reading"),)
    assert found.hourly[8:12] == pytest.approx(HOURLY[8:12], rel=0.15)


def test_many_days_before_the_first_reading_are_left_out_too() -> None:
    """The readings began with the seventh of ten days."""
    plain = come(4, [1.0] * 7)
    found = come(10, [1.0] * 7, first=6)
    assert len(found.days) == 4
    assert len(found.left_out) == 6
    assert found.hourly.sum() == pytest.approx(plain.hourly.sum(), rel=0.1)


def test_a_quiet_night_is_no_failure() -> None:
    assert come(14, [1.0] * 7, silent=(5, 0, 3)).left_out == ()


def test_days_that_are_not_whole_are_left_out_and_two_are_too_few() -> None:
    seen = recorded(3_000, 1)
    start = seen.epoch + timedelta(hours=6)
    found = profile(seen, seen.epoch, seen.epoch + timedelta(days=2))
    assert found is None
    short = profile(seen, start, start + timedelta(days=2))
    assert short is None
