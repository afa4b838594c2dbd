"""What replications show: figures with their intervals, the clocks of all trucks, and comparisons."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from greenlane.errors import GreenlaneError
from greenlane.twin.arrays import Floats, Ints, Records
from greenlane.twin.clocks import STATISTICS
from greenlane.twin.scenario import Scenario

Engine = Literal["stage recursion", "event loop"]
CONFIDENCE: Final = 0.95


class UnknownMeasure(GreenlaneError):
    """A measure or statistic that a result does not have."""

    def __init__(self, field: str, name: str, known: tuple[str, ...]) -> None:
        super().__init__(
            "unknown_measure",
            f"{name!r} is not measured.",
            field=field,
            mend=f"Use one of: {', '.join(known)}.",
        )


@dataclass(frozen=True, slots=True)
class Figure:
    """The mean of a figure over replications with its 95 % interval by Student's t.

    ``low`` and ``high`` are NaN for a single replication, and all are infinite where trucks never get out.
    """

    value: float
    low: float
    high: float
    replications: int

    @property
    def half_width(self) -> float:
        """Half the length of the interval; infinite when it is not known."""
        half = (self.high - self.low) / 2.0
        return half if np.isfinite(half) else float("inf")


@dataclass(frozen=True)
class Result:
    """Replications of one scenario.

    Attributes:
        first: number of the first replication.
        engine: the kernel that did them; ``reasons``: what the stage recursion could not do.
        measures: names of the rows of ``figures``.
        figures: [replications, measures, `STATISTICS`]; the mean of a ``busy:`` measure is the share of the
            lanes' open time in which they had a truck.
        clocks: `CLOCK`, the trucks of all replications.
        replication: [trucks] the replication of each.
    """

    scenario: Scenario
    seed: int
    first: int
    engine: Engine
    reasons: tuple[str, ...]
    measures: tuple[str, ...]
    figures: Floats
    clocks: Records
    replication: Ints

    @property
    def replications(self) -> int:
        """How many."""
        return len(self.figures)

    @property
    def trucks(self) -> int:
        """Counted in all replications."""
        return len(self.clocks)

    def each(self, measure: str, statistic: str) -> Floats:
        """[replications] a figure of each.

        Raises:
            UnknownMeasure: it has no such measure or statistic.
        """
        if measure not in self.measures:
            raise UnknownMeasure("measure", measure, self.measures)
        if statistic not in STATISTICS:
            raise UnknownMeasure("statistic", statistic, STATISTICS)
        return self.figures[:, self.measures.index(measure), STATISTICS.index(statistic)]

    def figure(self, measure: str, statistic: str) -> Figure:
        """A figure over all replications in which there was a truck to measure."""
        return _figure(self.each(measure, statistic))

    def above(self, other: Result, measure: str, statistic: str) -> Figure:
        """By how much a figure is above that of another result, replication by replication: both had the same
        luck, so that the difference is surer than either figure."""
        ours, theirs = self.each(measure, statistic), other.each(measure, statistic)
        count = min(len(ours), len(theirs))
        with np.errstate(invalid="ignore"):
            return _figure(ours[:count] - theirs[:count])

    def minutes(self, clock: str) -> Floats:
        """The clock ``outside``, ``inside`` or ``whole`` of every truck, in minutes."""
        if clock == "whole":
            return self.clocks["outside"] + self.clocks["inside"]
        if clock not in ("outside", "inside"):
            raise UnknownMeasure("clock", clock, ("outside", "inside", "whole"))
        return self.clocks[clock]

    @cached_property
    def hour(self) -> NDArray[np.int64]:
        """[trucks] the hour of the counted time in which each was due."""
        begin = 0.0 if self.scenario.start is not None else self.scenario.warm_up
        return np.maximum((self.clocks["due"] - begin) // 60.0, 0.0).astype(np.int64)

    def by_hour(self, clock: str, level: float) -> Floats:
        """[hours] a quantile of a clock over all trucks due in each hour; NaN where there were none."""
        minutes, hours = self.minutes(clock), int(np.ceil(self.scenario.minutes / 60.0))
        order = np.argsort(self.hour, kind="stable")
        parts = np.split(minutes[order], np.searchsorted(self.hour[order], np.arange(1, hours)))
        return np.array([_quantile(part[~np.isnan(part)], level) for part in parts])

    def trucks_by_hour(self) -> Floats:
        """[hours] trucks due in each hour, the mean of the replications."""
        hours = int(np.ceil(self.scenario.minutes / 60.0))
        return np.bincount(self.hour, minlength=hours)[:hours] / self.replications

    def joined(self, other: Result) -> Result:
        """Both together, in the order of their replications; of the same scenario and seed."""
        first, second = (self, other) if self.first <= other.first else (other, self)
        return replace(
            first,
            figures=np.concatenate([first.figures, second.figures]),
            clocks=np.concatenate([first.clocks, second.clocks]),
            replication=np.concatenate([first.replication, second.replication]),
        )


def _quantile(minutes: Floats, level: float) -> float:
    if not len(minutes):
        return float("nan")
    return float(np.quantile(minutes, level, method="inverted_cdf"))


def _figure(each: Floats) -> Figure:
    known = each[~np.isnan(each)]
    if not len(known):
        return Figure(float("nan"), float("nan"), float("nan"), 0)
    if not np.isfinite(known).all():
        return Figure(float(known.mean()), float("nan"), float("nan"), len(known))
    value = float(known.mean())
    if len(known) == 1:
        return Figure(value, float("nan"), float("nan"), 1)
    spread = float(known.std(ddof=1) / np.sqrt(len(known)))
    half = spread * float(stats.t.ppf(0.5 + CONFIDENCE / 2.0, len(known) - 1))
    return Figure(value, value - half, value + half, len(known))
