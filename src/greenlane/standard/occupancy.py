"""Little's law as a check of the readings: trucks inside = trucks a second x seconds inside.

Pure: no Django.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from greenlane.standard.quantiles import FloatArray


@dataclass(frozen=True, slots=True)
class Occupancy:
    """Trucks inside, counted two ways.

    Attributes:
        counted: mean number inside over the period, from who was there when.
        expected: entries a second times mean seconds inside, of the trucks that entered in the period and
            left; None without any. Over a long period without lost readings the two agree (Little 1961);
            lost exits make ``counted`` the greater.
    """

    counted: float
    expected: float | None

    @property
    def gap(self) -> float | None:
        """(counted - expected)/expected; None when nothing is expected."""
        return (self.counted - self.expected) / self.expected if self.expected else None


def trucks_inside(rate_per_day: float, seconds: float) -> float:
    """Mean number inside at a steady rate: 1,600 a day at 600 s are 11.1 trucks, at 38 minutes 42.2."""
    return rate_per_day / 86_400 * seconds


def occupancy(entries: FloatArray, exits: FloatArray, *, start: float, end: float) -> Occupancy:
    """Trucks inside over a period.

    Args:
        entries: seconds since any epoch at which trucks entered, shape (n,).
        exits: the same for their exits; NaN for those not seen to leave, who count as inside.
        start, end: the period on the same scale, start < end.

    Raises:
        ValueError: the period is empty.
    """
    if end <= start:
        raise ValueError(f"the period from {start} to {end} is empty.")
    left = np.where(np.isnan(exits), end, exits)
    present = np.clip(np.minimum(left, end) - np.maximum(entries, start), 0, None)
    own = (entries >= start) & (entries < end)
    stays = (exits - entries)[own & ~np.isnan(exits)]
    expected = float(np.count_nonzero(own) / (end - start) * stays.mean()) if len(stays) else None
    return Occupancy(float(present.sum() / (end - start)), expected)
