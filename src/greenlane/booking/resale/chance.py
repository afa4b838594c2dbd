"""The chance of so many by accident."""

from __future__ import annotations

import math


def at_least(count: int, n: int, p: float) -> float:
    """P(B >= count) for B ~ Binomial(n, p), 0 <= p <= 1, exact up to rounding.

    The terms are summed from the greatest down, so that a tail of 1e-300 keeps its relative precision.
    """
    if count <= 0:
        return 1.0
    if count > n or p <= 0.0:
        return 0.0
    if p >= 1.0:
        return 1.0
    if count <= n * p:
        return max(0.0, 1.0 - at_least(n - count + 1, n, 1.0 - p))
    log_first = (
        math.lgamma(n + 1)
        - math.lgamma(count + 1)
        - math.lgamma(n - count + 1)
        + count * math.log(p)
        + (n - count) * math.log1p(-p)
    )
    total = term = 1.0
    odds = p / (1.0 - p)
    for k in range(count + 1, n + 1):
        term *= (n - k + 1) / k * odds
        total += term
        if term < total * 1e-17:
            break
    return min(1.0, math.exp(log_first) * total)
