"""The event loop: one run of any model, event by event.

Rules, on which results depend; docs/reference/twin.md tells them to users:

- A lane that is free and open takes, of all trucks that wait in queues that it serves, the one of the best
  rank, of those the one that joined its line first. A truck that finds several free lanes goes to the lowest.
- A lane that closes finishes its truck and takes no other until it opens.
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

from greenlane.twin.arrays import (
    EVENT,
    INSIDE_LIMIT,
    NO_CALL_UP,
    NOBODY,
    CallUp,
    Ints,
    Longs,
    Network,
    Records,
)
from greenlane.twin.heap import pop, push
from greenlane.twin.kernel import inner

_EVENTS, _JOINED, _PENDING, _LAST, _CALLED, _PARKED = range(6)
"""Counts: events to come; trucks that joined a line so far; lanes to be looked at, and the last of them;
trucks called and not out; trucks in parks."""


def run(network: Network, trucks: Records, visits: Records, call_up: CallUp = CallUp()) -> None:
    """One run, until nothing more happens; ``trucks`` and ``visits`` are filled in.

    Args:
        network: not changed.
        trucks: `TRUCK`, in order of arrival.
        visits: `VISIT`, [trucks, longest route].
    """
    lanes, members = network.lanes.copy(), _convoys(trucks)
    _run(
        network.steps,
        network.queues.copy(),
        network.stages.copy(),
        lanes,
        network.pools.copy(),
        network.changes,
        network.shifts,
        network.links,
        trucks,
        visits,
        np.empty(len(lanes) + len(trucks) + 1, EVENT),
        np.empty(len(trucks) + 1, EVENT),
        *members,
        call_up.policy,
        call_up.limit,
        call_up.target,
    )


def _convoys(trucks: Records) -> tuple[Ints, Ints, Ints]:
    """Trucks by convoy, where each convoy's begin (one more at the end), and how many are not served yet."""
    convoys = trucks["convoy"].max(initial=NOBODY) + 1
    by_convoy = np.argsort(trucks["convoy"], kind="stable").astype(np.int32)
    members = by_convoy[np.count_nonzero(trucks["convoy"] < 0) :]
    sizes = np.bincount(trucks["convoy"][members], minlength=convoys).astype(np.int32)
    return members, np.concatenate(([0], np.cumsum(sizes))).astype(np.int32), sizes


