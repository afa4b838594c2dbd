"""Minutes of which some are known to a step only, and some only to be longer than so much."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from greenlane.twin.calibration.observations import Bools, Floats

_FINE: Final = 1000
"""Many exact times are rounded to the median over this, longer ones to as small a share of themselves: half
of 0.1 % is far below any clock's error."""
_FEW: Final = 5000
_COARSE: Final = 0.002
"""A step of recording below this share of the median is taken for exact."""


@dataclass(frozen=True, slots=True, eq=False)
class Durations:
    """Distinct times with how often each was seen; in order.

    A time is exact where ``low == high``, longer than ``low`` where ``high`` is infinite, and else was read
    to a step: it lies between the two, the likelier the nearer to the middle, and never below 0.
    """

    low: Floats
    high: Floats
    weight: Floats

    @property
    def is_running(self) -> Bools:
        """Those known only to be longer."""
        return np.isinf(self.high)

    @property
    def is_exact(self) -> Bools:
        """Those known as one number."""
        return self.low == self.high

    @property
    def n(self) -> int:
        """Times with an end."""
        return int(self.weight[~self.is_running].sum())

    @property
    def running(self) -> int:
        """Times without an end."""
        return int(self.weight[self.is_running].sum())

    @property
    def middle(self) -> Floats:
        """The known times, each as one number, the shortest first."""
        known = ~self.is_running
        return (self.low[known] + self.high[known]) / 2.0

    @property
    def moments(self) -> tuple[float, float]:
        """Mean and standard deviation of the known times."""
        weight = self.weight[~self.is_running]
        mean = float(np.average(self.middle, weights=weight))
        return mean, float(np.sqrt(np.average((self.middle - mean) ** 2, weights=weight)))


def durations(minutes: Floats, running: Floats | None = None, resolution: float = 0.0) -> Durations:
    """Durations of known times, and of those that still run.

    Args:
        minutes: shape (n,), 0 or more.
        running: shape (k,): how long each of the others has taken so far.
        resolution: step r in minutes to which the two readings were cut off. The time then lies within r of
            their difference, with chances that fall in straight lines from the middle to both ends.
    """
    running = np.empty(0) if running is None else running
    if len(minutes) and resolution > _COARSE * max(float(np.median(minutes)), 1e-9):
        low, high = minutes - resolution, minutes + resolution
    else:
        low = high = _gathered(minutes)
    low = np.concatenate([low, _gathered(running)])
    high = np.concatenate([high, np.full(len(running), np.inf)])
    pairs, counts = np.unique(np.stack([low, high], axis=1), axis=0, return_counts=True)
    return Durations(pairs[:, 0].copy(), pairs[:, 1].copy(), counts.astype(np.float64))


def _gathered(minutes: Floats) -> Floats:
    """Many times rounded to a fine step, so that a hundred thousand are a few thousand distinct ones."""
    median = float(np.median(minutes)) if len(minutes) > _FEW else 0.0
    if median <= 0.0:
        return minutes
    short = np.maximum(np.rint(minutes / median * _FINE), 0.5) / _FINE
    long = np.exp(np.rint(np.log(np.maximum(minutes / median, 1.0)) * _FINE) / _FINE)
    return np.where(minutes < median, short, long) * median


def pooled(parts: list[Durations]) -> Durations:
    """The durations of several groups together."""
    pairs = np.stack(
        [np.concatenate([part.low for part in parts]), np.concatenate([part.high for part in parts])], axis=1
    )
    distinct, place = np.unique(pairs, axis=0, return_inverse=True)
    weight = np.zeros(len(distinct))
    np.add.at(weight, place.ravel(), np.concatenate([part.weight for part in parts]))
    return Durations(distinct[:, 0].copy(), distinct[:, 1].copy(), weight)
