"""Roll-ups answer as the passages do: shares and verdicts exactly, quantiles within the stated error."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenlane.standard.columns import ClockColumn
from greenlane.standard.histograms import BINS, EDGES, RELATIVE_ERROR, Histogram, summarise_histogram
from greenlane.standard.outcomes import Clock, Measured, Missing, Reason
from greenlane.standard.quantiles import nearest_rank, quantile
from greenlane.standard.summary import as_row, summarise

limits_and_neighbours = st.sampled_from([0.0, 1.0, 599.999, 600.0, 600.001, 900.0, 900.001, 1800.0, 1800.001])
seconds = st.one_of(limits_and_neighbours, st.floats(0, 200_000))
some_clock: st.SearchStrategy[Clock] = st.one_of(
    seconds.map(Measured), st.builds(Missing, st.sampled_from(list(Reason)), st.none() | seconds)
)
columns = st.lists(some_clock, max_size=60).map(ClockColumn.of)


def same(one: Histogram, other: Histogram) -> None:
    assert one.bins.tolist() == other.bins.tolist()
    assert one.at_least.tolist() == other.at_least.tolist()
    assert one.missing == other.missing
    assert one.max_s == other.max_s
    assert one.total_s == pytest.approx(other.total_s)


def test_edges_run_from_a_second_to_two_days_with_the_standards_among_them() -> None:
    assert (len(EDGES), BINS) == (193, 194)
    assert (EDGES[0], EDGES[-1]) == (1.0, 172_800.0)
    assert {600.0, 900.0, 1800.0} <= set(EDGES.tolist())
    assert np.all(np.diff(EDGES) > 0)
    assert RELATIVE_ERROR < 0.033


@given(columns, columns)
def test_the_sum_is_the_histogram_of_both_together(one: ClockColumn, other: ClockColumn) -> None:
    together = Histogram.of(ClockColumn.concatenate([one, other]))
    same(Histogram.of(one) + Histogram.of(other), together)
    same(Histogram.merge([Histogram.of(one), Histogram.of(other)]), together)


@given(columns)
def test_shares_bounds_and_verdict_are_exact(column: ClockColumn) -> None:
    rolled, exact = summarise_histogram(Histogram.of(column)), summarise(column)
    assert rolled.shares == exact.shares
    assert (rolled.n, rolled.n_measured, rolled.missing) == (exact.n, exact.n_measured, exact.missing)
    assert (rolled.verdict, rolled.match_rate, rolled.max) == (exact.verdict, exact.match_rate, exact.max)
    assert rolled.mean == pytest.approx(exact.mean)


@given(st.lists(st.floats(0, 172_800), min_size=1, max_size=80), st.sampled_from([0.1, 0.5, 0.9, 0.95, 1.0]))
def test_quantiles_are_within_the_stated_error(numbers: list[float], p: float) -> None:
    histogram = Histogram.of(ClockColumn.of(Measured(number) for number in numbers))
    exact = quantile(np.array(numbers), p)
    rolled = histogram.value_at(nearest_rank(len(numbers), p))
    assert abs(rolled - exact) <= max(1.0 if exact <= 1 else 0.0, (RELATIVE_ERROR + 1e-9) * exact)


def test_a_summary_from_a_histogram_says_so_and_keeps_the_rule_of_least_n() -> None:
    column = ClockColumn.of(Measured(60.0 * minute) for minute in range(1, 101))
    summary = summarise_histogram(Histogram.of(column))
    assert summary.relative_error == RELATIVE_ERROR
    assert summary.quantile(0.95) == pytest.approx(5700, rel=RELATIVE_ERROR)
    assert summary.quantile(0.99) is None
    assert as_row(summary)["within_600"] == 0.1


def test_beyond_two_days_the_greatest_value_is_still_right() -> None:
    histogram = Histogram.of(ClockColumn.of([Measured(300_000.0)] * 400))
    assert summarise_histogram(histogram).max == 300_000.0
    assert 172_800 < histogram.value_at(400) <= 300_000


def test_a_limit_that_is_no_edge_is_refused() -> None:
    with pytest.raises(ValueError, match="not an edge"):
        Histogram.of(ClockColumn.of([])).share(700.0)
    with pytest.raises(ValueError, match="not an edge"):
        Histogram.of(ClockColumn.of([])).share(1e9)


@given(columns)
def test_a_stored_histogram_comes_back_the_same(column: ClockColumn) -> None:
    histogram = Histogram.of(column)
    form = json.loads(json.dumps(histogram.as_dict()))
    same(Histogram.from_parts(**form), histogram)
    full = Histogram.from_parts(
        bins=histogram.bins.tolist(),
        at_least=histogram.at_least.tolist(),
        missing={str(reason): count for reason, count in histogram.missing.items()},
        total_s=histogram.total_s,
        max_s=histogram.max_s,
    )
    same(full, histogram)
