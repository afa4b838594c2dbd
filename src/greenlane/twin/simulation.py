"""Replications of a scenario: in threads, each repeatable by itself, with the kernel its model allows."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np

from greenlane.twin import event_loop, stage_recursion
from greenlane.twin.arrays import CallUp, Floats, Ints, Network, Records, some_visits
from greenlane.twin.clocks import CLOCK, STATISTICS, clock_figures, clocks_of, stage_figures
from greenlane.twin.compiling import compile_call_up, compile_network
from greenlane.twin.drawing import Drawn, draw_trucks, table_of
from greenlane.twin.failures import with_failures
from greenlane.twin.luck import draw_services
from greenlane.twin.model import Model
from greenlane.twin.result import Engine, Result
from greenlane.twin.scenario import Scenario
from greenlane.twin.start import shorten_begun, with_lanes_now, with_start

Progress = Callable[[int], None]
"""Told how many replications were done since it was last told."""
BLOCK: Final = 10
"""Replications added at a time when a run stops by itself."""


@dataclass(frozen=True, slots=True)
class Run:
    """One replication, truck by truck.

    Attributes:
        drawn: the trucks, `TRUCK`, with whose luck they have and when they came.
        visits: `VISIT`, [trucks, longest route].
    """

    drawn: Drawn
    visits: Records


@dataclass(frozen=True, slots=True)
class _Replicated:
    figures: Floats
    clocks: Records


class Simulator:
    """A scenario made ready: what does not change from one replication to the next."""

    def __init__(self, scenario: Scenario, *, event_loop_only: bool = False) -> None:
        self.scenario = scenario
        reasons = scenario.needs_event_loop
        self.engine: Engine = "event loop" if reasons or event_loop_only else "stage recursion"
        self.reasons = reasons
        start = scenario.start
        self._model: Model = scenario.model if start is None else with_lanes_now(scenario.model, start)
        self._network: Network = compile_network(self._model)
        self._call_up: CallUp = compile_call_up(self._model)
        self._tables, self._table_of = _tables(self._model, self._network.steps.shape[1])
        self._last = np.array([len(kind.route) - 1 for kind in self._model.kinds], np.int32)
        self._group_of = _group_of(scenario)
        self._counted = np.array([scenario.warm_up, scenario.warm_up + scenario.minutes])
        self._counted[0] = self._counted[0] if start is None else 0.0
        self._open_minutes = _open_minutes(self._model, *self._counted)

    def draw(self, seed: int, replication: int) -> Run:
        """The trucks of one replication before they set out: visits have services, and no times yet."""
        scenario, model = self.scenario, self._model
        drawn = draw_trucks(model, scenario.demand, seed, replication)
        if scenario.start is not None:
            drawn = with_start(drawn, model, scenario.start)
        visits = some_visits(np.empty((len(drawn.trucks), self._network.steps.shape[1])))
        draw_services(
            self._network.steps, self._table_of, self._tables, drawn.trucks, drawn.numbers, visits, seed,
            replication,
        )  # fmt: skip
        if scenario.start is not None:
            shorten_begun(model, scenario.start, visits, drawn.numbers, seed, replication)
        return Run(drawn, visits)

    def run(self, seed: int, replication: int) -> Run:
        """One replication, truck by truck."""
        run = self.draw(seed, replication)
        network = with_failures(self._model, self._network, self._counted[1], seed, replication)
        if self.engine == "event loop":
            event_loop.run(network, run.drawn.trucks, run.visits, self._call_up)
        else:
            stage_recursion.run(network, self._model.order(), run.drawn.trucks, run.visits)
        return run

    def replicate(self, seed: int, replication: int) -> _Replicated:
        """The figures and clocks of one replication."""
        run = self.run(seed, replication)
        drawn, trucks = run.drawn, run.drawn.trucks
        clocks = np.empty(len(trucks), CLOCK)
        count = clocks_of(
            trucks, run.visits, drawn.numbers, drawn.due, drawn.entered, self._last, self._counted, clocks
        )
        clocks = clocks[:count]
        rows, stages = 3 * (1 + self._group_of.shape[1]), len(self._model.stages)
        figures = np.full((rows + 2 * stages, len(STATISTICS)), np.nan)
        target = self.scenario.target
        clock_figures(clocks, self._group_of, target, figures[:rows])
        busy = np.empty(stages)
        stage_figures(
            trucks, run.visits, self._network.steps, drawn.due, self._counted, target,
            figures[rows : rows + stages], busy,
        )  # fmt: skip
        with np.errstate(divide="ignore", invalid="ignore"):
            figures[rows + stages :, 1] = busy / self._open_minutes
        return _Replicated(figures, clocks)

    @property
    def measures(self) -> tuple[str, ...]:
        """Names of the rows of the figures, such as ``inside``, ``inside:green``, ``wait:customs``,
        ``busy:customs``."""
        groups = ["", *(f":{name}" for name, _ in self.scenario.shown_groups)]
        clocks = [f"{clock}{group}" for group in groups for clock in ("outside", "inside", "whole")]
        stages = [stage.code for stage in self._model.stages]
        return (*clocks, *(f"wait:{code}" for code in stages), *(f"busy:{code}" for code in stages))


def simulate(
    scenario: Scenario,
    replications: int = 30,
    seed: int = 1,
    *,
    first: int = 0,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Result:
    """Replications ``first`` to ``first + replications - 1`` of a scenario.

    Args:
        seed: 64 bits; with a replication's number it fixes all luck of it.
        threads: as many as processors when None; the result is the same with any number.
        progress: told as replications are done.

    Raises:
        ModelError: the scenario does not hold together.
    """
    return _simulated(Simulator(scenario), range(first, first + replications), seed, threads, progress)


def simulate_until(
    scenario: Scenario,
    measure: str = "inside",
    statistic: str = "p95",
    half_width: float = 0.2,
    *,
    seed: int = 1,
    least: int = 20,
    most: int = 1000,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Result:
    """As many replications as bring the half-width of a figure's 95 % interval to at most ``half_width``.

    At least ``least``, since the interval of a few is not to be trusted; at most ``most``: look at
    ``half_width`` of the figure to see whether it was reached.
    """
    simulator = Simulator(scenario)
    result = _simulated(simulator, range(least), seed, threads, progress)
    while not result.figure(measure, statistic).half_width <= half_width and result.replications < most:
        after = range(result.replications, min(result.replications + BLOCK, most))
        result = result.joined(_simulated(simulator, after, seed, threads, progress))
    return result


def _simulated(
    simulator: Simulator, numbers: Sequence[int], seed: int, threads: int | None, progress: Progress | None
) -> Result:
    workers = min(threads or os.cpu_count() or 1, max(len(numbers), 1))
    one = partial(_told, simulator, seed, progress)
    if workers == 1:
        done = [one(number) for number in numbers]
    else:
        with ThreadPoolExecutor(workers) as pool:
            done = list(pool.map(one, numbers))
    replication = np.repeat(np.asarray(numbers, np.int32), [len(each.clocks) for each in done])
    return Result(
        scenario=simulator.scenario,
        seed=seed,
        first=numbers[0],
        engine=simulator.engine,
        reasons=simulator.reasons,
        measures=simulator.measures,
        figures=np.stack([each.figures for each in done]),
        clocks=np.concatenate([each.clocks for each in done]),
        replication=replication,
    )


def _told(simulator: Simulator, seed: int, progress: Progress | None, replication: int) -> _Replicated:
    replicated = simulator.replicate(seed, replication)
    if progress is not None:
        progress(1)
    return replicated


def _tables(model: Model, longest: int) -> tuple[Floats, Ints]:
    """The quantile tables in use, each once, and which each kind takes at each position."""
    different = list(dict.fromkeys(each for kind in model.kinds for each in kind.service))
    numbers = {each: number for number, each in enumerate(different)}
    table_numbers = np.zeros((len(model.kinds), longest), np.int32)
    for number, kind in enumerate(model.kinds):
        table_numbers[number, : len(kind.route)] = [numbers[each] for each in kind.service]
    return np.stack([table_of(each) for each in different]), table_numbers


def _group_of(scenario: Scenario) -> Ints:
    kinds = [kind.code for kind in scenario.model.kinds]
    return np.array(
        [[code in codes for _, codes in scenario.shown_groups] for code in kinds], np.int32
    ).reshape(len(kinds), -1)


def _open_minutes(model: Model, begin: float, end: float) -> Floats:
    """[stages] minutes for which lanes of each are open, those of several stages counted in each."""
    return np.array(
        [
            sum(
                max(0.0, min(closes, end) - max(opens, begin))
                for lane in model.lanes
                if stage.code in lane.stages
                for opens, closes in lane.hours
            )
            for stage in model.stages
        ]
    )