@njit(cache=True, nogil=True)
def _run(
    steps: Records, queues: Records, stages: Records, lanes: Records, pools: Records, changes: Records,
    shifts: Records, links: Ints, trucks: Records, visits: Records, events: Records, parked: Records,
    members: Ints, members_from: Ints, members_left: Ints, policy: int, limit: int, target: float,
) -> None:  # fmt: skip
    counts = np.zeros(6, np.int64)
    _begin(queues, stages, lanes, pools, trucks, visits)
    for truck in range(len(trucks)):
        if trucks[truck].lane >= 0:
            now = trucks[truck].arrival
            _count_called(steps, stages, trucks, counts, truck)
            visits[truck, trucks[truck].at].enter = now
            _start(
                steps, stages, lanes, pools, trucks, visits, events, counts, truck, trucks[truck].lane, now
            )
    came = changed = shifted = 0
    while True:
        event = events[0].time if counts[_EVENTS] else np.inf
        change = changes[changed].time if changed < len(changes) else np.inf
        shift = shifts[shifted].time if shifted < len(shifts) else np.inf
        arrival = trucks[came].arrival if came < len(trucks) else np.inf
        if event <= change and event <= shift and event <= arrival:
            if event == np.inf:
                break
            now = event
            number = events[0].number
            counts[_EVENTS] = pop(events, counts[_EVENTS])
            if number < len(lanes):
                convoy = _end(
                    steps, queues, stages, lanes, pools, links, trucks, visits, events, counts, number, now
                )
                if convoy >= 0:
                    members_left[convoy] -= 1
                    if members_left[convoy] == 0:
                        for member in members[members_from[convoy] : members_from[convoy + 1]]:
                            members_left[convoy] += 1
                            trucks[member].at += 1
                            _join(
                                steps,
                                queues,
                                stages,
                                lanes,
                                pools,
                                links,
                                trucks,
                                visits,
                                events,
                                counts,
                                member,
                                now,
                            )
            else:
                _join(
                    steps,
                    queues,
                    stages,
                    lanes,
                    pools,
                    links,
                    trucks,
                    visits,
                    events,
                    counts,
                    number - len(lanes),
                    now,
                )
        elif change <= shift and change <= arrival:
            now = change
            lane = changes[changed].lane
            lanes[lane].is_open = changes[changed].is_open
            if lanes[lane].is_open:
                _look_at(lanes, counts, lane)
            changed += 1
        elif shift <= arrival:
            now = shift
            pool = shifts[shifted].pool
            pools[pool].free += shifts[shifted].officers - pools[pool].officers
            pools[pool].officers = shifts[shifted].officers
            _look_at_pool(lanes, counts, pool)
            shifted += 1
        else:
            now = arrival
            if trucks[came].lane < 0:
                if policy == NO_CALL_UP or trucks[came].called:
                    trucks[came].release = now
                    _count_called(steps, stages, trucks, counts, came)
                    _join(
                        steps, queues, stages, lanes, pools, links, trucks, visits, events, counts, came, now
                    )
                else:
                    counts[_PARKED] = push(parked, counts[_PARKED], trucks[came].turn, came)
            came += 1
        if counts[_PENDING]:
            _settle(steps, queues, stages, lanes, pools, links, trucks, visits, events, counts, now)
        while counts[_PARKED]:
            truck = parked[0].number
            if _goes_with_its_convoy(trucks, members, members_from, truck):
                pass
            elif policy == INSIDE_LIMIT:
                if counts[_CALLED] >= limit:
                    break
            elif _predicted_clock(steps, queues, stages, lanes, links, trucks, truck) > target:
                break
            counts[_PARKED] = pop(parked, counts[_PARKED])
            trucks[truck].release = now
            _count_called(steps, stages, trucks, counts, truck)
            if trucks[truck].travel > 0.0:
                counts[_EVENTS] = push(
                    events, counts[_EVENTS], now + trucks[truck].travel, len(lanes) + truck
                )
            else:
                _join(steps, queues, stages, lanes, pools, links, trucks, visits, events, counts, truck, now)
                _settle(steps, queues, stages, lanes, pools, links, trucks, visits, events, counts, now)


@inner
def _begin(
    queues: Records, stages: Records, lanes: Records, pools: Records, trucks: Records, visits: Records
) -> None:
    for queue in range(len(queues)):
        queues[queue].head = queues[queue].tail = NOBODY
    for stage in range(len(stages)):
        stages[stage].waiting = 0
        stages[stage].blocked_head = stages[stage].blocked_tail = NOBODY
        stages[stage].work = 0.0
    for lane in range(len(lanes)):
        lanes[lane].truck = NOBODY
        lanes[lane].is_pending = False
    for pool in range(len(pools)):
        pools[pool].free = pools[pool].officers
    for truck in range(len(trucks)):
        trucks[truck].at = trucks[truck].position
        trucks[truck].behind = NOBODY
        trucks[truck].release = np.nan
        for position in range(visits.shape[1]):
            visits[truck, position].enter = np.nan
            visits[truck, position].start = np.nan
            visits[truck, position].end = np.nan
            visits[truck, position].lane = NOBODY


@inner
def _goes_with_its_convoy(trucks: Records, members: Ints, members_from: Ints, truck: int) -> bool:
    """Whether another truck of its convoy was called already: the rest then follows, for inside they wait for
    each other."""
    convoy, goes = trucks[truck].convoy, False
    if convoy >= 0:
        for at in range(members_from[convoy], members_from[convoy + 1]):
            goes |= not np.isnan(trucks[members[at]].release)
    return goes


@inner
def _predicted_clock(
    steps: Records, queues: Records, stages: Records, lanes: Records, links: Ints, trucks: Records, truck: int
) -> float:
    """Minutes from entry to exit for a truck that is released now, as a fluid: the work of those called
    before it, spread over the open lanes, less what they get done before it comes there."""
    kind, way, inside = trucks[truck].kind, trucks[truck].travel, 0.0
    for position in range(steps.shape[1]):
        stage = steps[kind, position].stage
        if stage < 0:
            break
        queue, open_lanes = steps[kind, position].queue, 0
        for at in range(queues[queue].lanes_from, queues[queue].lanes_to):
            open_lanes += lanes[links[at]].is_open
        if open_lanes == 0:
            return np.inf
        wait = max(0.0, stages[stage].work / open_lanes - way)
        if position > 0:
            inside += wait
        inside += steps[kind, position].mean
        way += wait + steps[kind, position].mean
    return inside


