"""Exact quantiles, their intervals, and the least n that carries them. Pure: no Django.

A quantile is always one of the observed values (nearest rank, the ``percentile_disc`` of SQL, numpy's
``inverted_cdf``), never a value between two. Quantiles of hours or lanes are never averaged: merge
the values.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from greenlane.standard.binomial import probabilities

FloatArray = NDArray[np.float64]

PUBLISHED: Final = (0.5, 0.9, 0.95, 0.99)
CONFIDENCE: Final = 0.95
_ROUNDING: Final = 1e-9
"""Keeps 0.07 * 100 = 7.000000000000001 at rank 7."""


def nearest_rank(n: int, p: float) -> int:
    """Rank, from 1, of the p-quantile of n values: ``ceil(n p)``, at least 1.

    Raises:
        ValueError: n < 1, or p outside (0, 1].
    """
    if n < 1 or not 0 < p <= 1:
        raise ValueError(f"n={n}, p={p}: a quantile needs n >= 1 and 0 < p <= 1.")
    return max(1, math.ceil(n * p - _ROUNDING))


def quantile(values: FloatArray, p: float) -> float:
    """The p-quantile of values (unsorted, without NaN) by nearest rank."""
    rank = nearest_rank(len(values), p)
    return float(np.partition(values, rank - 1)[rank - 1])


@lru_cache(maxsize=64)
def least_n(p: float, confidence: float = CONFIDENCE) -> int:
    """The least n for which a two-sided interval of the p-quantile exists.

    The interval ends at order statistics and leaves at most (1 - confidence)/2 on each side. The widest one
    runs from the least to the greatest value; it misses the quantile above when all n values are less, which
    has probability p^n, and below with (1 - p)^n. So n = ceil(ln((1 - confidence)/2) / ln(max(p, 1 - p))):
    6, 17, 36, 72 and 368 for p = 0.5, 0.8, 0.9, 0.95 and 0.99 (David and Nagaraja, Order Statistics, 7.1).
    """
    return math.ceil(math.log((1 - confidence) / 2) / math.log(max(p, 1 - p)))


@lru_cache(maxsize=4096)
def interval_ranks(n: int, p: float, confidence: float = CONFIDENCE) -> tuple[int, int] | None:
    """Ranks ``(low, high)``, from 1, of the two-sided interval of the p-quantile of n values; None when n is
    too small.

    With B ~ Binomial(n, p), the number of values not above the quantile: ``low`` is the greatest r with
    P(B < r) <= (1 - confidence)/2, ``high`` the least s with P(B >= s) <= (1 - confidence)/2. Holds for any
    distribution.
    """
    tail = (1 - confidence) / 2
    if n < least_n(p, confidence):
        return None
    first, chances = probabilities(n, p)
    below = np.cumsum(chances)  # P(B <= first + i)
    above = np.cumsum(chances[::-1])[::-1]  # P(B >= first + i)
    low = first + int(np.count_nonzero(below <= tail))
    high = first + int(np.argmax(above <= tail))
    return max(1, low), min(n, high)


@dataclass(frozen=True, slots=True)
class QuantileFigure:
    """A published quantile, in seconds.

    Attributes:
        p: which.
        n: measured values.
        least_n: values that it takes.
        seconds: the quantile; None when n is too small ("n too small").
        low, high: 95 % interval; None when n is too small.
        with_missing: the same quantile when open and lost passages are counted as "at least so long"
            (Kaplan-Meier); None without such passages, with n too small, or beyond the last measured value.
    """

    p: float
    n: int
    least_n: int
    seconds: float | None
    low: float | None
    high: float | None
    with_missing: float | None = None

    @property
    def name(self) -> str:
        """``p50``, ``p99``, ``p99.9``."""
        return f"p{round(self.p * 100, 3):g}"


def figure(ordered: FloatArray, p: float, *, with_missing: float | None = None) -> QuantileFigure:
    """The p-quantile of values sorted upwards (no NaN), or one that says that n is too small."""
    n, least = len(ordered), least_n(p)
    ranks = interval_ranks(n, p)
    if ranks is None:
        return QuantileFigure(p, n, least, None, None, None)
    value, low, high = (float(ordered[rank - 1]) for rank in (nearest_rank(n, p), *ranks))
    return QuantileFigure(p, n, least, value, low, high, with_missing)
