"""What every simulator is given: a network, and the same random numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from greenlane.twin import event_loop, stage_recursion
from greenlane.twin.arrays import Floats, Network, Records, some_trucks, some_visits
from greenlane.twin.compiling import compile_network
from greenlane.twin.distributions import Distribution
from greenlane.twin.model import Kind, Lane, Model, Stage

CV: Final = 0.6
DAY: Final = 2_500
"""Trucks of a busy day."""


@dataclass(frozen=True, slots=True)
class Workload:
    """Stages in a row.

    Attributes:
        stages: code, lanes and mean minutes of each.
        rate: trucks a minute.
        urgent: share of trucks that go first; at: the stage at which they do.
        sent: share of trucks that visit the stage ``branch``; all visit the others.
        is_exponential: service times, else lognormal.
    """

    name: str
    stages: tuple[tuple[str, int, float], ...]
    rate: float
    urgent: float = 0.0
    urgent_at: str = ""
    sent: float = 1.0
    branch: str = ""
    is_exponential: bool = False

    @property
    def codes(self) -> tuple[str, ...]:
        """Of the stages."""
        return tuple(code for code, _, _ in self.stages)

    def model(self) -> Model:
        """For the twin: one kind for each way and urgency."""
        kinds = tuple(
            self._kind(is_urgent, is_sent) for is_urgent in (False, True) for is_sent in (False, True)
        )
        lanes = tuple(Lane(f"{code}{at}", (code,)) for code, count, _ in self.stages for at in range(count))
        return Model(tuple(Stage(code) for code in self.codes), lanes, kinds)

    def route(self, is_sent: bool) -> tuple[str, ...]:
        """The way of a truck."""
        return tuple(code for code in self.codes if is_sent or code != self.branch)

    def _kind(self, is_urgent: bool, is_sent: bool) -> Kind:
        mean = {code: minutes for code, _, minutes in self.stages}
        route = self.route(is_sent)
        return Kind(
            f"{is_urgent}/{is_sent}",
            route,
            tuple(self.service(mean[code]) for code in route),
            tuple(int(code == self.urgent_at and not is_urgent) for code in route),
            (self.urgent if is_urgent else 1 - self.urgent) * (self.sent if is_sent else 1 - self.sent),
        )

    def service(self, mean: float) -> Distribution:
        """Minutes at a stage."""
        return (
            Distribution("exponential", mean) if self.is_exponential else Distribution("lognormal", mean, CV)
        )


MM1: Final = Workload("M/M/1", (("booth", 1, 1.0),), 0.8, is_exponential=True)
CHECKPOINT: Final = Workload(
    "six stages",
    (
        ("documents", 2, 0.8),
        ("weighing", 4, 1.6),
        ("customs", 3, 1.2),
        ("inspection", 2, 5.5),
        ("phyto", 6, 2.4),
        ("exit", 2, 0.8),
    ),
    1.8,
    urgent=0.2,
    urgent_at="customs",
    sent=0.15,
    branch="inspection",
)


@dataclass(frozen=True, slots=True)
class Drawn:
    """Trucks of a workload.

    Attributes:
        arrival: [trucks] minutes.
        is_urgent, is_sent: [trucks].
        service: [trucks, stages] minutes, also where a stage is not visited.
    """

    workload: Workload
    arrival: Floats
    is_urgent: np.ndarray
    is_sent: np.ndarray
    service: Floats

    @property
    def visits(self) -> int:
        """Of all trucks, to all stages."""
        stages = len(self.workload.stages)
        return stages * len(self.arrival) - int(np.count_nonzero(~self.is_sent)) * bool(self.workload.branch)

    def first(self, count: int) -> Drawn:
        """The first so many of them."""
        return Drawn(
            self.workload,
            self.arrival[:count],
            self.is_urgent[:count],
            self.is_sent[:count],
            self.service[:count],
        )


def draw(workload: Workload, count: int, seed: int = 1) -> Drawn:
    """So many trucks."""
    dice = np.random.default_rng(seed)
    means = np.array([minutes for _, _, minutes in workload.stages])
    if workload.is_exponential:
        service = dice.standard_exponential((count, len(means))) * means
    else:
        sigma = np.sqrt(np.log1p(CV**2))
        service = dice.lognormal(np.log(means) - sigma**2 / 2, sigma, (count, len(means)))
    return Drawn(
        workload,
        np.cumsum(dice.exponential(1.0 / workload.rate, count)),
        dice.random(count) < workload.urgent,
        dice.random(count) < workload.sent,
        service,
    )


@dataclass(frozen=True, slots=True)
class Twin:
    """The trucks once more, as the kernels take them."""

    network: Network
    order: tuple[int, ...]
    trucks: Records
    visits: Records

    def run(self, kernel: str) -> None:
        """One run of either kernel."""
        if kernel == "event loop":
            event_loop.run(self.network, self.trucks, self.visits)
        else:
            stage_recursion.run(self.network, self.order, self.trucks, self.visits)

    def exits(self) -> Floats:
        """[trucks] when each is out."""
        return np.asarray(np.nanmax(self.visits["end"], axis=1))


def for_twin(drawn: Drawn) -> Twin:
    """The arrays of the kernels."""
    model = drawn.workload.model()
    trucks = some_trucks(len(drawn.arrival))
    trucks["arrival"], trucks["kind"] = drawn.arrival, 2 * drawn.is_urgent + drawn.is_sent
    service = drawn.service.copy()
    if drawn.workload.branch:
        at = drawn.workload.codes.index(drawn.workload.branch)
        service[~drawn.is_sent, at:-1] = drawn.service[~drawn.is_sent, at + 1 :]
    return Twin(compile_network(model), model.order(), trucks, some_visits(service))
