"""The twin against theory where a formula is not enough: rates that change through the day, fixed service
times at several lanes, one queue after another. What is expected is worked out here, by Markov chains."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from greenlane.twin import event_loop, stage_recursion
from greenlane.twin.arrays import Records, some_trucks, some_visits
from greenlane.twin.compiling import compile_network
from greenlane.twin.distributions import Distribution
from greenlane.twin.model import Kind, Lane, Model, Stage

pytestmark = pytest.mark.slow
Floats = NDArray[np.float64]
MINUTE = Distribution("exponential", 1.0)
KERNELS = ["event loop", "stage recursion"]
DAY = 1440.0


def line_of(*lanes: int) -> Model:
    """Stages one after the other with so many lanes each."""
    codes = [f"S{number}" for number in range(len(lanes))]
    return Model(
        tuple(Stage(code) for code in codes),
        tuple(
            Lane(f"{code}-{number}", (code,))
            for code, many in zip(codes, lanes, strict=True)
            for number in range(many)
        ),
        (Kind("truck", tuple(codes), (MINUTE,) * len(lanes)),),
    )


def run(model: Model, kernel: str, arrivals: Floats, minutes: Floats) -> Records:
    trucks, visits, network = some_trucks(len(arrivals)), some_visits(minutes), compile_network(model)
    trucks["arrival"] = arrivals
    if kernel == "event loop":
        event_loop.run(network, trucks, visits)
    else:
        stage_recursion.run(network, model.order(), trucks, visits)
    return visits


def standard_errors_off(sample: Floats, theory: Floats | float, known_to: float = 0.06) -> Floats:
    """By how many standard errors the means of independent runs, [runs, ...], miss what theory says."""
    error = sample.std(axis=0, ddof=1) / np.sqrt(len(sample))
    assert (error < known_to * np.asarray(theory)).all(), "too few trucks to say anything"
    return np.asarray(abs(sample.mean(axis=0) - theory) / error)


def mean_wait_with_fixed_service(lanes: int, rate: float) -> float:
    """M/D/c, service 1: the number there a service time later is those who wait now and those who come then
    (Crommelin 1932)."""
    states = 400
    comes = stats.poisson.pmf(np.arange(states), rate)
    step = np.zeros((states, states))
    for there in range(states):
        waiting = max(there - lanes, 0)
        step[there, waiting:] = comes[: states - waiting]
    step[:, -1] += 1.0 - step.sum(axis=1)
    equations = np.vstack([step.T - np.eye(states), np.ones(states)])
    share = np.linalg.lstsq(equations, np.append(np.zeros(states), 1.0), rcond=None)[0]
    return float(share @ np.maximum(np.arange(states) - lanes, 0)) / rate


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize(("lanes", "rate"), [(1, 0.8), (2, 1.8), (4, 3.6), (10, 9.0)])
def test_several_lanes_with_fixed_service_times(lanes: int, rate: float, kernel: str) -> None:
    waits = []
    for seed in range(30):
        arrivals = np.cumsum(np.random.default_rng(seed).exponential(1.0 / rate, 30_000))
        visits = run(line_of(lanes), kernel, arrivals, np.ones((30_000, 1)))
        waits.append((visits["start"] - visits["enter"])[5_000:].mean())
    assert standard_errors_off(np.array(waits), mean_wait_with_fixed_service(lanes, rate)) < 3.5


def test_the_chain_gives_the_known_wait_at_one_lane() -> None:
    assert mean_wait_with_fixed_service(1, 0.8) == pytest.approx(0.8 / (2 * 0.2), rel=1e-6)


def arrivals_per_minute(time: Floats | float) -> Floats:
    return 1.8 * (1.0 + 0.25 * np.sin(2.0 * np.pi * (np.asarray(time) - 360.0) / DAY))


def mean_queue_by_hour() -> Floats:
    """M(t)/M/4 by its master equation, 400 trucks at most; mean over each hour of the second day."""
    there, step = np.arange(401), 0.2
    served = np.minimum(there, 4) * 0.5

    def change(time: float, share: Floats) -> Floats:
        flow = arrivals_per_minute(time)
        out = -(flow * (there < 400) + served) * share
        out[1:] += flow * share[:-1]
        out[:-1] += served[1:] * share[1:]
        return np.asarray(out)

    share, queue = np.zeros(401), []
    share[0] = 1.0
    for time in np.arange(0.0, 2 * DAY, step):
        queue.append(share @ np.maximum(there - 4, 0))
        first = change(time, share)
        second = change(time + step / 2, share + step / 2 * first)
        third = change(time + step / 2, share + step / 2 * second)
        fourth = change(time + step, share + step * third)
        share = share + step / 6 * (first + 2 * second + 2 * third + fourth)
    return np.array(queue).reshape(48, -1).mean(axis=1)[24:]


@pytest.mark.parametrize("kernel", KERNELS)
def test_arrivals_that_change_through_the_day(kernel: str) -> None:
    hours, found = np.arange(24, 49) * 60.0, []
    for seed in range(1500):
        dice = np.random.default_rng(seed)
        times = np.cumsum(dice.exponential(1.0 / 2.25, 7_500))
        times = times[dice.random(7_500) * 2.25 < arrivals_per_minute(times)]
        visits = run(line_of(4), kernel, times, dice.exponential(2.0, (len(times), 1)))
        enter, start = visits["enter"], visits["start"]
        waited = (np.minimum(start, hours) - np.minimum(enter, hours)).sum(axis=0)
        found.append(np.diff(waited) / 60.0)
    expected = mean_queue_by_hour()
    assert standard_errors_off(np.array(found), expected, known_to=0.15).max() < 4.0
    # As tabulated from the same equations elsewhere.
    np.testing.assert_allclose(
        expected[[0, 6, 12, 16, 20, 23]], [2.02, 6.07, 67.43, 101.28, 47.18, 5.10], rtol=0.01
    )


@pytest.mark.parametrize("kernel", KERNELS)
def test_what_leaves_one_queue_comes_to_the_next_at_random(kernel: str) -> None:
    """Burke 1956: behind M/M/1 stands another M/M/1; Reich 1957: the times spent in them are independent."""
    spent, together = [], []
    for seed in range(60):
        dice = np.random.default_rng(seed)
        arrivals = np.cumsum(dice.exponential(1.0 / 0.7, 30_000))
        visits = run(line_of(1, 1), kernel, arrivals, dice.exponential(1.0, (30_000, 2)))
        minutes = (visits["end"] - visits["enter"])[3_000:]
        spent.append(minutes.mean(axis=0))
        together.append(np.corrcoef(minutes.T)[0, 1])
    assert standard_errors_off(np.array(spent), 1.0 / 0.3).max() < 3.5
    assert abs(np.mean(together)) < 3.5 * np.std(together, ddof=1) / np.sqrt(len(together))
