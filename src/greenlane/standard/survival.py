"""Quantiles when some clocks have not stopped: Kaplan and Meier's estimate. Pure: no Django.

A truck that is still inside, or whose exit was not read, is right-censored: it took at least so long. To
leave such trucks out makes a jam look short, since the slow ones are those that are still inside.
Source: Kaplan and Meier, Nonparametric estimation from incomplete observations, JASA 53 (1958).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from greenlane.standard.quantiles import FloatArray

_ROUNDING = 1e-12
"""Products of fractions: a step that ends at 1 - p by rule must not miss it by rounding."""


@dataclass(frozen=True, slots=True)
class Survival:
    """The share still going on after each observed time.

    Attributes:
        times: distinct observed (uncensored) seconds, upwards.
        share: S(t) just after each of them; the same length.
    """

    times: FloatArray
    share: FloatArray

    def quantile(self, p: float) -> float | None:
        """The least observed time t with S(t) <= 1 - p; None when too many are censored to tell."""
        reached = np.flatnonzero(self.share <= 1 - p + _ROUNDING)
        return float(self.times[reached[0]]) if len(reached) else None


def kaplan_meier(observed: FloatArray, censored: FloatArray) -> Survival:
    """The product-limit estimate: S(t) = product over times u <= t of (1 - ended at u / at risk at u).

    Args:
        observed: seconds of clocks that stopped.
        censored: seconds that the others have run at least. At equal times the observed come first, as usual.
    """
    times, ended = np.unique(observed, return_counts=True)
    everyone = np.sort(np.concatenate((observed, censored)))
    at_risk = len(everyone) - np.searchsorted(everyone, times, side="left")
    share: FloatArray = np.cumprod(1 - ended / at_risk, dtype=np.float64)
    return Survival(times, share)
