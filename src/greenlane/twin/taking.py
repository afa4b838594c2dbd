"""Which truck a lane takes, and which lane an officer goes to, for the event loop."""

from __future__ import annotations

from greenlane.twin.arrays import NOBODY
from greenlane.twin.kernel import inner, row
from greenlane.twin.lines import best_queue, enter, first_blocked, line_up, unblock
from greenlane.twin.run_state import Run


@inner
def is_idle(run: Run, lane: int) -> bool:
    """Whether a lane could take a truck."""
    return row(run.lanes, lane).truck < 0 and bool(row(run.lanes, lane).is_open)


@inner
def take_next(run: Run, lane: int, now: float) -> int:
    """The truck that a free and open lane takes, out of its line; NOBODY when there is none."""
    queue = best_queue(run, lane)
    if queue >= 0:
        line = row(run.queues, queue)
        truck, stage = line.head, line.stage
        line.head = row(run.trucks, truck).behind
        row(run.stages, stage).waiting -= 1
        _fill(run, stage, now)
        return truck
    # Where no place to wait is left, or none was made: straight from the lane before into this one.
    truck, before, stage = first_blocked(run, lane)
    if truck >= 0:
        unblock(run, stage, before, truck)
        enter(run, truck, now)
    return truck


@inner
def _fill(run: Run, stage: int, now: float) -> None:
    """Places that became free go to the trucks that have been blocked longest."""
    while (
        row(run.stages, stage).blocked_head >= 0
        and row(run.stages, stage).waiting < row(run.stages, stage).room
    ):
        moved = row(run.stages, stage).blocked_head
        unblock(run, stage, NOBODY, moved)
        line_up(run, moved, now)


@inner
def lane_for_officer(run: Run, pool: int) -> int:
    """Where a free officer of a pool goes: to the truck that comes first, over all of the pool's lanes; when
    none waits, to the truck blocked longest. NOBODY where there is nothing to do."""
    if row(run.pools, pool).free <= 0:
        return NOBODY
    best, best_rank, best_joined = NOBODY, 0, 0
    for lane in range(len(run.lanes)):
        if row(run.lanes, lane).pool != pool or not is_idle(run, lane):
            continue
        queue = best_queue(run, lane)
        if queue < 0:
            continue
        rank, joined = row(run.queues, queue).rank, row(run.trucks, row(run.queues, queue).head).joined
        if best < 0 or rank < best_rank or (rank == best_rank and joined < best_joined):
            best, best_rank, best_joined = lane, rank, joined
    if best >= 0:
        return best
    for lane in range(len(run.lanes)):
        if row(run.lanes, lane).pool != pool or not is_idle(run, lane):
            continue
        truck, _, _ = first_blocked(run, lane)
        if truck >= 0 and (best < 0 or row(run.trucks, truck).joined < best_joined):
            best, best_joined = lane, row(run.trucks, truck).joined
    return best
