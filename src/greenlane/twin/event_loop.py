"""The event loop: one run of any model, event by event.

Rules, on which results depend; docs/reference/twin.md tells them to users:

- A lane that is free and open takes, of all trucks that wait in queues that it serves, the one of the best
  rank, of those the one that joined its line first. A truck that finds several free lanes goes to the lowest.
- A lane that closes finishes its truck and takes no other until it opens.
- A lane that fails takes no other either; it goes on with its truck after the repair.
- A truck that is served leaves its lane if the next stage has a lane or a waiting place for it. Else it stays
  and blocks the lane; places that become free go to the truck that has been blocked longest.
- A stage with a pool of officers needs one of them for the time of service. An officer who becomes free goes
  to the truck of the best rank, then the longest in line, for which an open lane of the pool is free.
- A convoy is called up whole, once its first truck is; its trucks enter each stage together.
- Within one moment: a truck that comes to a stage without officers of a pool takes a free lane at once; then
  the lanes that became free are looked at, the lowest first, and a pool when one of its lanes is. The officer
  whom a truck sets free does not count as a lane for that truck itself. Trucks blocked before a stage come
  after those in line there.
- Events at one moment: ends of service by lane number, then trucks that reach the barrier, openings and
  closures, officers' shifts, arrivals, each in the order given.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from greenlane.twin.arrays import NO_CALL_UP, NOBODY, PREDICTED_CLOCK, CallUp, Longs, Network, Records
from greenlane.twin.calling import call_next, count_called, drive, release
from greenlane.twin.heap import pop, push
from greenlane.twin.kernel import cell, inner, row
from greenlane.twin.lines import block, enter, has_place, line_up
from greenlane.twin.run_state import (
    CALLED,
    COMING,
    ON_WAY,
    PARKED,
    PENDING,
    Run,
    appear,
    begin,
    look_at,
    look_at_pool,
    next_pending,
)
from greenlane.twin.service import end_of_service
from greenlane.twin.taking import is_idle, lane_for_officer, take_next
from greenlane.twin.tournament import NEVER, as_moment, as_time, play


def run(network: Network, trucks: Records, visits: Records, call_up: CallUp = CallUp()) -> None:
    """One run, until nothing more happens; ``trucks`` and ``visits`` are filled in.

    Args:
        network: not changed.
        trucks: `TRUCK`, in order of arrival.
        visits: `VISIT`, [trucks, longest route].
    """
    _run(begin(network, trucks, visits, call_up), np.flatnonzero(trucks["lane"] >= 0))


@njit(cache=True, nogil=True)
def _run(run: Run, inside: Longs) -> None:
    """Events one after the other.

    Args:
        inside: trucks in lanes at the start.
    """
    for truck in inside:
        appear(run, truck)
        count_called(run, truck)
        cell(run.visits, truck, row(run.trucks, truck).at).enter = row(run.trucks, truck).arrival
        _start(run, truck, row(run.trucks, truck).lane, row(run.trucks, truck).arrival)
    came = changed = shifted = 0
    arrival = row(run.trucks, 0).arrival if len(run.trucks) else np.inf
    plan = _next_in_plan(run, 0, 0)
    while True:
        reaches = run.on_way[0].time if run.counts[ON_WAY] else np.inf
        served, lane = run.ends[1].moment, NOBODY
        now = min(arrival, plan, reaches, as_time(served))
        if now == np.inf:
            break
        if served == as_moment(now):
            lane = run.ends[1].lane
            # Its rounds are played below, when it is known what it does next.
            row(run.ends, (len(run.ends) >> 1) + lane).moment = NEVER
            _end(run, lane, now)
        elif now == reaches:
            _come(run, run.on_way[0].number)
            run.counts[ON_WAY] = pop(run.on_way, run.counts[ON_WAY])
        elif now == plan:
            if changed < len(run.changes) and row(run.changes, changed).time == now:
                _open_or_close(run, row(run.changes, changed).lane, row(run.changes, changed).is_open)
                changed += 1
            else:
                _change_officers(run, row(run.shifts, shifted).pool, row(run.shifts, shifted).officers)
                shifted += 1
            plan = _next_in_plan(run, changed, shifted)
        else:
            _arrive(run, came, now)
            came += 1
            arrival = row(run.trucks, came).arrival if came < len(run.trucks) else np.inf
        is_settled = False
        while not is_settled:
            _settle(run, now)
            is_settled = not call_next(run, now)
        if lane >= 0 and row(run.ends, (len(run.ends) >> 1) + lane).moment == NEVER:
            play(run.ends, lane, NEVER)


@inner
def _next_in_plan(run: Run, changed: int, shifted: int) -> float:
    change = row(run.changes, changed).time if changed < len(run.changes) else np.inf
    shift = row(run.shifts, shifted).time if shifted < len(run.shifts) else np.inf
    return min(change, shift)


@inner
def _come(run: Run, truck: int) -> None:
    """A truck comes to the stage at its position."""
    run.coming[0] = truck
    run.counts[COMING] = 1


@inner
def _arrive(run: Run, truck: int, now: float) -> None:
    """At the barrier, or at the park; those in lanes at the start are there already."""
    if row(run.trucks, truck).lane >= 0:
        return
    appear(run, truck)
    if run.policy == NO_CALL_UP:
        release(run, truck, now)
        _come(run, truck)
    elif row(run.trucks, truck).called:
        release(run, truck, now)
        drive(run, truck, now)
    else:
        run.counts[PARKED] = push(run.parked, run.counts[PARKED], row(run.trucks, truck).turn, truck)


@inner
def _open_or_close(run: Run, lane: int, is_open: bool) -> None:
    row(run.lanes, lane).is_open = is_open
    if is_open:
        look_at(run, lane)


@inner
def _change_officers(run: Run, pool: int, officers: int) -> None:
    row(run.pools, pool).free += officers - row(run.pools, pool).officers
    row(run.pools, pool).officers = officers
    look_at_pool(run, pool)


@inner
def _start(run: Run, truck: int, lane: int, now: float) -> None:
    visit = cell(run.visits, truck, row(run.trucks, truck).at)
    visit.start = now
    visit.lane = lane
    row(run.lanes, lane).truck = truck
    if row(run.lanes, lane).pool >= 0:
        row(run.pools, row(run.lanes, lane).pool).free -= 1
    play(run.ends, lane, as_moment(end_of_service(run.lanes, run.outages, lane, now, visit.service)))


@inner
def _end(run: Run, lane: int, now: float) -> None:
    """A truck is served: it goes on, out, or stays because the next stage is full. A convoy goes on with the
    last of its trucks."""
    truck = row(run.lanes, lane).truck
    kind, position, convoy = (
        row(run.trucks, truck).kind,
        row(run.trucks, truck).at,
        row(run.trucks, truck).convoy,
    )
    cell(run.visits, truck, position).end = now
    if run.policy == PREDICTED_CLOCK:
        row(run.stages, cell(run.steps, kind, position).stage).work -= cell(run.steps, kind, position).mean
    is_last = position + 1 == run.steps.shape[1] or cell(run.steps, kind, position + 1).stage < 0
    stays = not is_last and convoy < 0 and not has_place(run, kind, position + 1)
    pool = row(run.lanes, lane).pool
    if pool >= 0:
        row(run.pools, pool).free += 1
        look_at_pool(run, pool)
    if stays:
        block(run, truck, cell(run.steps, kind, position + 1).stage)
        return
    row(run.lanes, lane).truck = NOBODY
    look_at(run, lane)
    if is_last:
        run.counts[CALLED] -= 1
    elif convoy >= 0:
        _go_on_together(run, convoy)
    else:
        row(run.trucks, truck).at += 1
        _come(run, truck)


@inner
def _go_on_together(run: Run, convoy: int) -> None:
    run.members_left[convoy] -= 1
    if row(run.members_left, convoy) > 0:
        return
    for at in range(row(run.members_from, convoy), row(run.members_from, convoy + 1)):
        row(run.trucks, row(run.members, at)).at += 1
        run.coming[row(run.members_left, convoy)] = row(run.members, at)
        run.members_left[convoy] += 1
    run.counts[COMING] = row(run.members_left, convoy)


@inner
def _settle(run: Run, now: float) -> None:
    """Let those that come take a free lane or line up; then, until no lane that is free and open has anything
    to do, look at the lowest that may have."""
    comer, came, is_lined, at, beyond = NOBODY, 0, False, 0, 0
    while True:
        truck, lane = NOBODY, NOBODY
        if comer >= 0:
            while at < beyond and not is_idle(run, row(run.links, at)):
                at += 1
            if at < beyond:
                lane = row(run.links, at)
                at += 1
                if not is_lined and not row(run.lanes, lane).is_pending:
                    # Nobody is in line for it, or it would have been served.
                    truck, comer = comer, NOBODY
                    enter(run, truck, now)
            if truck < 0:
                if not is_lined:
                    line_up(run, comer, now)
                    is_lined = True
                if lane < 0:
                    comer = NOBODY
                    continue
        elif came < run.counts[COMING]:
            comer, is_lined = row(run.coming, came), False
            came += 1
            step = cell(run.steps, row(run.trucks, comer).kind, row(run.trucks, comer).at)
            at, beyond = step.lanes_from, step.lanes_to
            if step.pool >= 0:
                look_at_pool(run, step.pool)
                at = beyond
            continue
        elif run.counts[PENDING]:
            lane = next_pending(run)
            if row(run.lanes, lane).pool >= 0:
                first = lane
                lane = lane_for_officer(run, row(run.lanes, lane).pool)
                if lane < 0:
                    _looked_at(run, first)
                    continue
            else:
                _looked_at(run, lane)
                if not is_idle(run, lane):
                    continue
        else:
            break
        if truck < 0:
            truck = take_next(run, lane, now)
            if truck < 0:
                continue
            if truck == comer:
                comer = NOBODY
        _start(run, truck, lane, now)
    run.counts[COMING] = 0


@inner
def _looked_at(run: Run, lane: int) -> None:
    row(run.lanes, lane).is_pending = False
    run.counts[PENDING] -= 1
