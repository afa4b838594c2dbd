"""Shifts that may be worked, and what they cost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from greenlane.planning.goal import PlanError
from greenlane.planning.staffing.posts import DAY, Blocks

LEAST_BEFORE_BREAK: Final = 1 / 3
"""A break begins in the middle third of a shift."""


@dataclass(frozen=True, slots=True)
class ShiftRules:
    """What a roster may ask of officers, who work the same shift every day.

    Attributes:
        lengths: hours that a shift may last.
        every: minutes between times of the day at which shifts may begin.
        break_minutes: without pay cut and without work, in the middle third of a shift; 0 for none.
        break_from: shifts of so many hours and more have it.
        least_rest: hours between the end of a shift and the next day's begin.
        officer_hour: cost of an officer an hour paid.
        officers: of each qualification that there are; any number of those that are not named.
    """

    lengths: tuple[int, ...] = (8, 12)
    every: int = 120
    break_minutes: int = 0
    break_from: int = 6
    least_rest: float = 11.0
    officer_hour: float = 1.0
    officers: tuple[tuple[str, int], ...] = ()

    def __post_init__(self) -> None:
        if not self.lengths or min(self.lengths) <= 0:
            raise PlanError("shifts.lengths", "There is no length of a shift.", "Give hours, as 8 and 12.")
        if max(self.lengths) + self.least_rest > 24.0:
            raise PlanError(
                "shifts.lengths",
                f"{max(self.lengths)} h of work and {self.least_rest:g} h of rest are more than a day.",
                "Shorten the shift or the rest.",
            )
        if self.every <= 0 or DAY % self.every:
            raise PlanError(
                "shifts.every", f"{self.every} minutes do not divide the day.", "Give such as 60."
            )
        if self.break_minutes < 0 or self.officer_hour < 0.0:
            raise PlanError("shifts", "A cost or length is below 0.", "Give 0 or more.")


@dataclass(frozen=True, slots=True)
class Pattern:
    """One way to work a shift.

    Attributes:
        begins: minute of the day; ``hours``: from begin to end.
        break_at: minute of the day at which its break begins; None without one.
    """

    begins: int
    hours: int
    break_at: int | None = None

    def spans(self, break_minutes: int) -> Iterator[tuple[int, int]]:
        """What is worked, minutes from the midnight before, beyond 1440 on the next day."""
        end = self.begins + self.hours * 60
        if self.break_at is None:
            yield self.begins, end
            return
        rest = self.break_at if self.break_at >= self.begins else self.break_at + DAY
        yield self.begins, rest
        yield rest + break_minutes, end


def patterns_of(rules: ShiftRules) -> tuple[Pattern, ...]:
    """Every shift that the rules allow, with every time for its break."""
    found = []
    for hours in rules.lengths:
        for begins in range(0, DAY, rules.every):
            if rules.break_minutes and hours >= rules.break_from:
                found += [Pattern(begins, hours, at) for at in _breaks(rules, begins, hours)]
            else:
                found.append(Pattern(begins, hours))
    return tuple(found)


def _breaks(rules: ShiftRules, begins: int, hours: int) -> list[int]:
    first = begins + round(hours * 60 * LEAST_BEFORE_BREAK)
    last = begins + hours * 60 - round(hours * 60 * LEAST_BEFORE_BREAK) - rules.break_minutes
    step = max(rules.break_minutes, 30)
    first = -(-first // step) * step
    return [at % DAY for at in range(first, max(last, first) + 1, step)]


def coverage_of(patterns: tuple[Pattern, ...], blocks: Blocks, break_minutes: int) -> NDArray[np.int64]:
    """[patterns, blocks] 1 where the whole block is worked."""
    covered = np.zeros((len(patterns), len(blocks)), np.int64)
    for row, pattern in enumerate(patterns):
        minutes = np.zeros(DAY, bool)
        for begin, end in pattern.spans(break_minutes):
            minutes[np.arange(begin, end) % DAY] = True
        for block in range(len(blocks)):
            covered[row, block] = minutes[blocks.edges[block] : blocks.edges[block + 1]].all()
    return covered