@inner
def _count_called(steps: Records, stages: Records, trucks: Records, counts: Longs, truck: int) -> None:
    counts[_CALLED] += 1
    kind = trucks[truck].kind
    for position in range(trucks[truck].at, steps.shape[1]):
        stage = steps[kind, position].stage
        if stage < 0:
            break
        stages[stage].work += steps[kind, position].mean


@inner
def _join(
    steps: Records, queues: Records, stages: Records, lanes: Records, pools: Records, links: Ints,
    trucks: Records, visits: Records, events: Records, counts: Longs, truck: int, now: float,
) -> None:  # fmt: skip
    """A truck comes to the stage at its position; a free lane takes it at once."""
    queue = _line_up(steps, queues, stages, trucks, visits, counts, truck, now)
    pool = stages[queues[queue].stage].pool
    if pool >= 0:
        _look_at_pool(lanes, counts, pool)
        return
    for at in range(queues[queue].lanes_from, queues[queue].lanes_to):
        lane = links[at]
        if lanes[lane].truck < 0 and lanes[lane].is_open:
            served = _serve_next(
                steps, queues, stages, lanes, pools, links, trucks, visits, events, counts, lane, now
            )
            if served == truck:
                return


@inner
def _line_up(
    steps: Records, queues: Records, stages: Records, trucks: Records, visits: Records, counts: Longs,
    truck: int, now: float,
) -> int:  # fmt: skip
    position = trucks[truck].at
    queue = steps[trucks[truck].kind, position].queue
    visits[truck, position].enter = now
    trucks[truck].joined = counts[_JOINED]
    counts[_JOINED] += 1
    trucks[truck].behind = NOBODY
    if queues[queue].head < 0:
        queues[queue].head = truck
    else:
        trucks[queues[queue].tail].behind = truck
    queues[queue].tail = truck
    stages[queues[queue].stage].waiting += 1
    return queue


@inner
def _best_queue(queues: Records, lanes: Records, links: Ints, trucks: Records, lane: int) -> int:
    """The queue whose first truck the lane takes next; NOBODY when none waits."""
    best, best_rank, best_joined = NOBODY, 0, 0
    for at in range(lanes[lane].queues_from, lanes[lane].queues_to):
        queue = links[at]
        if best >= 0 and queues[queue].rank > best_rank:
            break
        first = queues[queue].head
        if first >= 0 and (best < 0 or trucks[first].joined < best_joined):
            best, best_rank, best_joined = queue, queues[queue].rank, trucks[first].joined
    return best


@inner
def _serve_next(
    steps: Records, queues: Records, stages: Records, lanes: Records, pools: Records, links: Ints,
    trucks: Records, visits: Records, events: Records, counts: Longs, lane: int, now: float,
) -> int:  # fmt: skip
    """Let a free and open lane take a truck; NOBODY when there is none, or no officer."""
    pool = lanes[lane].pool
    if pool >= 0 and pools[pool].free <= 0:
        return NOBODY
    queue = _best_queue(queues, lanes, links, trucks, lane)
    if queue < 0:
        return _take_blocked(
            steps, queues, stages, lanes, pools, links, trucks, visits, events, counts, lane, now
        )
    truck, stage = queues[queue].head, queues[queue].stage
    queues[queue].head = trucks[truck].behind
    stages[stage].waiting -= 1
    _start(steps, stages, lanes, pools, trucks, visits, events, counts, truck, lane, now)
    while stages[stage].blocked_head >= 0 and stages[stage].waiting < stages[stage].room:
        moved = stages[stage].blocked_head
        _unblock(stages, lanes, trucks, visits, counts, stage, NOBODY, moved)
        _line_up(steps, queues, stages, trucks, visits, counts, moved, now)
    return truck


