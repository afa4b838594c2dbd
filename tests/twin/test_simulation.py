"""Replications: repeatable, the same on any threads and with either kernel, with figures that hold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats
from twin_scenes import day_of, one_stage, steady, two_stages

from greenlane.twin.clocks import STATISTICS
from greenlane.twin.demand import Live, Recorded
from greenlane.twin.distributions import Distribution
from greenlane.twin.model import CallUpPolicy, ModelError
from greenlane.twin.result import Result, UnknownMeasure
from greenlane.twin.scenario import Scenario
from greenlane.twin.simulation import Simulator, simulate, simulate_until

EXPONENTIAL = Distribution("exponential", 1.5)


def same(first: Result, second: Result) -> bool:
    return np.array_equal(first.figures, second.figures, equal_nan=True) and bool(
        (first.clocks == second.clocks).all()
    )


def test_the_result_is_the_same_on_any_threads_and_for_one_replication_alone() -> None:
    scenario = day_of(two_stages())
    one, many = (simulate(scenario, 6, seed=9, threads=threads) for threads in (1, 3))
    assert same(one, many)
    alone = simulate(scenario, 1, seed=9, first=4)
    assert np.array_equal(alone.figures[0], one.figures[4], equal_nan=True)
    assert not np.array_equal(one.figures[0], one.figures[1], equal_nan=True)
    assert not np.array_equal(simulate(scenario, 1, seed=10).figures[0], one.figures[0], equal_nan=True)


def test_blocks_of_replications_join_to_the_whole() -> None:
    scenario = day_of(two_stages())
    whole = simulate(scenario, 5, seed=2)
    parts = simulate(scenario, 3, seed=2, first=2).joined(simulate(scenario, 2, seed=2))
    assert same(whole, parts)
    assert parts.replication.tolist() == whole.replication.tolist()


def test_both_kernels_give_the_same_figures() -> None:
    scenario = day_of(two_stages(), 35.0)
    recursion, events = Simulator(scenario), Simulator(scenario, event_loop_only=True)
    assert (recursion.engine, events.engine) == ("stage recursion", "event loop")
    for replication in range(5):
        ours, theirs = recursion.replicate(3, replication), events.replicate(3, replication)
        assert np.array_equal(ours.figures, theirs.figures, equal_nan=True)
        assert (ours.clocks == theirs.clocks).all()


@pytest.mark.parametrize(
    ("scenario", "reason"),
    [
        (day_of(two_stages(room=2)), "stages with little room"),
        (
            day_of(one_stage(EXPONENTIAL, call_up=CallUpPolicy("limit", 3, travel=EXPONENTIAL))),
            "call-up that looks inside",
        ),
        (Scenario(two_stages(), (Live((0.0, 60.0), (30.0,), convoy=2),), 60.0), "convoys"),
    ],
)
def test_the_result_says_why_the_event_loop_was_needed(scenario: Scenario, reason: str) -> None:
    result = simulate(scenario, 1)
    assert result.engine == "event loop"
    assert result.reasons == (reason,)


def test_figures_are_those_of_the_trucks() -> None:
    scenario = day_of(two_stages(), 40.0, minutes=600.0, warm_up=120.0)
    simulator = Simulator(scenario)
    result = simulate(scenario, 1, seed=5)
    run = simulator.run(5, 0)
    trucks, visits, due = run.drawn.trucks, run.visits, run.drawn.due
    counted = (due >= 120.0) & (due < 720.0)
    exit_at = visits["end"][np.arange(len(trucks)), 1]
    inside = (exit_at - visits["start"][:, 0])[counted]
    outside = (visits["start"][:, 0] - due)[counted]
    red = trucks["kind"][counted] == 1
    for measure, minutes in (
        ("inside", inside),
        ("outside", outside),
        ("whole", outside + inside),
        ("inside:red", inside[red]),
        ("wait:exit", (visits["start"] - visits["enter"])[counted, 1]),
    ):
        expected = [
            len(minutes), minutes.mean(),
            *(np.quantile(minutes, level, method="inverted_cdf") for level in (0.5, 0.9, 0.95, 0.99)),
            minutes.max(), (minutes <= 10.0).mean(),
        ]  # fmt: skip
        assert [result.figure(measure, each).value for each in STATISTICS] == pytest.approx(expected), measure
    work = np.clip(visits["end"][:, 0], 120.0, 720.0) - np.clip(visits["start"][:, 0], 120.0, 720.0)
    assert result.figure("busy:customs", "mean").value == pytest.approx(work.sum() / 1200.0)
    hour = ((due[counted] - 120.0) // 60.0).astype(int)
    assert result.trucks_by_hour().tolist() == np.bincount(hour, minlength=10).tolist()
    third = np.quantile(inside[hour == 3], 0.95, method="inverted_cdf")
    assert result.by_hour("inside", 0.95)[3] == pytest.approx(third)


def test_intervals_cover_the_truth_as_often_as_they_say() -> None:
    """One lane for each truck: the mean inside is the mean service, 1.5 minutes."""
    scenario = day_of(one_stage(EXPONENTIAL, 30), 20.0, minutes=240.0)
    figures = [simulate(scenario, 8, seed, threads=1).figure("inside", "mean") for seed in range(300)]
    covered = sum(figure.low <= 1.5 <= figure.high for figure in figures)
    assert stats.binomtest(covered, 300, 0.95).pvalue > 0.001


def test_a_comparison_on_the_same_luck_is_surer_than_one_on_other_luck() -> None:
    before, after = day_of(one_stage(EXPONENTIAL, 1), 30.0), day_of(one_stage(EXPONENTIAL, 2), 30.0)
    base, better = simulate(before, 30, seed=1), simulate(after, 30, seed=1)
    gap = better.above(base, "outside", "mean")
    other = simulate(after, 30, seed=2).above(base, "outside", "mean")
    assert gap.high < 0.0
    assert gap.half_width < other.half_width
    close = day_of(one_stage(Distribution("exponential", 1.47), 1), 30.0)
    near, far = (simulate(close, 30, seed=seed).above(base, "outside", "mean") for seed in (1, 2))
    assert near.half_width < far.half_width / 4.0


def test_replications_are_added_until_the_interval_is_small() -> None:
    scenario = day_of(one_stage(EXPONENTIAL), 30.0, minutes=600.0)
    result = simulate_until(scenario, "inside", "mean", 0.02, least=10, most=400)
    assert result.figure("inside", "mean").half_width <= 0.02
    assert 10 < result.replications < 400
    assert same(result, simulate(scenario, result.replications))
    assert simulate_until(scenario, "inside", "mean", 1e-9, least=5, most=25).replications == 25


def test_warm_up_is_run_and_not_counted() -> None:
    cold = simulate(day_of(one_stage(EXPONENTIAL), 36.0, minutes=120.0), 60)
    warm = simulate(day_of(one_stage(EXPONENTIAL), 36.0, minutes=120.0, warm_up=600.0), 60)
    assert warm.figure("outside", "mean").low > cold.figure("outside", "mean").high
    assert warm.figure("inside", "trucks").value == pytest.approx(72.0, rel=0.06)


def test_trucks_that_never_get_out_are_told_as_never() -> None:
    model = one_stage(EXPONENTIAL)
    closing = replace(model, lanes=(replace(model.lanes[0], hours=((0.0, 30.0),)),))
    result = simulate(Scenario(closing, steady(30.0, 120.0), 120.0), 4)
    assert result.figure("outside", "most").value == np.inf
    assert result.figure("outside", "p50").value == np.inf
    assert result.figure("outside", "within").value < 0.5
    assert result.figure("outside", "most").half_width == np.inf


def test_an_unknown_figure_names_the_known_ones() -> None:
    result = simulate(day_of(two_stages()), 2)
    with pytest.raises(UnknownMeasure, match="inside:red"):
        result.figure("insid", "p95")
    with pytest.raises(UnknownMeasure, match="p99"):
        result.figure("inside", "p96")
    with pytest.raises(UnknownMeasure, match="outside"):
        result.minutes("access")


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: Scenario(two_stages(), steady(1.0, 60.0), 0.0), "minutes"),
        (lambda: Scenario(two_stages(), (), 60.0), "demand"),
        (lambda: Scenario(two_stages(), (Recorded((1.0,), ("blue",)),), 60.0), "demand.recorded.kinds"),
        (lambda: Scenario(two_stages(), steady(1.0, 60.0), 60.0, groups=(("x", ("blue",)),)), "groups"),
    ],
)
def test_a_scenario_that_does_not_hold_together_is_refused_by_field(
    make: Callable[[], object], field: str
) -> None:
    with pytest.raises(ModelError) as refusal:
        make()
    assert refusal.value.field == field
