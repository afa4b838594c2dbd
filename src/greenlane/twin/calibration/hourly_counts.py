"""Calibration where no truck was timed: hourly counts of arrivals, open lanes and trucks per lane-hour.

Some of the hours give the service time; the queue of the others is foretold and held against the record. The
record has no queue of its own: what is taken for it is the queue that its own counts leave hour by hour (a
fluid: arrivals less lanes times trucks per lane-hour, never below none). So the comparison shows whether a
service time from some hours holds in the others, and what chance adds to a queue of averages. It does not
show that trucks waited so long.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from scipy import stats

from greenlane.twin.calibration.observations import Bools, CalibrationError, Floats
from greenlane.twin.demand import Recorded
from greenlane.twin.distributions import Distribution
from greenlane.twin.model import Kind, Lane, Model, Stage
from greenlane.twin.scenario import Scenario
from greenlane.twin.simulation import Simulator

HOURS: Final = 24
DAY: Final = 1440
_HOUR: Final = 60


@dataclass(frozen=True, slots=True, eq=False)
class HourlyCounts:
    """A day at one stage, by hour, from midnight on; each shape (24,).

    Attributes:
        arrivals: trucks that came.
        lanes: open lanes.
        per_lane_hour: trucks that a lane took in an hour of work.

    Raises:
        CalibrationError: not 24 hours, figures below 0, or a lane that takes nobody.
    """

    arrivals: Floats
    lanes: Floats
    per_lane_hour: Floats

    def __post_init__(self) -> None:
        for name in ("arrivals", "lanes", "per_lane_hour"):
            figures = getattr(self, name)
            if figures.shape != (HOURS,) or not (figures >= 0.0).all():
                raise CalibrationError(name, "It is not 24 figures of 0 or more.", "Give one for each hour.")
        if (self.per_lane_hour[self.lanes > 0] == 0.0).any():
            raise CalibrationError(
                "per_lane_hour", "An open lane takes nobody.", "Close the lane, or mend it."
            )


@dataclass(frozen=True, slots=True, eq=False)
class Foretold:
    """The queue of a day.

    Attributes:
        queue: shape (24,): trucks in line at the end of each hour; of the twin, the mean of its runs.
        low, high: shape (24,): between which 90 % of the runs lie.
        waits: minutes that trucks wait before their service; hour: in which each came.
    """

    queue: Floats
    low: Floats
    high: Floats
    waits: Floats
    hour: Floats


@dataclass(frozen=True, slots=True)
class Agreement:
    """The twin against the record, over the hours that were not fitted.

    Attributes:
        queue_apart: mean absolute difference of the queue at the ends of these hours, trucks.
        wait_apart: mean distance of the waits of those who came in these hours (Wasserstein), minutes.
        distance: greatest difference of the shares of them that waited at most a time (Kolmogorov, Smirnov).
        mean_queue, mean_wait: of the record, to judge the others by.
    """

    queue_apart: float
    wait_apart: float
    distance: float
    mean_queue: float
    mean_wait: float


def one_service_time(counts: HourlyCounts, fitted: Bools) -> Floats:
    """Shape (24,): minutes a truck, the same in all hours: lane-hours over trucks taken, of the fitted hours.

    Raises:
        CalibrationError: no lane was open in them.
    """
    lane_hours = float(counts.lanes[fitted].sum())
    taken = float((counts.lanes * counts.per_lane_hour)[fitted].sum())
    if taken <= 0.0:
        raise CalibrationError("fitted", "No lane was open in these hours.", "Fit others.")
    return np.full(HOURS, _HOUR * lane_hours / taken)


def service_time_by_hour(counts: HourlyCounts, fitted: Bools) -> Floats:
    """Shape (24,): minutes a truck: of the fitted hours as counted, of the others on straight lines between.

    Raises:
        CalibrationError: no lane was open in them.
    """
    known = np.flatnonzero(fitted & (counts.lanes > 0) & (counts.per_lane_hour > 0))
    if not len(known):
        raise CalibrationError("fitted", "No lane was open in these hours.", "Fit others.")
    return np.interp(np.arange(HOURS), known, _HOUR / counts.per_lane_hour[known])


def fluid(counts: HourlyCounts) -> Foretold:
    """The queue that the counts leave, trucks being as fine as water."""
    came = np.repeat(counts.arrivals / _HOUR, _HOUR)
    able = np.repeat(counts.lanes * counts.per_lane_hour / _HOUR, _HOUR)
    queue = np.zeros(DAY + 1)
    for minute in range(DAY):
        queue[minute + 1] = max(queue[minute] + came[minute] - able[minute], 0.0)
    come = np.concatenate([[0.0], np.cumsum(came)])
    gone = come - queue
    # Where nothing goes there is no line to read a time from; a tiny slope keeps times apart.
    at = np.flatnonzero(came > 0.0) + 0.5
    middle = np.interp(at, np.arange(DAY + 1), come)
    leaves = np.interp(middle, gone + np.arange(DAY + 1) * 1e-9, np.arange(DAY + 1))
    weight = np.maximum(np.rint(came[at.astype(int)] * 10).astype(int), 1)
    waits, hour = np.maximum(leaves - at, 0.0), at // _HOUR
    ends = queue[_HOUR::_HOUR]
    return Foretold(ends, ends, ends, np.repeat(waits, weight), np.repeat(hour, weight))


def foretell(
    counts: HourlyCounts, minutes: Floats, *, cv: float = 0.5, replications: int = 200, seed: int = 1
) -> Foretold:
    """The queue on the twin: the counted arrivals at random moments of their hours, the counted lanes.

    Args:
        minutes: shape (24,): of service, by the hour in which it is foreseen to begin.
        cv: of the service times, which no count tells.
    """
    foreseen = fluid(replace(counts, per_lane_hour=_HOUR / minutes))
    model = _model(counts, minutes, cv)
    dice = np.random.default_rng(seed)
    lengths, waits, hours = [], [], []
    for number in range(replications):
        count = dice.poisson(counts.arrivals)
        came = np.sort(np.repeat(np.arange(HOURS), count) * _HOUR + dice.random(count.sum()) * _HOUR)
        begins = np.minimum((came + _wait_at(foreseen, came)) // _HOUR, HOURS - 1).astype(int)
        demand = (Recorded(tuple(came.tolist()), tuple(f"h{hour}" for hour in begins)),)
        run = Simulator(Scenario(model, demand, DAY)).run(seed, number)
        start = run.visits["start"][:, 0]
        ends = np.arange(1, HOURS + 1) * _HOUR
        gone = np.searchsorted(np.sort(start), ends, side="right")
        lengths.append(np.searchsorted(came, ends, side="right") - gone)
        waits.append(start - run.drawn.came)
        hours.append(run.drawn.came // _HOUR)
    queue = np.stack(lengths)
    low, high = np.quantile(queue, (0.05, 0.95), axis=0)
    return Foretold(queue.mean(axis=0), low, high, np.concatenate(waits), np.concatenate(hours))


def agreement(record: Foretold, twin: Foretold, hours: Sequence[int]) -> Agreement:
    """Of the given hours alone."""
    at = list(hours)
    first, second = (each.waits[np.isin(each.hour, at)] for each in (record, twin))
    return Agreement(
        float(np.abs(record.queue - twin.queue)[at].mean()),
        float(stats.wasserstein_distance(first, second)),
        float(stats.ks_2samp(first, second, method="asymp").statistic),
        float(record.queue[at].mean()),
        float(first.mean()),
    )


def _model(counts: HourlyCounts, minutes: Floats, cv: float) -> Model:
    lanes = []
    for number in range(int(counts.lanes.max())):
        open_hours = np.flatnonzero(counts.lanes > number)
        runs = np.split(open_hours, np.flatnonzero(np.diff(open_hours) > 1) + 1)
        spans = tuple((float(run[0] * _HOUR), float((run[-1] + 1) * _HOUR)) for run in runs)
        # Whoever is in line at midnight is served then: the day has no next one here.
        last = (spans[-1][0], float("inf")) if spans[-1][1] == DAY else spans[-1]
        lanes.append(Lane(f"L{number + 1}", ("primary",), (*spans[:-1], last)))
    kinds = tuple(
        Kind(f"h{hour}", ("primary",), (Distribution("gamma", float(minutes[hour]), cv),))
        for hour in range(HOURS)
    )
    return Model((Stage("primary"),), tuple(lanes), kinds)


def _wait_at(foreseen: Foretold, came: Floats) -> Floats:
    """The foreseen wait of whoever comes at a minute, by the mean of the hour, straight between middles."""
    means = np.array(
        [
            foreseen.waits[foreseen.hour == hour].mean() if (foreseen.hour == hour).any() else 0.0
            for hour in range(HOURS)
        ]
    )
    return np.interp(came, np.arange(HOURS) * _HOUR + _HOUR / 2.0, means)
