"""Service times, travel, punctuality: a family with its mean and spread, or what was observed.

Every draw is the quantile of one uniform number, so that a truck that is lucky in one scenario is as lucky in
another, and a longer mean makes every truck slower. Quantiles come from a table that is fine where the
distribution is thin: at both ends each cell holds a table of its own, down to one in 10^10.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, stats
from scipy.special import gamma, gammaln

Family = Literal["fixed", "exponential", "lognormal", "gamma", "weibull", "empirical"]
FAMILIES: Final = ("fixed", "exponential", "lognormal", "gamma", "weibull")
CELLS: Final = 1024
LEVELS: Final = 3
"""Tables within tables at each end: the last one ends at 1 - 1 / 1024 ** 3."""
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Distribution:
    """A distribution of minutes.

    Attributes:
        family: one of `FAMILIES`, or ``empirical``.
        mean: of the whole, minutes.
        cv: standard deviation / mean of the whole; ``fixed``, ``exponential`` and ``empirical`` have their
        own. least: nobody takes less; the family then describes the excess.
        values: observed minutes, ascending, for ``empirical``: the quantiles between them are straight lines.
    """

    family: Family
    mean: float
    cv: float = 1.0
    least: float = 0.0
    values: tuple[float, ...] = ()

    def quantile(self, u: Floats) -> Floats:
        """The exact quantile at each of ``u`` in (0, 1)."""
        if self.family == "empirical":
            values = np.asarray(self.values)
            return np.interp(u, (np.arange(len(values)) + 0.5) / len(values), values)
        excess = self.mean - self.least
        spread = self.cv * self.mean
        if excess <= 0.0 or spread <= 0.0 or self.family == "fixed":
            return np.full(np.shape(u), max(self.mean, self.least))
        return self.least + _quantile(self.family, excess, spread / excess, u)

    def table(self) -> Floats:
        """[2 * LEVELS + 1, CELLS + 1] quantiles: the middle, then the levels of the lower and the upper end.

        It is scaled so that its mean is the distribution's.
        """
        grid = np.linspace(0.0, 1.0, CELLS + 1)
        rows = [grid]
        for sign in (-1, 1):
            width = 1.0
            for _ in range(LEVELS):
                width /= CELLS
                rows.append(grid * width if sign < 0 else 1.0 - width + grid * width)
        least = 0.25 / CELLS ** (LEVELS + 1)
        levels = np.array([self.quantile(np.clip(row, least, 1.0 - 2.0**-40)) for row in rows])
        if self.family in ("fixed", "empirical"):
            return levels
        scale = (self.mean - self.least) / max(_mean(levels) - self.least, 1e-300)
        return self.least + (levels - self.least) * (scale if np.isfinite(scale) else 1.0)


def _mean(levels: Floats) -> float:
    """Mean of the piecewise straight quantile function that the table describes."""
    middle = levels[0]
    cells = (middle[:-1] + middle[1:]) / 2.0
    total = cells[1:-1].sum() / CELLS
    for side, cell in ((1, 0), (1 + LEVELS, CELLS - 1)):
        width, value = 1.0 / CELLS, 0.0
        for level in range(LEVELS):
            row = levels[side + level]
            inner = (row[:-1] + row[1:]) / 2.0
            width /= CELLS
            last = level == LEVELS - 1
            outside = np.delete(inner, cell) if not last else inner
            value += outside.sum() * width
        total += value
    return float(total)


def _quantile(family: Family, mean: float, cv: float, u: Floats) -> Floats:
    """Of a family with that mean and cv, from 0 up."""
    if family == "exponential":
        return np.asarray(stats.expon.ppf(u, scale=mean))
    if family == "lognormal":
        sigma = np.sqrt(np.log1p(cv**2))
        return np.asarray(stats.lognorm.ppf(u, sigma, scale=mean / np.exp(sigma**2 / 2.0)))
    if family == "gamma":
        return np.asarray(stats.gamma.ppf(u, 1.0 / cv**2, scale=mean * cv**2))
    shape = weibull_shape(cv)
    return np.asarray(stats.weibull_min.ppf(u, shape, scale=mean / gamma(1.0 + 1.0 / shape)))


def weibull_shape(cv: float) -> float:
    """The shape of a Weibull distribution with that coefficient of variation, which falls as the shape
    grows."""

    def excess(shape: float) -> float:
        return float(np.exp(gammaln(1.0 + 2.0 / shape) - 2.0 * gammaln(1.0 + 1.0 / shape)) - 1.0 - cv**2)

    return float(optimize.brentq(excess, 0.05, 500.0))