@inner
def _take_blocked(
    steps: Records, queues: Records, stages: Records, lanes: Records, pools: Records, links: Ints,
    trucks: Records, visits: Records, events: Records, counts: Longs, lane: int, now: float,
) -> int:  # fmt: skip
    """Where no place to wait is left, or none was made: straight from the lane before into this one."""
    truck, before, stage = _first_blocked(steps, stages, lanes, links, trucks, lane)
    if truck >= 0:
        _unblock(stages, lanes, trucks, visits, counts, stage, before, truck)
        visits[truck, trucks[truck].at].enter = now
        _start(steps, stages, lanes, pools, trucks, visits, events, counts, truck, lane, now)
    return truck


@inner
def _first_blocked(
    steps: Records, stages: Records, lanes: Records, links: Ints, trucks: Records, lane: int
) -> tuple[int, int, int]:
    """Of the trucks blocked before the lane's stages that it takes, the one blocked longest; the one before
    it in that line; the stage. NOBODY each where there is none."""
    best, best_before, best_stage = NOBODY, NOBODY, NOBODY
    for at in range(lanes[lane].stages_from, lanes[lane].stages_to):
        stage = links[at]
        before, truck = NOBODY, stages[stage].blocked_head
        while truck >= 0:
            queue = steps[trucks[truck].kind, trucks[truck].at + 1].queue
            if _serves(lanes, links, lane, queue):
                if best < 0 or trucks[truck].joined < trucks[best].joined:
                    best, best_before, best_stage = truck, before, stage
                break
            before, truck = truck, trucks[truck].behind
    return best, best_before, best_stage


@inner
def _serves(lanes: Records, links: Ints, lane: int, queue: int) -> bool:
    found = False
    for at in range(lanes[lane].queues_from, lanes[lane].queues_to):
        found |= links[at] == queue
    return found


@inner
def _unblock(
    stages: Records, lanes: Records, trucks: Records, visits: Records, counts: Longs, stage: int,
    before: int, truck: int,
) -> None:  # fmt: skip
    """Take a truck out of the line of those blocked before a stage, and out of its lane."""
    if before < 0:
        stages[stage].blocked_head = trucks[truck].behind
    else:
        trucks[before].behind = trucks[truck].behind
    if stages[stage].blocked_tail == truck:
        stages[stage].blocked_tail = before
    lane = visits[truck, trucks[truck].at].lane
    lanes[lane].truck = NOBODY
    trucks[truck].at += 1
    _look_at(lanes, counts, lane)


@inner
def _start(
    steps: Records, stages: Records, lanes: Records, pools: Records, trucks: Records, visits: Records,
    events: Records, counts: Longs, truck: int, lane: int, now: float,
) -> None:  # fmt: skip
    position = trucks[truck].at
    visits[truck, position].start = now
    visits[truck, position].lane = lane
    lanes[lane].truck = truck
    pool = lanes[lane].pool
    if pool >= 0:
        pools[pool].free -= 1
    counts[_EVENTS] = push(events, counts[_EVENTS], now + visits[truck, position].service, lane)


@inner
def _end(
    steps: Records, queues: Records, stages: Records, lanes: Records, pools: Records, links: Ints,
    trucks: Records, visits: Records, events: Records, counts: Longs, lane: int, now: float,
) -> int:  # fmt: skip
    """A truck is served: it goes on, out, or stays because the next stage is full. The convoy for which it
    now waits before going on, or NOBODY."""
    truck = lanes[lane].truck
    kind, position = trucks[truck].kind, trucks[truck].at
    visits[truck, position].end = now
    stages[steps[kind, position].stage].work -= steps[kind, position].mean
    is_last = position + 1 == steps.shape[1] or steps[kind, position + 1].stage < 0
    convoy = trucks[truck].convoy
    stays = (
        not is_last
        and convoy < 0
        and not _has_place(steps, queues, stages, lanes, pools, links, kind, position + 1)
    )
    pool = lanes[lane].pool
    if pool >= 0:
        pools[pool].free += 1
        _look_at_pool(lanes, counts, pool)
    if stays:
        _block(stages, trucks, counts, truck, steps[kind, position + 1].stage)
        return NOBODY
    lanes[lane].truck = NOBODY
    _look_at(lanes, counts, lane)
    if is_last:
        counts[_CALLED] -= 1
    elif convoy >= 0:
        return convoy
    else:
        trucks[truck].at += 1
        _join(steps, queues, stages, lanes, pools, links, trucks, visits, events, counts, truck, now)
    return NOBODY


