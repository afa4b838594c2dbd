"""On every model that both kernels can do, they agree truck by truck, to the last bit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from greenlane.twin import event_loop, stage_recursion
from greenlane.twin.arrays import Floats, Records, some_trucks, some_visits
from greenlane.twin.compiling import compile_network
from greenlane.twin.distributions import Distribution
from greenlane.twin.failures import with_failures
from greenlane.twin.model import ALWAYS, Failures, Kind, Lane, Model, Stage

MINUTE = Distribution("exponential", 1.0)
FAILURES = st.none() | st.just(Failures(Distribution("exponential", 20.0), Distribution("exponential", 3.0)))


@st.composite
def feed_forward(draw: st.DrawFn) -> Model:
    """Stages in one order, routes that skip some, lanes with closing hours and failures, ranks."""
    codes = [f"S{number}" for number in range(draw(st.integers(1, 5)))]
    kinds = []
    for number in range(draw(st.integers(1, 4))):
        route = tuple(draw(st.lists(st.sampled_from(codes), min_size=1, unique=True).map(sorted)))
        ranks = draw(st.integers(0, 2) | st.tuples(*[st.integers(0, 2)] * len(route)))
        kinds.append(Kind(f"K{number}", route, (MINUTE,) * len(route), ranks))
    lanes = [
        Lane(f"{code}-{number}", (code,), draw(_hours(number)), draw(_takers(kinds, number)), draw(FAILURES))
        for code in codes
        for number in range(draw(st.integers(1, 4)))
    ]
    return Model(tuple(Stage(code) for code in codes), tuple(lanes), tuple(kinds))


def _hours(number: int) -> st.SearchStrategy[tuple[tuple[float, float], ...]]:
    edges = st.lists(st.integers(1, 80), min_size=1, max_size=5, unique=True).map(sorted)
    spans = edges.map(
        lambda ends: tuple(
            (float(a), float(b)) for a, b in zip(ends[::2], [*ends[1::2], 10_000], strict=False)
        )
    )
    return st.just(ALWAYS) if number == 0 else spans


def _takers(kinds: list[Kind], number: int) -> st.SearchStrategy[tuple[str, ...] | None]:
    some = st.lists(st.sampled_from([kind.code for kind in kinds]), min_size=1, unique=True).map(tuple)
    return st.none() if number == 0 else st.none() | some


def assert_they_agree(model: Model, seed: int, trucks: Records, service: Floats) -> None:
    network = with_failures(model, compile_network(model), 500.0, seed, 0)
    by_events, by_stages = some_visits(service), some_visits(service)
    event_loop.run(network, trucks.copy(), by_events)
    stage_recursion.run(network, model.order(), trucks, by_stages)
    for field in ("enter", "start", "end", "lane"):
        np.testing.assert_array_equal(by_events[field], by_stages[field], err_msg=field)


@pytest.mark.slow
@settings(max_examples=150)
@given(feed_forward(), st.integers(1, 120), st.integers(0, 2**32), st.floats(0.2, 4.0))
def test_both_kernels_give_the_same_times(model: Model, count: int, seed: int, rate: float) -> None:
    assume(model.is_feed_forward)
    dice = np.random.default_rng(seed)
    trucks = some_trucks(count)
    trucks["arrival"] = np.cumsum(dice.exponential(1.0 / rate, count))
    trucks["kind"] = dice.integers(0, len(model.kinds), count)
    assert_they_agree(model, seed, trucks, dice.lognormal(0.0, 0.8, (count, len(model.stages))))


@pytest.mark.slow
@settings(max_examples=150)
@given(feed_forward(), st.integers(1, 120), st.integers(0, 2**32), st.integers(1, 8))
def test_both_kernels_agree_where_much_happens_in_one_moment(
    model: Model, count: int, seed: int, longest: int
) -> None:
    """Whole minutes: ends of service, arrivals, openings and closures fall together."""
    assume(model.is_feed_forward)
    dice = np.random.default_rng(seed)
    trucks = some_trucks(count)
    trucks["arrival"] = np.sort(dice.integers(0, 60, count))
    trucks["kind"] = dice.integers(0, len(model.kinds), count)
    assert_they_agree(
        model, seed, trucks, dice.integers(1, longest + 1, (count, len(model.stages))).astype(float)
    )
