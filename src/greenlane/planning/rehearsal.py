"""One demand rehearsed on many checkpoints: the same trucks with the same luck. Pure: no Django."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import stats

from greenlane.planning.counting import DAY, add_busy, add_late, count_within
from greenlane.planning.goal import Goal
from greenlane.twin import event_loop, stage_recursion
from greenlane.twin.arrays import Floats
from greenlane.twin.compiling import compile_call_up, compile_network
from greenlane.twin.failures import with_failures
from greenlane.twin.model import Model
from greenlane.twin.scenario import Scenario
from greenlane.twin.simulation import Run, Simulator

REPLICATIONS: Final = 30


@dataclass(frozen=True, slots=True)
class Kept:
    """How a checkpoint kept the standard.

    Attributes:
        trucks: [replications] trucks counted.
        within: [replications, clocks] of them within the target, by the clocks of the goal.
    """

    goal: Goal
    trucks: Floats
    within: Floats

    @property
    def shares(self) -> Floats:
        """[clocks] the share of all trucks within the target."""
        return np.asarray(self.within.sum(axis=0) / max(float(self.trucks.sum()), 1.0))

    @property
    def share(self) -> float:
        """The least of the clocks' shares."""
        return float(self.shares.min())

    @property
    def holds(self) -> bool:
        """Whether every clock's share reaches the quantile on this luck."""
        return self.share >= self.goal.quantile

    @property
    def surely(self) -> float:
        """The lower bound of the least share at the goal's confidence: replications are the unit."""
        count = len(self.trucks)
        if count < 2:
            return 0.0
        shares = self.within / np.maximum(self.trucks, 1.0)[:, None]
        spread = shares.std(axis=0, ddof=1) / np.sqrt(count)
        student = float(stats.t.ppf(self.goal.confidence, count - 1))
        return float((self.shares - student * spread).min())


class Rehearsal:
    """The trucks of a scenario, drawn once, for any checkpoint with the same kinds, stages and routes."""

    def __init__(
        self,
        scenario: Scenario,
        goal: Goal,
        replications: int = REPLICATIONS,
        seed: int = 1,
        *,
        threads: int | None = None,
    ) -> None:
        self.scenario, self.goal, self.seed = scenario, goal, seed
        self.evaluations = 0
        self._threads = threads or os.cpu_count() or 1
        simulator = Simulator(scenario)
        self._drawn: list[Run] = [simulator.draw(seed, number) for number in range(replications)]
        kinds = [kind.code for kind in scenario.model.kinds]
        counted = goal.kinds or tuple(kinds)
        self._in_group = np.array([code in counted for code in kinds])
        self._last = np.array([len(kind.route) - 1 for kind in scenario.model.kinds], np.int32)
        self._counted = np.array([scenario.warm_up, scenario.warm_up + scenario.minutes])
        self._columns = [("outside", "inside").index(clock) for clock in goal.clocks]

    def kept(self, model: Model) -> Kept:
        """How a model keeps the goal; its kinds, stages, routes and call-up's park are the scenario's."""
        self.evaluations += 1
        network, call_up = compile_network(model), compile_call_up(model)
        feeds_forward = not model.needs_event_loop and not self.scenario.needs_event_loop
        order = model.order() if feeds_forward else ()

        def one(number: int) -> Floats:
            run = self._drawn[number]
            ours = with_failures(model, network, float(self._counted[1]), self.seed, number)
            if feeds_forward:
                stage_recursion.run(ours, order, run.drawn.trucks, run.visits)
            else:
                event_loop.run(ours, run.drawn.trucks, run.visits, call_up)
            return count_within(
                run.drawn.trucks, run.visits, run.drawn.due, self._last, self._in_group, self._counted,
                self.goal.target,
            )  # fmt: skip

        numbers = range(len(self._drawn))
        if self._threads == 1:
            counts = np.array([one(number) for number in numbers])
        else:
            with ThreadPoolExecutor(self._threads) as pool:
                counts = np.array(list(pool.map(one, numbers)))
        return Kept(self.goal, counts[:, 0], counts[:, 1:][:, self._columns])

    def overflow(self, places: int) -> float:
        """The share of counted days of the last rehearsal on which more trucks stood in the parks than there
        are places: those who had come and were not released."""
        over = 0
        days = max(int(np.ceil((self._counted[1] - self._counted[0]) / DAY)), 1)
        for run in self._drawn:
            trucks = run.drawn.trucks
            waits = ~np.isnan(trucks["release"]) & (trucks["release"] > run.drawn.came)
            came, released = np.sort(run.drawn.came[waits]), np.sort(trucks["release"][waits])
            standing = np.arange(1, len(came) + 1) - np.searchsorted(released, came, side="right")
            at = came[standing > places]
            over += len(
                set(np.floor((at[at >= self._counted[0]] - self._counted[0]) / DAY).astype(int).tolist())
            )
        return over / (days * len(self._drawn))

    def busy(self, stages: Collection[int], takes: Sequence[bool], edges: Floats) -> Floats:
        """[blocks] minutes of work done in the last rehearsal at some stages, for some kinds, by block of the
        day, the mean of the replications. ``edges``: minutes of the day, from 0 to 1440."""
        steps = compile_network(self.scenario.model).steps
        total = np.zeros(len(edges) - 1)
        at_stage, taken = np.zeros(len(self.scenario.model.stages), np.bool_), np.array(takes, np.bool_)
        at_stage[list(stages)] = True
        for run in self._drawn:
            add_busy(run.drawn.trucks, run.visits, steps, at_stage, taken, self._counted, edges, total)
        return total / len(self._drawn)

    def late_by_hour(self) -> tuple[Floats, float]:
        """Why trucks were late in the last rehearsal, and how many trucks there were.

        [stages + 2, 24] by hour at which they were due: the stage at which they waited longest, then those
        late outside, then those late by the checks alone.
        """
        steps = compile_network(self.scenario.model).steps
        late = np.zeros((len(self.scenario.model.stages) + 2, 24), np.int64)
        trucks = 0.0
        for run in self._drawn:
            counts = count_within(
                run.drawn.trucks, run.visits, run.drawn.due, self._last, self._in_group, self._counted, 0.0
            )
            trucks += counts[0]
            add_late(
                run.drawn.trucks, run.visits, steps, run.drawn.due, self._last, self._in_group, self._counted,
                self.goal.target, "outside" in self.goal.clocks, "inside" in self.goal.clocks, late,
            )  # fmt: skip
        return late.astype(np.float64), float(trucks)
