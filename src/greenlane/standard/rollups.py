"""Many small groups of passages rolled up at once, and many stored roll-ups made one. Pure: no Django."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from greenlane.standard.columns import MEASURED, REASONS, ClockColumn
from greenlane.standard.histograms import BINS, EDGES, Histogram, summarise_histogram
from greenlane.standard.outcomes import NOT_OWED, Reason
from greenlane.standard.shares import LIMITS, Share
from greenlane.standard.summary import ClockSummary

Form = dict[str, Any]
"""`Histogram.as_dict`, and ``share``: the standard, and who is within it, over it and undecided."""
IntArray = NDArray[np.int64]


def roll(column: ClockColumn, groups: IntArray, count: int, limit_s: float) -> list[Form]:
    """The forms of one clock for each group of passages.

    The same as `Histogram.of` of each group by itself, but for the last digits of the sums; over hundreds of
    groups of a few trucks it is some fifty times as fast.

    Args:
        column: the clock of n passages.
        groups: the group of each passage, 0 to count - 1, int64, shape (n,).
        count: number of groups.
        limit_s: the standard, itself within, which need not be an edge of the bins.
    """
    measured = column.reason == MEASURED
    owed = ~np.isin(column.reason, _NOT_OWED_CODES) & ~measured
    certain = owed & ~np.isnan(column.at_least)
    over = certain & (column.at_least > limit_s)
    within = np.bincount(groups[column.seconds <= limit_s], minlength=count)
    slow = np.bincount(groups[(column.seconds > limit_s) | over], minlength=count)
    undecided = np.bincount(groups[owed & ~over], minlength=count)
    totals = np.bincount(groups[measured], weights=column.seconds[measured], minlength=count)
    longest = np.zeros(count)
    np.maximum.at(longest, groups[measured], column.seconds[measured])
    forms: list[Form] = [
        {
            "bins": {},
            "at_least": {},
            "missing": {},
            "total_s": float(totals[group]),
            "max_s": float(longest[group]),
            "share": [limit_s, int(within[group]), int(slow[group]), int(undecided[group])],
        }
        for group in range(count)
    ]
    _tally(forms, "bins", groups[measured], np.searchsorted(EDGES, column.seconds[measured]), BINS)
    _tally(forms, "at_least", groups[certain], np.searchsorted(EDGES, column.at_least[certain]), BINS)
    _tally(forms, "missing", groups[~measured], column.reason[~measured], len(REASONS), _REASON_NAMES)
    return forms


_REASON_NAMES = tuple(str(reason) for reason in REASONS)
_NOT_OWED_CODES = [code for code, reason in enumerate(REASONS) if reason in NOT_OWED]


def _tally(
    forms: list[Form],
    part: str,
    groups: IntArray,
    places: NDArray[Any],
    width: int,
    names: Sequence[str] | None = None,
) -> None:
    """Count places by group into a part of the forms."""
    keys, counts = np.unique(groups * width + places, return_counts=True)
    for key, count in zip(keys.tolist(), counts.tolist(), strict=True):
        group, place = divmod(key, width)
        forms[group][part][names[place] if names else str(place)] = count


def merge(forms: Iterable[Mapping[str, Any]]) -> Histogram:
    """The histogram of all passages together; in milliseconds for months of hours."""
    bins, at_least = np.zeros(BINS, dtype=np.int64), np.zeros(BINS, dtype=np.int64)
    missing: dict[str, int] = {}
    totals: list[float] = []
    max_s = 0.0
    for form in forms:
        for place, count in form["bins"].items():
            bins[int(place)] += count
        for place, count in form["at_least"].items():
            at_least[int(place)] += count
        for reason, count in form["missing"].items():
            missing[reason] = missing.get(reason, 0) + count
        totals.append(form["total_s"])
        max_s = max(max_s, form["max_s"])
    in_order = {reason: missing[reason] for reason in Reason if reason in missing}
    return Histogram(bins, at_least, in_order, math.fsum(totals), max_s)


def summarise(forms: Iterable[Mapping[str, Any]], *, limit_s: float, promised: float) -> ClockSummary:
    """The summary of a clock over roll-ups of disjoint groups; the share within `limit_s` is exact.

    Where the standard was another when a group was rolled up, its share is counted from the bins.

    Args:
        forms: as `roll` makes them.
        limit_s: the standard.
        promised: share that the checkpoint promises within it.

    Raises:
        ValueError: a group was counted against another standard, and this one is not an edge of the bins.
    """
    kept = list(forms)
    histogram = merge(kept)
    if all(form["share"][0] == limit_s for form in kept):
        own = sum((Share(*form["share"]) for form in kept), Share(limit_s, 0, 0, 0))
    else:
        own = histogram.share(limit_s)
    rest = [limit for limit in LIMITS if limit != limit_s]
    summary = summarise_histogram(histogram, limits=rest, promised=promised)
    return replace(summary, shares=(own, *summary.shares))
