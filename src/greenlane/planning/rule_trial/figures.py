"""Figures of each group under two sets of rules, and their paired difference from week to week."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from scipy import stats

from greenlane.planning.rule_trial.acting import Acted
from greenlane.planning.rule_trial.groups import Group
from greenlane.planning.rule_trial.placing import BLOCKED, FULL, PLACED
from greenlane.planning.rule_trial.wishes import Flags, Floats, Wishes

NEAR_MINUTES: Final = 120.0
"""A place within so many minutes of the wish counts as near."""
CONFIDENCE: Final = 0.95
Verdict = Literal["better", "worse", "unclear", "same", "unknown"]
CLOCKS: Final = ("access", "early", "outside", "inside")
SHARES: Final = ("placed", "near", "outside.within", "inside.within")
"""Figures of which more is better; of all others less is."""
FIGURES: Final = (
    "placed", "near",
    *(f"{clock}.{statistic}" for clock in CLOCKS for statistic in ("mean", "p50", "p95")),
    "outside.within", "inside.within",
)  # fmt: skip
"""``placed``: of those who asked, who got a place; ``near``: within `NEAR_MINUTES` of the wish. ``access``:
minutes from the wished slot to a later one, of those with a place; ``early``: from arrival to the slot."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Trips of a group under some rules, over all weeks: ``trips`` = ``asked`` + those that chose the live
    queue; ``asked`` = ``placed`` + ``full`` + ``blocked``; ``trips`` = ``came`` + ``fell_through``; ``live``:
    those that came in the live queue, by choice or not; ``stuck``: those that came and never got through."""

    trips: int
    asked: int
    placed: int
    full: int
    blocked: int
    came: int
    fell_through: int
    live: int
    stuck: int


@dataclass(frozen=True, slots=True)
class Compared:
    """One figure: the means over weeks under both rules, and the difference new less old with its 95 %
    interval by Student's t over the weeks; NaN where nothing was measured, or of a single week."""

    old: float
    new: float
    difference: float
    low: float
    high: float
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class GroupFigures:
    """A group's counts and figures, by the names in `FIGURES`."""

    code: str
    old: Counts
    new: Counts
    figures: dict[str, Compared]


def compare_groups(
    wishes: Wishes, groups: tuple[Group, ...], old: Acted, new: Acted, target: float
) -> tuple[GroupFigures, ...]:
    """All groups.

    Args:
        target: minutes that the clocks outside and inside are held against.
    """
    return tuple(
        GroupFigures(
            group.code,
            _counts(wishes, group.trips, old),
            _counts(wishes, group.trips, new),
            {name: _compare(name, wishes, group.trips, old, new, target) for name in FIGURES},
        )
        for group in groups
    )


def verdict_of(name: str, difference: float, low: float, high: float) -> Verdict:
    """What a difference shows: the interval leaves out 0, or is nothing but 0, or holds 0."""
    if difference == low == high == 0.0:
        return "same"
    if not (np.isfinite(difference) and np.isfinite(low) and np.isfinite(high)):
        return "unknown"
    if low <= 0.0 <= high:
        return "unclear"
    return "better" if (high < 0.0) != (name in SHARES) else "worse"


def _counts(wishes: Wishes, trips: Flags, acted: Acted) -> Counts:
    came = trips & ~np.isnan(acted.came)
    outcomes = {
        name: int((trips & (acted.outcome == code)).sum())
        for name, code in (("placed", PLACED), ("full", FULL), ("blocked", BLOCKED))
    }
    return Counts(
        trips=int(trips.sum()),
        asked=int((trips & wishes.books).sum()),
        came=int(came.sum()),
        fell_through=int((trips & ~came).sum()),
        live=int((trips & acted.is_live).sum()),
        stuck=int((came & ~np.isfinite(acted.inside)).sum()),
        **outcomes,
    )


def _compare(name: str, wishes: Wishes, trips: Flags, old: Acted, new: Acted, target: float) -> Compared:
    weeks = [trips & (wishes.week == week) for week in range(wishes.weeks)]
    before, after = (
        np.array([_figure(name, wishes, week, acted, target) for week in weeks]) for acted in (old, new)
    )
    known = ~np.isnan(before) & ~np.isnan(after)
    if not known.any():
        return Compared(_mean(before), _mean(after), np.nan, np.nan, np.nan, "unknown")
    before, after = before[known], after[known]
    with np.errstate(invalid="ignore"):
        each = np.where(before == after, 0.0, after - before)
    difference, low, high = _interval(each)
    return Compared(
        float(before.mean()), float(after.mean()), difference, low, high,
        verdict_of(name, difference, low, high),
    )  # fmt: skip


def _mean(each: Floats) -> float:
    known = each[~np.isnan(each)]
    return float(known.mean()) if len(known) else float("nan")


def _interval(each: Floats) -> tuple[float, float, float]:
    mean = float(each.mean())
    if not each.any():
        return 0.0, 0.0, 0.0
    if len(each) < 2 or not np.isfinite(each).all():
        return mean, float("nan"), float("nan")
    spread = float(each.std(ddof=1) / np.sqrt(len(each)))
    half = spread * float(stats.t.ppf(0.5 + CONFIDENCE / 2.0, len(each) - 1))
    return mean, mean - half, mean + half


def _figure(name: str, wishes: Wishes, trips: Flags, acted: Acted, target: float) -> float:
    """A figure of some trips; NaN where there is none to measure."""
    if name in ("placed", "near"):
        asked = trips & wishes.books
        got = acted.outcome == PLACED
        if name == "near":
            got &= np.abs(acted.shift) <= NEAR_MINUTES
        return float(got[asked].mean()) if asked.any() else float("nan")
    clock, _, statistic = name.partition(".")
    minutes = _minutes(clock, trips, acted)
    if not len(minutes):
        return float("nan")
    return _STATISTICS[statistic](minutes) if statistic != "within" else float((minutes <= target).mean())


def _minutes(clock: str, trips: Flags, acted: Acted) -> Floats:
    if clock == "access":
        later: Floats = np.maximum(acted.shift[trips & (acted.outcome == PLACED)], 0.0)
        return later
    clocks = {"early": acted.early, "outside": acted.outside, "inside": acted.inside}
    minutes: Floats = clocks[clock][trips & ~np.isnan(acted.came)]
    return minutes


def _quantile(level: float) -> Callable[[Floats], float]:
    return lambda minutes: float(np.quantile(minutes, level, method="inverted_cdf"))


_STATISTICS: Final[dict[str, Callable[[Floats], float]]] = {
    "mean": lambda minutes: float(minutes.mean()),
    "p50": _quantile(0.5),
    "p95": _quantile(0.95),
}
