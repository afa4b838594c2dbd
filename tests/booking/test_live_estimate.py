"""When the next trucks of the live queue are called: exact quantiles, and intervals that hold as they say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import betaprime, f

from greenlane.booking.live_queue.estimate import (
    COVERAGE,
    LONGEST,
    PLAN_COUNTS,
    Learned,
    awaited,
    chance_of_releases,
    learned,
    quantile_of_ratio,
)
from greenlane.booking.live_queue.working_time import after_working, covered, open_spans
from greenlane.registry.hours import ALL_WEEK, ALWAYS, Shift

HOUR = timedelta(hours=1)
TAIL = (1 - COVERAGE) / 2
WARSAW = "Europe/Warsaw"
DAYS = (Shift(ALL_WEEK, 8 * 60, 20 * 60),)
"""From 8 to 20 every day."""


@pytest.mark.parametrize("place", [1, 2, 7, 40, 300, 1500])
@pytest.mark.parametrize("shape", [0.5, 2.0, 5.5, 22.0, 200.0, 900.0])
def test_quantiles_are_those_of_the_beta_prime_distribution(place: int, shape: float) -> None:
    for level in (0.001, TAIL, 0.5, 1 - TAIL, 0.999):
        expected = betaprime.ppf(level, place, shape)
        assert quantile_of_ratio(place, shape, level) == pytest.approx(expected, rel=1e-7)
        assert place / shape * f.ppf(level, 2 * place, 2 * shape) == pytest.approx(expected, rel=1e-7)


@given(
    place=st.integers(1, 200),
    shape=st.floats(0.5, 300),
    ratio=st.floats(1e-3, 1e3),
)
def test_chances_are_those_of_the_beta_prime_distribution(place: int, shape: float, ratio: float) -> None:
    expected = betaprime.cdf(ratio, place, shape)
    assert chance_of_releases(place, shape, ratio) == pytest.approx(expected, abs=1e-10)


@pytest.mark.parametrize("arguments", [(0, 2.0, 0.5), (1, 0.0, 0.5), (1, 2.0, 0.0), (1, 2.0, 1.0)])
def test_what_has_no_quantile_is_refused(arguments: tuple[int, float, float]) -> None:
    with pytest.raises(ValueError, match="no quantile"):
        quantile_of_ratio(*arguments)


def _hits(known_shape: float, exposure: np.ndarray, times: np.ndarray, place: int) -> float:
    low, high = (quantile_of_ratio(place, known_shape, level) for level in (TAIL, 1 - TAIL))
    return float(np.mean((low * exposure <= times) & (times <= high * exposure)))


@pytest.mark.parametrize("rate", [0.2, 3.0, 50.0])
@pytest.mark.parametrize(("seen", "place"), [(1, 1), (4, 3), (20, 1), (20, 30)])
def test_back_to_the_last_releases_the_interval_holds_for_every_rate(
    rate: float, seen: int, place: int
) -> None:
    drawn = np.random.default_rng(20260504)
    runs = 40_000
    back = drawn.gamma(seen, 1 / rate, runs)
    ahead = drawn.gamma(place, 1 / rate, runs)
    # Four standard deviations of the simulation.
    assert _hits(seen, back, ahead, place) == pytest.approx(COVERAGE, abs=4 * (0.16 / runs) ** 0.5)


@pytest.mark.parametrize("planned", [0.5, 4.0])
@pytest.mark.parametrize("place", [1, 6])
def test_with_the_plan_the_interval_holds_over_all_that_the_plan_takes_for_likely(
    planned: float, place: int
) -> None:
    drawn = np.random.default_rng(7)
    runs, busy = 40_000, 3.0
    rates = drawn.gamma(PLAN_COUNTS, planned / PLAN_COUNTS, runs)
    seen, ahead = drawn.poisson(rates * busy), drawn.gamma(place, 1 / rates)
    held = 0
    for count in np.unique(seen):
        known = learned(int(count), busy * HOUR, planned)
        assert known is not None
        wait = awaited(known, place)
        low, high = wait.low / HOUR, wait.high / HOUR
        of_count = ahead[seen == count]
        held += int(((low <= of_count) & (of_count <= high)).sum())
    assert held / runs == pytest.approx(COVERAGE, abs=4 * (0.16 / runs) ** 0.5)


def test_what_was_seen_soon_outweighs_a_plan_that_is_wrong() -> None:
    known = learned(60, 3 * HOUR, planned_per_hour=2.0)
    assert known is not None
    assert awaited(known, 20).middle / HOUR == pytest.approx(1.0, rel=0.35)


def test_with_nothing_seen_the_plan_speaks_and_without_a_plan_nobody() -> None:
    planned = learned(0, timedelta(), planned_per_hour=4.0)
    assert planned == Learned(PLAN_COUNTS, HOUR / 2)
    assert learned(0, 3 * HOUR, planned_per_hour=0.0) is None
    assert learned(5, HOUR, planned_per_hour=0.0) == Learned(5.0, HOUR)


@given(
    seen=st.integers(0, 60),
    busy=st.floats(0, 3),
    planned=st.floats(0.01, 60),
    place=st.integers(1, 200),
)
def test_estimates_are_in_order_and_grow_with_the_place(
    seen: int, busy: float, planned: float, place: int
) -> None:
    known = learned(seen, busy * HOUR, planned)
    assert known is not None
    here, behind = awaited(known, place), awaited(known, place + 1)
    assert timedelta() <= here.low <= here.middle <= here.high <= LONGEST
    assert (here.low, here.middle, here.high) <= (behind.low, behind.middle, behind.high)


def at(hour: float, day: int = 4) -> datetime:
    """So many hours after midnight UTC in May 2026; Warsaw is two hours ahead."""
    return datetime(2026, 5, day, tzinfo=UTC) + hour * HOUR


def test_working_time_stops_while_the_checkpoint_is_closed() -> None:
    closes = at(18)
    late = at(60, 4)
    assert after_working(DAYS, WARSAW, at(17), HOUR / 2, late) == at(17.5)
    assert after_working(DAYS, WARSAW, at(17), 2 * HOUR, late) == at(7, 5)
    assert after_working(DAYS, WARSAW, closes, timedelta(minutes=1), late) == at(6, 5) + HOUR / 60
    assert after_working(DAYS, WARSAW, at(17), 100 * HOUR, late) == late
    assert after_working(ALWAYS, WARSAW, at(17), 100 * HOUR, at(500)) == at(117)


def test_open_spans_keep_their_length_when_the_clocks_change() -> None:
    start = datetime(2026, 10, 24, 22, tzinfo=UTC)
    night = (Shift(ALL_WEEK, 0, 6 * 60),)
    (span,) = open_spans(night, WARSAW, start, start + 24 * HOUR)
    assert span == (start, start + 7 * HOUR)


def test_busy_time_counts_each_minute_once_and_only_while_open() -> None:
    spans = [(at(5), at(7)), (at(6), at(6.5)), (at(6.5), at(8)), (at(17), at(19))]
    working = list(open_spans(DAYS, WARSAW, at(4), at(20)))
    assert working == [(at(6), at(18))]
    assert covered(spans, working) == 3 * HOUR
    assert covered([], working) == timedelta()


@given(
    start=st.floats(0, 100),
    length=st.floats(0, 60),
    opens=st.integers(0, 1439),
    hours=st.integers(1, 24),
)
def test_working_time_and_open_spans_agree(start: float, length: float, opens: int, hours: int) -> None:
    opening, begins = (Shift(ALL_WEEK, opens, opens + 60 * hours),), at(start)
    ends = after_working(opening, WARSAW, begins, length * HOUR, begins + 90 * 24 * HOUR)
    worked = sum(
        (last - first for first, last in open_spans(opening, WARSAW, begins, ends)), start=timedelta()
    )
    assert worked == pytest.approx(length * HOUR, abs=timedelta(milliseconds=1))
