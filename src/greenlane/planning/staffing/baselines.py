"""Staffing as textbooks have it, each as small as the twin allows: what a plan is measured against."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from greenlane.planning.staffing.posts import Staffing
from greenlane.planning.staffing.trial import Trial

_STEPS = 12


def constant(trial: Trial) -> Staffing | None:
    """The same lanes all day: taken away one by one, dearest posts first, as long as the standard holds."""
    staffing = trial.most
    if not trial.holds(staffing):
        return None
    order = sorted(range(len(trial.posts)), key=lambda post: -trial.posts[post].lane_hour)
    for post in order:
        while int(staffing[post, 0]) > trial.posts[post].least:
            fewer = staffing.copy()
            fewer[post] -= 1
            if not trial.holds(fewer):
                break
            staffing = fewer
    return staffing


def square_root(trial: Trial) -> Staffing | None:
    """The load of every block plus one safety of square roots of it for all posts (Halfin and Whitt 1981)."""
    load = trial.load()
    return _least(trial, 6.0, lambda safety: np.ceil(load + safety * np.sqrt(load) - 1e-9))


def by_period(trial: Trial, mean_minutes: NDArray[np.float64]) -> Staffing | None:
    """Each block by itself as if it lasted for ever: the fewest lanes of which Erlang's formula says that a
    share of trucks waits no longer than a tenth of the target (stationary independent period by period;
    Green, Kolesar and Soares 2001). The share asked of every post is as small as the twin allows.

    Args:
        mean_minutes: [posts] of a service.
    """
    load = trial.load()
    patience = trial.rehearsal.goal.target / 10.0

    def wanted(level: float) -> NDArray[np.float64]:
        share = 1.0 - 10.0 ** -(level / 2.0)
        lanes = np.zeros(load.shape)
        for post in range(len(load)):
            for block in range(load.shape[1]):
                lanes[post, block] = _erlang(
                    float(load[post, block]), float(mean_minutes[post]), patience, share
                )
        return lanes

    return _least(trial, 10.0, wanted)


def _least(trial: Trial, most: float, wanted: Callable[[float], NDArray[np.float64]]) -> Staffing | None:
    """The staffing of the least level that holds."""

    def staffing(level: float) -> Staffing:
        return np.clip(wanted(level), trial.least, trial.most).astype(np.int64)

    if not trial.holds(staffing(most)):
        return None
    low, high = 0.0, most
    for _ in range(_STEPS):
        middle = (low + high) / 2.0
        if trial.holds(staffing(middle)):
            high = middle
        else:
            low = middle
    return staffing(high)


def _erlang(load: float, mean: float, patience: float, share: float) -> int:
    lanes = max(math.floor(load) + 1, 1)
    while waits_within(lanes, load, mean, patience) < share:
        lanes += 1
    return lanes


def waits_within(lanes: int, load: float, mean: float, minutes: float) -> float:
    """The share of waits of at most so many minutes in M/M/c (Erlang 1917); 0 where the load is too great."""
    if load >= lanes:
        return 0.0
    blocked = 1.0
    for number in range(1, lanes + 1):
        blocked = load * blocked / (number + load * blocked)
    delayed = lanes * blocked / (lanes - load * (1.0 - blocked))
    return 1.0 - delayed * math.exp(-(lanes - load) * minutes / mean) if mean > 0.0 else 1.0
