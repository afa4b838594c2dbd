"""What is counted of a run's trucks, compiled: kept standards, work done, reasons of lateness."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from greenlane.twin.arrays import Floats, Ints, Records

Flags = NDArray[np.bool_]
DAY = 1440.0


@njit(cache=True, nogil=True)
def add_busy(
    trucks: Records, visits: Records, steps: Records, at_stage: Flags, taken: Flags, counted: Floats,
    edges: Floats, total: Floats,
) -> None:  # fmt: skip
    """Add each service to the block of the day in which it began."""
    for truck in range(len(trucks)):
        kind = trucks[truck].kind
        if not taken[kind]:
            continue
        for position in range(steps.shape[1]):
            stage = steps[kind, position].stage
            if stage < 0:
                break
            start = visits[truck, position].start
            if at_stage[stage] and counted[0] <= start < counted[1]:
                block = np.searchsorted(edges, start % DAY, side="right") - 1
                total[block] += visits[truck, position].service


@njit(cache=True, nogil=True)
def count_within(
    trucks: Records, visits: Records, due: Floats, last: Ints, in_group: Flags, counted: Floats,
    target: float,
) -> Floats:  # fmt: skip
    """Trucks of the group, and those within the target on the clocks outside and inside."""
    counts = np.zeros(3)
    for truck in range(len(trucks)):
        kind = trucks[truck].kind
        if not in_group[kind] or not counted[0] <= due[truck] < counted[1]:
            continue
        entry, leaves = visits[truck, 0].start, visits[truck, last[kind]].end
        counts[0] += 1
        counts[1] += entry - due[truck] <= target
        counts[2] += leaves - entry <= target
    return counts


@njit(cache=True, nogil=True)
def add_late(
    trucks: Records, visits: Records, steps: Records, due: Floats, last: Ints, in_group: Flags,
    counted: Floats, target: float, wants_outside: bool, wants_inside: bool, late: NDArray[np.int64],
) -> None:  # fmt: skip
    """Add each late truck to the reason and the hour of the day at which it was due.

    Args:
        late: [stages + 2, 24] by stage, then outside, then service.
    """
    stages = len(late) - 2
    for truck in range(len(trucks)):
        kind = trucks[truck].kind
        if not in_group[kind] or not counted[0] <= due[truck] < counted[1]:
            continue
        entry, leaves = visits[truck, 0].start, visits[truck, last[kind]].end
        hour = int(due[truck] // 60.0) % 24
        if wants_outside and not entry - due[truck] <= target:
            late[stages, hour] += 1
            continue
        if not wants_inside or leaves - entry <= target:
            continue
        worst, longest, work = stages + 1, 0.0, 0.0
        for position in range(last[kind] + 1):
            work += visits[truck, position].service
            wait = visits[truck, position].start - visits[truck, position].enter
            if position > 0 and not wait <= longest:
                worst, longest = steps[kind, position].stage, wait
        late[stages + 1 if work > target else worst, hour] += 1
