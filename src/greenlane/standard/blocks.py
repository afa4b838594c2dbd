"""The interval of a share when trucks of one hour share a jam: bootstrap over blocks. Pure: no Django.

Wilson's interval takes trucks as independent. They are not: one blocked lane slows a whole hour.
Drawing whole hours (or days) with replacement keeps what happens inside a block together (block bootstrap;
Davison and Hinkley, Bootstrap Methods and their Application, 1997, 3.8).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from greenlane.standard.columns import MEASURED, ClockColumn, Cohort
from greenlane.standard.shares import Interval

REPLICATES: Final = 2000
LEAST_BLOCKS: Final = 10
"""With fewer blocks a percentile interval is too short to be shown."""


def bootstrap_share(
    column: ClockColumn,
    limit_s: float,
    blocks: Sequence[str],
    *,
    seed: int,
    replicates: int = REPLICATES,
) -> Interval | None:
    """Percentile interval (95 %) of the share within a limit, drawing whole blocks with replacement.

    Args:
        column: the clock of n passages.
        limit_s: the limit in seconds, itself within.
        blocks: the block of each passage, shape (n,).
        seed: of the draw; the same seed gives the same interval.
        replicates: number of draws.

    Returns:
        The interval, or None with fewer than `LEAST_BLOCKS` blocks that hold a decided truck.
    """
    cohort = Cohort.of(blocks)
    within = column.seconds <= limit_s
    decided = (column.reason == MEASURED) | column.certainly_over(limit_s)
    per_block = np.bincount(cohort.codes, weights=decided, minlength=len(cohort.labels))
    hits = np.bincount(cohort.codes, weights=within, minlength=len(cohort.labels))[per_block > 0]
    per_block = per_block[per_block > 0]
    if len(per_block) < LEAST_BLOCKS:
        return None
    draw = np.random.default_rng(seed).multinomial(
        len(per_block), np.full(len(per_block), 1 / len(per_block)), size=replicates
    )
    shares = (draw @ hits) / (draw @ per_block)
    low, high = np.quantile(shares, (0.025, 0.975), method="inverted_cdf")
    return Interval(float(low), float(high))
