"""The binomial distribution, as far as quantiles and verdicts need it. Pure: no Django."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray


def probabilities(n: int, p: float) -> tuple[int, NDArray[np.float64]]:
    """Probabilities of B ~ Binomial(n, p), 0 < p < 1, around the mean.

    Returns:
        The first count, and P(B = first), P(B = first + 1), ... What is left out lies more than 12 standard
        deviations and 40 counts off the mean: below 1e-14 in all.
    """
    reach = math.ceil(12 * math.sqrt(n * p * (1 - p))) + 40
    first, last = max(0, math.floor(n * p) - reach), min(n, math.ceil(n * p) + reach)
    counts = np.arange(first + 1, last + 1, dtype=np.float64)
    steps = np.log(n - counts + 1) - np.log(counts) + math.log(p / (1 - p))
    start = math.lgamma(n + 1) - math.lgamma(first + 1) - math.lgamma(n - first + 1)
    start += first * math.log(p) + (n - first) * math.log1p(-p)
    chances: NDArray[np.float64] = np.exp(start + np.concatenate(([0.0], np.cumsum(steps))))
    return first, chances


def at_most(count: int, n: int, p: float) -> float:
    """P(B <= count) for B ~ Binomial(n, p), 0 < p < 1; absolute error below 1e-12."""
    first, chances = probabilities(n, p)
    return min(1.0, float(chances[: max(0, count - first + 1)].sum()))
