"""Quantiles are observed values, shown with an interval and only from the n that carries them."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenlane.standard.quantiles import PUBLISHED, figure, interval_ranks, least_n, nearest_rank, quantile
from greenlane.standard.survival import kaplan_meier

values = st.lists(st.integers(0, 3000).map(float), min_size=1, max_size=200)


@pytest.mark.parametrize(("p", "n"), [(0.5, 6), (0.8, 17), (0.9, 36), (0.95, 72), (0.99, 368)])
def test_least_n_is_the_published_one(p: float, n: int) -> None:
    assert least_n(p) == n
    assert least_n(round(1 - p, 2)) == n  # the same below the median as above
    assert interval_ranks(n - 1, p) is None
    assert interval_ranks(n, p) is not None


@given(values, st.sampled_from([0.01, 0.07, 0.5, 0.9, 0.95, 0.99, 1.0]))
def test_quantile_is_the_nearest_rank_of_numpy(numbers: list[float], p: float) -> None:
    data = np.array(numbers)
    assert quantile(data, p) == np.quantile(data, p, method="inverted_cdf")


@pytest.mark.parametrize(("n", "p", "rank"), [(1, 0.99, 1), (20, 0.95, 19), (21, 0.95, 20), (100, 0.07, 7)])
def test_rank_is_the_ceiling_of_n_p(n: int, p: float, rank: int) -> None:
    assert nearest_rank(n, p) == rank


@pytest.mark.parametrize(("n", "p"), [(0, 0.5), (5, 0.0), (5, 1.1)])
def test_no_quantile_of_nothing(n: int, p: float) -> None:
    with pytest.raises(ValueError, match="needs n >= 1"):
        nearest_rank(n, p)


def test_interval_of_a_median_as_in_tables() -> None:
    """Distribution-free 95 % intervals of the median, as printed in tables of order statistics."""
    assert interval_ranks(6, 0.5) == (1, 6)
    assert interval_ranks(10, 0.5) == (2, 9)
    assert interval_ranks(20, 0.5) == (6, 15)
    assert interval_ranks(100, 0.5) == (40, 61)


@given(st.integers(6, 400), st.sampled_from(PUBLISHED))
def test_interval_leaves_at_most_a_fortieth_on_each_side_and_no_narrower_one_does(n: int, p: float) -> None:
    ranks = interval_ranks(n, p)
    if ranks is None:
        assert n < least_n(p)
        return
    low, high = ranks
    chance = [math.comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(n + 1)]
    assert sum(chance[:low]) <= 0.025 + 1e-12
    assert sum(chance[: low + 1]) > 0.025 - 1e-12
    assert sum(chance[high:]) <= 0.025 + 1e-12
    assert sum(chance[high - 1 :]) > 0.025 - 1e-12


def test_a_quantile_that_n_does_not_carry_has_no_seconds() -> None:
    short, long = figure(np.arange(71.0), 0.95), figure(np.arange(72.0), 0.95)
    assert (short.name, short.n, short.least_n, short.seconds) == ("p95", 71, 72, None)
    assert (long.seconds, long.low, long.high) == (68.0, 63.0, 71.0)


def test_interval_of_many_values_is_near_the_normal_one() -> None:
    ranks = interval_ranks(100_000, 0.95)
    assert ranks is not None
    half = 1.96 * math.sqrt(100_000 * 0.95 * 0.05)
    assert ranks[0] == pytest.approx(95_000 - half, abs=2)
    assert ranks[1] == pytest.approx(95_000 + half, abs=2)


# Remission in weeks of 21 patients on 6-mercaptopurine (Freireich 1963), the usual textbook case.
ENDED = np.array([6, 6, 6, 7, 10, 13, 16, 22, 23], dtype=float)
STILL = np.array([6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35], dtype=float)


def test_kaplan_meier_on_the_textbook_case() -> None:
    survival = kaplan_meier(ENDED, STILL)
    assert survival.times.tolist() == [6, 7, 10, 13, 16, 22, 23]
    assert np.round(survival.share, 3).tolist() == [0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448]
    assert survival.quantile(0.5) == 23
    assert survival.quantile(0.9) is None


@given(values, st.sampled_from(PUBLISHED))
def test_with_nothing_missing_kaplan_meier_is_the_plain_quantile(numbers: list[float], p: float) -> None:
    data = np.array(numbers)
    assert kaplan_meier(data, np.array([])).quantile(p) == quantile(data, p)


@given(values, values)
def test_survival_falls_from_at_most_one(ended: list[float], still: list[float]) -> None:
    share = kaplan_meier(np.array(ended), np.array(still)).share
    assert share[0] < 1
    assert all(later <= earlier for earlier, later in pairwise(share))
    assert share[-1] >= 0
