"""How long trucks take from their call to the barrier, as measured. Pure: no Django."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import ceil
from statistics import median
from typing import Final

LAST_CALLS: Final = 50
"""So many of a park's last calls are looked at."""
LEAST_CALLS: Final = 10
"""With fewer, the described drive counts."""
LONG_SHARE: Final = 0.9
"""The quantile by which a truck is expected at the latest."""


@dataclass(frozen=True, slots=True)
class Drive:
    """From the call to the entry barrier.

    Attributes:
        usual: the median, by which a truck is called in time for its slot.
        long: the 90th percentile, by which it is expected at the latest.
        measured: how many calls it was measured on; 0 where the described drive counts.
    """

    usual: timedelta
    long: timedelta
    measured: int = 0


def drive_of(described: timedelta, samples: Sequence[timedelta], most_above: timedelta) -> Drive:
    """The drive from a park: measured where enough trucks came, else as described.

    Args:
        samples: from call to entry, the latest first.
        most_above: the median counts as at most so much above the described drive: what is beyond it is a
            line before the barrier, into which nobody is to be called earlier still.
    """
    last = sorted(samples[:LAST_CALLS])
    if len(last) < LEAST_CALLS:
        return Drive(described, described)
    middle = timedelta(seconds=median(each.total_seconds() for each in last))
    usual = min(middle, described + most_above)
    return Drive(usual, max(last[ceil(LONG_SHARE * len(last)) - 1], usual), len(last))