@inner
def _has_place(
    steps: Records, queues: Records, stages: Records, lanes: Records, pools: Records, links: Ints,
    kind: int, position: int,
) -> bool:  # fmt: skip
    queue = steps[kind, position].queue
    stage = queues[queue].stage
    if stages[stage].room < 0 or stages[stage].waiting < stages[stage].room:
        return True
    pool = stages[stage].pool
    if pool >= 0 and pools[pool].free <= 0:
        return False
    for at in range(queues[queue].lanes_from, queues[queue].lanes_to):
        if lanes[links[at]].truck < 0 and lanes[links[at]].is_open:
            return True
    return False


@inner
def _block(stages: Records, trucks: Records, counts: Longs, truck: int, stage: int) -> None:
    trucks[truck].joined = counts[_JOINED]
    counts[_JOINED] += 1
    trucks[truck].behind = NOBODY
    if stages[stage].blocked_head < 0:
        stages[stage].blocked_head = truck
    else:
        trucks[stages[stage].blocked_tail].behind = truck
    stages[stage].blocked_tail = truck


@inner
def _look_at(lanes: Records, counts: Longs, lane: int) -> None:
    """Note that the lane may have something to do."""
    if not lanes[lane].is_pending:
        lanes[lane].is_pending = True
        counts[_PENDING] += 1
        counts[_LAST] = lane


@inner
def _look_at_pool(lanes: Records, counts: Longs, pool: int) -> None:
    for lane in range(len(lanes)):
        if lanes[lane].pool == pool:
            _look_at(lanes, counts, lane)


@inner
def _settle(
    steps: Records, queues: Records, stages: Records, lanes: Records, pools: Records, links: Ints,
    trucks: Records, visits: Records, events: Records, counts: Longs, now: float,
) -> None:  # fmt: skip
    """Until no lane that is free and open has anything to do; the lowest number first."""
    while counts[_PENDING]:
        lane = counts[_LAST]
        if counts[_PENDING] > 1 or not lanes[lane].is_pending:
            lane = 0
            while not lanes[lane].is_pending:
                lane += 1
        lanes[lane].is_pending = False
        counts[_PENDING] -= 1
        if lanes[lane].pool >= 0:
            _assign_officers(
                steps,
                queues,
                stages,
                lanes,
                pools,
                links,
                trucks,
                visits,
                events,
                counts,
                lanes[lane].pool,
                now,
            )
        elif lanes[lane].truck < 0 and lanes[lane].is_open:
            _serve_next(steps, queues, stages, lanes, pools, links, trucks, visits, events, counts, lane, now)


@inner
def _assign_officers(
    steps: Records, queues: Records, stages: Records, lanes: Records, pools: Records, links: Ints,
    trucks: Records, visits: Records, events: Records, counts: Longs, pool: int, now: float,
) -> None:  # fmt: skip
    """Each free officer of a pool goes to the truck that comes first, over all of the pool's lanes; when none
    waits, to the truck blocked longest."""
    while pools[pool].free > 0:
        best, best_rank, best_joined = NOBODY, 0, 0
        for lane in range(len(lanes)):
            if lanes[lane].pool != pool or lanes[lane].truck >= 0 or not lanes[lane].is_open:
                continue
            queue = _best_queue(queues, lanes, links, trucks, lane)
            if queue < 0:
                continue
            rank, joined = queues[queue].rank, trucks[queues[queue].head].joined
            if best < 0 or rank < best_rank or (rank == best_rank and joined < best_joined):
                best, best_rank, best_joined = lane, rank, joined
        if best < 0:
            break
        _serve_next(steps, queues, stages, lanes, pools, links, trucks, visits, events, counts, best, now)
    while pools[pool].free > 0:
        best, best_joined = NOBODY, 0
        for lane in range(len(lanes)):
            if lanes[lane].pool != pool or lanes[lane].truck >= 0 or not lanes[lane].is_open:
                continue
            truck, _, _ = _first_blocked(steps, stages, lanes, links, trucks, lane)
            if truck >= 0 and (best < 0 or trucks[truck].joined < best_joined):
                best, best_joined = lane, trucks[truck].joined
        if best < 0:
            break
        _serve_next(steps, queues, stages, lanes, pools, links, trucks, visits, events, counts, best, now)
