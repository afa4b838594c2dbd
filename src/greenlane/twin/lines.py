"""Lines of trucks, for the event loop: of those that wait before a stage, and of those blocked before it."""

from __future__ import annotations

from greenlane.twin.arrays import NOBODY
from greenlane.twin.kernel import cell, inner, row
from greenlane.twin.run_state import JOINED, Run, look_at


@inner
def enter(run: Run, truck: int, now: float) -> None:
    """Come to the stage at its position."""
    cell(run.visits, truck, row(run.trucks, truck).at).enter = now
    row(run.trucks, truck).joined = run.counts[JOINED]
    run.counts[JOINED] += 1


@inner
def line_up(run: Run, truck: int, now: float) -> None:
    """Come to the stage at its position, and join the line before it."""
    enter(run, truck, now)
    joining = row(run.trucks, truck)
    line = row(run.queues, cell(run.steps, joining.kind, joining.at).queue)
    joining.behind = NOBODY
    if line.head < 0:
        line.head = truck
    else:
        row(run.trucks, line.tail).behind = truck
    line.tail = truck
    row(run.stages, line.stage).waiting += 1


@inner
def best_queue(run: Run, lane: int) -> int:
    """The queue whose first truck the lane takes next; NOBODY when none waits."""
    queues, trucks = run.queues, run.trucks
    only = row(run.lanes, lane).only_queue
    if only >= 0:
        return only if row(queues, only).head >= 0 else NOBODY
    best = NOBODY
    for at in range(row(run.lanes, lane).queues_from, row(run.lanes, lane).queues_to):
        queue = row(run.links, at)
        if row(queues, queue).head < 0:
            continue
        if best < 0:
            best = queue
        elif row(queues, queue).rank > row(queues, best).rank:
            break
        elif row(trucks, row(queues, queue).head).joined < row(trucks, row(queues, best).head).joined:
            best = queue
    return best


@inner
def first_blocked(run: Run, lane: int) -> tuple[int, int, int]:
    """Of the trucks blocked before the lane's stages that it takes, the one blocked longest; the one before
    it in that line; the stage. NOBODY each where there is none."""
    trucks = run.trucks
    best, best_before, best_stage = NOBODY, NOBODY, NOBODY
    for at in range(row(run.lanes, lane).stages_from, row(run.lanes, lane).stages_to):
        stage = row(run.links, at)
        before, truck = NOBODY, row(run.stages, stage).blocked_head
        while truck >= 0:
            queue = cell(run.steps, row(trucks, truck).kind, row(trucks, truck).at + 1).queue
            if _serves(run, lane, queue):
                if best < 0 or row(trucks, truck).joined < row(trucks, best).joined:
                    best, best_before, best_stage = truck, before, stage
                break
            before, truck = truck, row(trucks, truck).behind
    return best, best_before, best_stage


@inner
def _serves(run: Run, lane: int, queue: int) -> bool:
    found = False
    for at in range(row(run.lanes, lane).queues_from, row(run.lanes, lane).queues_to):
        found |= row(run.links, at) == queue
    return found


@inner
def block(run: Run, truck: int, stage: int) -> None:
    """Join the line of those that stay in their lanes because the stage is full."""
    trucks, full = run.trucks, row(run.stages, stage)
    row(trucks, truck).joined = run.counts[JOINED]
    run.counts[JOINED] += 1
    row(trucks, truck).behind = NOBODY
    if full.blocked_head < 0:
        full.blocked_head = truck
    else:
        row(trucks, full.blocked_tail).behind = truck
    full.blocked_tail = truck


@inner
def unblock(run: Run, stage: int, before: int, truck: int) -> None:
    """Take a truck out of the line of those blocked before a stage, and out of its lane."""
    trucks = run.trucks
    if before < 0:
        row(run.stages, stage).blocked_head = row(trucks, truck).behind
    else:
        row(trucks, before).behind = row(trucks, truck).behind
    if row(run.stages, stage).blocked_tail == truck:
        row(run.stages, stage).blocked_tail = before
    lane = cell(run.visits, truck, row(trucks, truck).at).lane
    row(run.lanes, lane).truck = NOBODY
    row(trucks, truck).at += 1
    look_at(run, lane)


@inner
def has_place(run: Run, kind: int, position: int) -> bool:
    """Whether a truck may go on: a place to wait, or a lane that takes it at once."""
    step = cell(run.steps, kind, position)
    if step.room < 0 or row(run.stages, step.stage).waiting < step.room:
        return True
    if step.pool >= 0 and row(run.pools, step.pool).free <= 0:
        return False
    for at in range(step.lanes_from, step.lanes_to):
        lane = row(run.lanes, row(run.links, at))
        if lane.truck < 0 and lane.is_open:
            return True
    return False
