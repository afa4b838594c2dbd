"""The twin against closed forms and tabulated figures, within its own confidence interval.

The figures are those of research on queues: Erlang C, Pollaczek-Khinchine, Cobham, Hillier and Boling (1967).
"""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from greenlane.twin import event_loop, stage_recursion
from greenlane.twin.arrays import Records, some_trucks, some_visits
from greenlane.twin.compiling import compile_network
from greenlane.twin.distributions import Distribution, Family
from greenlane.twin.model import Kind, Lane, Model, Stage

pytestmark = pytest.mark.slow
Floats = NDArray[np.float64]
RUNS, TRUCKS, WARM_UP = 30, 30_000, 5_000


def one_stage(lanes: int, *ranks: int) -> Model:
    minute = Distribution("exponential", 1.0)
    return Model(
        (Stage("booth"),),
        tuple(Lane(f"L{number}", ("booth",)) for number in range(lanes)),
        tuple(Kind(f"rank {rank}", ("booth",), (minute,), rank) for rank in ranks or (0,)),
    )


def arrivals(rate: float, dice: np.random.Generator, count: int = TRUCKS) -> Records:
    trucks = some_trucks(count)
    trucks["arrival"] = np.cumsum(dice.exponential(1.0 / rate, count))
    return trucks


def mean_waits(model: Model, rates: tuple[float, ...], service: Distribution, kernel: str) -> Floats:
    """[runs, kinds] mean wait in each of independent runs, after a warm-up."""
    network, found = compile_network(model), []
    for run in range(RUNS):
        dice = np.random.default_rng(run)
        trucks = arrivals(sum(rates), dice)
        trucks["kind"] = dice.choice(len(rates), TRUCKS, p=np.array(rates) / sum(rates))
        visits = some_visits(service.quantile(dice.random((TRUCKS, 1))))
        if kernel == "event loop":
            event_loop.run(network, trucks, visits)
        else:
            stage_recursion.run(network, model.order(), trucks, visits)
        waits = (visits["start"] - visits["enter"])[WARM_UP:, 0]
        kinds = trucks["kind"][WARM_UP:]
        found.append([waits[kinds == kind].mean() for kind in range(len(rates))])
    return np.array(found)


def agrees(sample: Floats, theory: float) -> bool:
    """Within 3.5 standard errors of independent runs: wrong by chance once in two thousand times."""
    error = sample.std(ddof=1) / np.sqrt(len(sample))
    assert error < 0.06 * theory, "too few trucks to say anything"
    return bool(abs(sample.mean() - theory) < 3.5 * error)


@pytest.mark.parametrize("kernel", ["event loop", "stage recursion"])
@pytest.mark.parametrize(
    ("lanes", "rate", "wait"),
    [
        (1, 0.8, 4.0),
        (2, 1.8, 4.263158),
        (4, 3.6, 1.969383),
        (6, 5.0, 0.587516),
        (10, 9.0, 0.668732),
        (28, 26.0, 0.304465),
    ],
)
def test_erlang_c(lanes: int, rate: float, wait: float, kernel: str) -> None:
    waits = mean_waits(one_stage(lanes), (rate,), Distribution("exponential", 1.0), kernel)
    assert agrees(waits[:, 0], wait)


@pytest.mark.parametrize(
    ("family", "cv", "wait"),
    [("fixed", 0.0, 3.2), ("gamma", 0.5, 4.0), ("exponential", 1.0, 6.4), ("lognormal", 0.5, 4.0)],
)
def test_pollaczek_khinchine(family: Family, cv: float, wait: float) -> None:
    waits = mean_waits(one_stage(1), (0.5,), Distribution(family, 1.6, cv), "stage recursion")
    assert agrees(waits[:, 0], wait)


@pytest.mark.parametrize("kernel", ["event loop", "stage recursion"])
@pytest.mark.parametrize(
    ("lanes", "rates", "expected"), [(1, (0.2, 0.6), (1.0, 5.0)), (2, (0.4, 1.2), (0.444444, 2.222222))]
)
def test_cobhams_priorities(
    lanes: int, rates: tuple[float, ...], expected: tuple[float, ...], kernel: str
) -> None:
    waits = mean_waits(one_stage(lanes, 0, 1), rates, Distribution("exponential", 1.0), kernel)
    for kind, wait in enumerate(expected):
        assert agrees(waits[:, kind], wait)


@pytest.mark.parametrize(("stations", "throughput"), [(2, 0.6667), (3, 0.5641), (4, 0.5148)])
def test_a_saturated_line_with_no_room_between(stations: int, throughput: float) -> None:
    minute = Distribution("exponential", 1.0)
    codes = [f"S{number}" for number in range(stations)]
    model = Model(
        tuple(Stage(code, None if number == 0 else 0) for number, code in enumerate(codes)),
        tuple(Lane(code, (code,)) for code in codes),
        (Kind("truck", tuple(codes), (minute,) * stations),),
    )
    assert not model.is_feed_forward
    network, found = compile_network(model), []
    for run in range(RUNS):
        dice = np.random.default_rng(run)
        visits = some_visits(dice.exponential(1.0, (TRUCKS, stations)))
        event_loop.run(network, some_trucks(TRUCKS), visits)
        out = visits["end"][WARM_UP:, -1]
        found.append((len(out) - 1) / (out[-1] - out[0]))
    assert np.mean(found) == pytest.approx(throughput, rel=2e-3)


def test_littles_law_and_nobody_lost() -> None:
    model, dice = one_stage(4), np.random.default_rng(1)
    trucks = arrivals(3.6, dice)
    visits = some_visits(dice.exponential(1.0, (TRUCKS, 1)))
    event_loop.run(compile_network(model), trucks, visits)
    inside, end = visits["enter"][:, 0], visits["end"][:, 0]
    assert not np.isnan(end).any()
    steps = np.concatenate((np.ones(TRUCKS), -np.ones(TRUCKS)))
    times = np.concatenate((inside, end))
    order = np.argsort(times, kind="stable")
    area = (np.cumsum(steps[order])[:-1] * np.diff(times[order])).sum()
    assert area == pytest.approx((end - inside).sum(), rel=1e-9)
