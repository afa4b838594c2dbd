"""Call-up, for the event loop: who leaves the park, and when."""

from __future__ import annotations

import numpy as np

from greenlane.twin.arrays import INSIDE_LIMIT, PREDICTED_CLOCK
from greenlane.twin.heap import pop, push
from greenlane.twin.kernel import cell, inner, row
from greenlane.twin.run_state import CALLED, COMING, ON_WAY, PARKED, Run


@inner
def release(run: Run, truck: int, now: float) -> None:
    """Let a truck leave its park, if it has one."""
    row(run.trucks, truck).release = now
    if row(run.trucks, truck).convoy >= 0:
        run.is_called[row(run.trucks, truck).convoy] = 1
    count_called(run, truck)


@inner
def count_called(run: Run, truck: int) -> None:
    """Count a truck as called, with the work that it brings."""
    run.counts[CALLED] += 1
    if run.policy == PREDICTED_CLOCK:
        kind = row(run.trucks, truck).kind
        for position in range(row(run.trucks, truck).at, run.steps.shape[1]):
            step = cell(run.steps, kind, position)
            if step.stage < 0:
                break
            row(run.stages, step.stage).work += step.mean


@inner
def call_next(run: Run, now: float) -> bool:
    """Call the next in turn if it may go; it is then on its way, or comes to its first stage at once."""
    if run.counts[PARKED] == 0:
        return False
    truck = run.parked[0].number
    if not _may_go(run, truck):
        return False
    run.counts[PARKED] = pop(run.parked, run.counts[PARKED])
    release(run, truck, now)
    drive(run, truck, now)
    return True


@inner
def drive(run: Run, truck: int, now: float) -> None:
    """Be on the way to the barrier, or come to the first stage at once."""
    if row(run.trucks, truck).travel > 0.0:
        run.counts[ON_WAY] = push(run.on_way, run.counts[ON_WAY], now + row(run.trucks, truck).travel, truck)
    else:
        run.coming[0] = truck
        run.counts[COMING] = 1


@inner
def _may_go(run: Run, truck: int) -> bool:
    """The rest of a convoy follows the first of it, for inside they wait for each other."""
    convoy = row(run.trucks, truck).convoy
    if convoy >= 0 and row(run.is_called, convoy):
        return True
    if run.policy == INSIDE_LIMIT:
        return run.counts[CALLED] < run.limit
    inside, checks = _predicted_clock(run, truck)
    # Whose checks take longer than the target goes when it would not wait: it can only get worse.
    return inside <= max(run.target, checks)


@inner
def _predicted_clock(run: Run, truck: int) -> tuple[float, float]:
    """Minutes from entry to exit for a truck that is released now, and those of its checks alone.

    As a fluid: the work of those called before it, spread over the open lanes, less what they get done before
    it comes there.
    """
    kind, way, inside, checks = row(run.trucks, truck).kind, row(run.trucks, truck).travel, 0.0, 0.0
    for position in range(run.steps.shape[1]):
        step, open_lanes = cell(run.steps, kind, position), 0
        if step.stage < 0:
            break
        for at in range(row(run.queues, step.queue).lanes_from, row(run.queues, step.queue).lanes_to):
            open_lanes += row(run.lanes, row(run.links, at)).is_open
        if open_lanes == 0:
            return np.inf, 0.0
        wait = max(0.0, row(run.stages, step.stage).work / open_lanes - way)
        if position > 0:
            inside += wait
        inside += step.mean
        checks += step.mean
        way += wait + step.mean
    return inside, checks
