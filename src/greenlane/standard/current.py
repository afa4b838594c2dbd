"""The wait measured now, without the lag of counting only those who came through. Pure: no Django."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from greenlane.standard.columns import ClockColumn
from greenlane.standard.quantiles import interval_ranks, quantile
from greenlane.standard.survival import kaplan_meier

METHOD: Final = "median of the last hour, trucks still waiting counted as at least so long"


@dataclass(frozen=True, slots=True)
class CurrentWait:
    """One clock, now. Seconds.

    Attributes:
        wait_s: the median; None when it is not known.
        at_least_s: what is certain when it is not: the median so far; else None.
        n: trucks that ended the clock lately.
        queue: trucks that run it now.
        longest_s: the longest that one of these has run it; None without any.
        uncertainty_s: half-width of the median's 95 % interval; None with fewer than 6 trucks in ``n``.
    """

    wait_s: float | None
    at_least_s: float | None
    n: int
    queue: int
    longest_s: float | None
    uncertainty_s: float | None


def current_wait(column: ClockColumn) -> CurrentWait:
    """The wait now.

    Args:
        column: a clock of the trucks that ended it in the last hour, and of those that run it now (whose
            clock is missing, with what is certain).
    """
    ended, running = np.sort(column.measured), column.censored
    everyone = np.concatenate((ended, running))
    wait = kaplan_meier(ended, running).quantile(0.5)
    ranks = interval_ranks(len(ended), 0.5)
    return CurrentWait(
        wait_s=wait,
        at_least_s=quantile(everyone, 0.5) if wait is None and len(everyone) else None,
        n=len(ended),
        queue=len(running),
        longest_s=float(running.max()) if len(running) else None,
        uncertainty_s=float(ended[ranks[1] - 1] - ended[ranks[0] - 1]) / 2 if ranks else None,
    )
