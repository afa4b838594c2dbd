"""The clocks of a run's trucks and the figures of one replication, compiled."""

from __future__ import annotations

from typing import Final

import numpy as np
from numba import njit

from greenlane.twin.arrays import Floats, Ints, Records

CLOCK: Final = np.dtype(
    [("number", "i4"), ("kind", "i4"), ("due", "f8"), ("outside", "f8"), ("inside", "f8")], align=True
)
"""[trucks counted] whose luck it has; its kind; minutes from the start of the run at which it was due; the
clocks outside (NaN for one that was inside at the start) and inside, in minutes, inf where it never ends."""
STATISTICS: Final = ("trucks", "mean", "p50", "p90", "p95", "p99", "most", "within")
"""Of each measure: how many trucks; mean, quantiles and greatest of the minutes; share within the target."""


@njit(cache=True, nogil=True)
def clocks_of(
    trucks: Records, visits: Records, numbers: Ints, due: Floats, entered: Floats, last: Ints,
    counted: Floats, clocks: Records,
) -> int:  # fmt: skip
    """Fill in the clocks of the trucks that are due within ``counted``; how many they are.

    Args:
        trucks, visits: of a run.
        numbers, due, entered: of the trucks, as `greenlane.twin.drawing.Drawn` has them.
        last: [kinds] position of the last stage of each kind's way.
        counted: first minute and the minute after the last.
        clocks: `CLOCK`, as many as trucks.
    """
    count = 0
    for truck in range(len(trucks)):
        if not counted[0] <= max(due[truck], 0.0) < counted[1]:
            continue
        kind = trucks[truck].kind
        was_inside = not np.isnan(entered[truck])
        entry = entered[truck] if was_inside else visits[truck, 0].start
        leaves = visits[truck, last[kind]].end
        clocks[count].number = numbers[truck]
        clocks[count].kind = kind
        clocks[count].due = due[truck]
        if was_inside:
            clocks[count].outside = np.nan
        else:
            clocks[count].outside = np.inf if np.isnan(entry) else max(entry - due[truck], 0.0)
        clocks[count].inside = np.inf if np.isnan(leaves) else leaves - entry
        count += 1
    return count


@njit(cache=True, nogil=True)
def clock_figures(clocks: Records, group_of: Ints, target: float, figures: Floats) -> None:
    """Figures of the clocks outside, inside and of both together, of all trucks and of each group.

    Args:
        clocks: `CLOCK`.
        group_of: [kinds, groups] 1 where a kind is in a group.
        figures: [3 * (1 + groups), statistics], filled in.
    """
    groups = group_of.shape[1]
    minutes = np.empty((3 * (1 + groups), len(clocks)))
    sizes = np.zeros(3 * (1 + groups), np.int64)
    for at in range(len(clocks)):
        outside, inside = clocks[at].outside, clocks[at].inside
        for group in range(1 + groups):
            if group > 0 and not group_of[clocks[at].kind, group - 1]:
                continue
            row = 3 * group
            if not np.isnan(outside):
                minutes[row, sizes[row]] = outside
                minutes[row + 2, sizes[row + 2]] = outside + inside
                sizes[row] += 1
                sizes[row + 2] += 1
            minutes[row + 1, sizes[row + 1]] = inside
            sizes[row + 1] += 1
    for row in range(len(sizes)):
        _describe(minutes[row, : sizes[row]], target, figures[row])


@njit(cache=True, nogil=True)
def stage_figures(
    trucks: Records, visits: Records, steps: Records, due: Floats, counted: Floats, target: float,
    waits: Floats, busy: Floats,
) -> None:  # fmt: skip
    """Figures of the waits before each stage, and the minutes of work done there within ``counted``.

    Args:
        steps: of the network.
        waits: [stages, statistics], filled in.
        busy: [stages] minutes during which lanes of the stage had a truck, filled in.
    """
    stages = len(waits)
    minutes = np.empty((stages, len(trucks)))
    sizes = np.zeros(stages, np.int64)
    busy[:] = 0.0
    for truck in range(len(trucks)):
        is_counted = counted[0] <= max(due[truck], 0.0) < counted[1]
        for position in range(steps.shape[1]):
            stage = steps[trucks[truck].kind, position].stage
            if stage < 0:
                break
            start, end = visits[truck, position].start, visits[truck, position].end
            if np.isnan(start):
                if is_counted and not np.isnan(visits[truck, position].enter):
                    minutes[stage, sizes[stage]] = np.inf
                    sizes[stage] += 1
                continue
            busy[stage] += max(0.0, min(end, counted[1]) - max(start, counted[0]))
            if is_counted:
                minutes[stage, sizes[stage]] = start - visits[truck, position].enter
                sizes[stage] += 1
    for stage in range(stages):
        _describe(minutes[stage, : sizes[stage]], target, waits[stage])


@njit(cache=True, nogil=True)
def _describe(minutes: Floats, target: float, row: Floats) -> None:
    """`STATISTICS` of some minutes, whose order is changed; quantiles are order statistics.

    Many trucks wait no time at all: these are counted, and the others sorted.
    """
    count = len(minutes)
    row[:] = np.nan
    row[0] = count
    if count == 0:
        return
    row[1] = minutes.mean()
    positive = 0
    for at in range(count):
        if minutes[at] > 0.0:
            minutes[positive] = minutes[at]
            positive += 1
    nothing = count - positive
    above = minutes[:positive]
    above.sort()
    row[2] = _at(above, nothing, 0.5)
    row[3] = _at(above, nothing, 0.9)
    row[4] = _at(above, nothing, 0.95)
    row[5] = _at(above, nothing, 0.99)
    row[6] = above[-1] if positive else 0.0
    row[7] = (nothing + np.searchsorted(above, target, side="right")) / count


@njit(cache=True, nogil=True)
def _at(above: Floats, nothing: int, level: float) -> float:
    """The order statistic of a quantile, of so many zeros and the ascending minutes above them."""
    place = max(int(np.ceil((nothing + len(above)) * level - 1e-9)) - 1, 0)
    return above[place - nothing] if place >= nothing else 0.0
