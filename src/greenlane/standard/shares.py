"""The share within the standard: its interval, the bounds that missing readings leave, and the verdict.

Pure: no Django.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from greenlane.standard.binomial import at_most

Z: Final = 1.959963984540054
"""Two-sided 95 % of the normal distribution."""
TAIL: Final = 0.025
"""What a two-sided 95 % leaves on each side."""

LIMITS: Final = (600.0, 900.0, 1800.0)
"""Seconds: the standard; the European Union's Green Lanes of 2020; half an hour."""

PROMISED: Final = 0.95
"""Share of trucks that must pass within the limit where a checkpoint promises nothing else."""


class Verdict(StrEnum):
    """Whether a period keeps the standard."""

    KEPT = "kept"
    NOT_SHOWN = "not_shown"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Interval:
    """A two-sided interval of a share, both ends in [0, 1]."""

    low: float
    high: float


def wilson(successes: int, n: int, z: float = Z) -> Interval:
    """Wilson's score interval of a share (Wilson 1927): it stays in [0, 1] and holds near 0 and 1.

    centre = (s + z^2/2) / (n + z^2), half = z / (n + z^2) * sqrt(s (n - s) / n + z^2/4).

    Raises:
        ValueError: n < 1, or successes outside 0..n.
    """
    if n < 1 or not 0 <= successes <= n:
        raise ValueError(f"{successes} of {n}: a share needs n >= 1 and 0 <= successes <= n.")
    weight = n + z * z
    centre = (successes + z * z / 2) / weight
    half = z / weight * math.sqrt(successes * (n - successes) / n + z * z / 4)
    # At the ends the interval closes exactly; rounding must not open it.
    low = 0.0 if successes == 0 else max(0.0, centre - half)
    high = 1.0 if successes == n else min(1.0, centre + half)
    return Interval(low, high)


@dataclass(frozen=True, slots=True)
class Share:
    """Trucks within a limit, over it, and undecided for want of readings. Adds up over disjoint groups.

    Attributes:
        limit_s: the limit in seconds, itself within.
        within: clocks measured at most the limit.
        over: clocks measured above it, and those without an end that have certainly passed it.
        undecided: clocks that miss a reading and may lie on either side.
    """

    limit_s: float
    within: int
    over: int
    undecided: int

    def __add__(self, other: Share) -> Share:
        if other.limit_s != self.limit_s:
            raise ValueError(f"shares within {self.limit_s} s and {other.limit_s} s cannot be added.")
        return Share(
            self.limit_s,
            self.within + other.within,
            self.over + other.over,
            self.undecided + other.undecided,
        )

    @property
    def n(self) -> int:
        """All trucks: the denominator of the bounds."""
        return self.within + self.over + self.undecided

    @property
    def decided(self) -> int:
        """The denominator of the share."""
        return self.within + self.over

    @property
    def value(self) -> float | None:
        """Share within the limit of those that are decided; None when none is."""
        return self.within / self.decided if self.decided else None

    @property
    def interval(self) -> Interval | None:
        """Wilson's 95 % interval of `value`."""
        return wilson(self.within, self.decided) if self.decided else None

    @property
    def pessimistic(self) -> float | None:
        """The share if every undecided truck was over: the lower bound."""
        return self.within / self.n if self.n else None

    @property
    def optimistic(self) -> float | None:
        """The share if every undecided truck was within: the upper bound."""
        return (self.within + self.undecided) / self.n if self.n else None

    def verdict(self, promised: float) -> Verdict:
        """Whether the promised quantile (0 < promised < 1) is kept.

        Kept: even if every missing reading hides a slow truck, and chance was kind to the sample, the share
        reaches the promise: lower Wilson bound of the pessimistic share >= promised.

        Broken: even if every missing reading hides a quick truck, and chance was unkind, it does not: upper
        Wilson bound of the optimistic share < promised. Wilson's bound is too tight for a handful of trucks
        (one slow truck alone would be "broken" at 95 %, though one in twenty is slow where the promise is
        kept), so the exact chance of so few within, P(Binomial(n, promised) <= within), must be at most
        2.5 % as well.

        Between the two the readings show neither; no trucks show neither.
        """
        if not self.n:
            return Verdict.NOT_SHOWN
        if wilson(self.within, self.n).low >= promised:
            return Verdict.KEPT
        at_best = self.within + self.undecided
        if wilson(at_best, self.n).high < promised and at_most(at_best, self.n, promised) <= TAIL:
            return Verdict.BROKEN
        return Verdict.NOT_SHOWN
