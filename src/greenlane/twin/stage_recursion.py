"""The stage recursion: one run of a feed-forward model, a stage at a time, without a list of events.

Where trucks only go forward, every lane works for one stage, and no room is short, a stage's times follow
from the times of the stages before it: put the trucks in order of coming, and let each take the lane that
is free first
(Kiefer and Wolfowitz 1955). With ranks, each lane that becomes free takes the best of those who have come
by then. The rules and the results are those of `greenlane.twin.event_loop`, truck by truck.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from greenlane.twin.arrays import NOBODY, Floats, Ints, Network, Records
from greenlane.twin.kernel import inner

_PATIENCE = 16
"""Moves a truck after which putting almost sorted trucks in order by insertion gives way to a merge sort."""


def run(network: Network, order: tuple[int, ...], trucks: Records, visits: Records) -> None:
    """One run; ``trucks`` and ``visits`` are filled in as by the event loop.

    Args:
        network: of a model that `Model.is_feed_forward`.
        order: stages so that every route goes forward.
        trucks: `TRUCK`, in order of arrival; nobody is inside, and travel to the barrier is in ``arrival``.
        visits: `VISIT`, [trucks, longest route].
    """
    _run(
        network.steps,
        network.queues,
        network.stages,
        network.lanes,
        network.changes,
        network.links,
        np.array(order, np.int32),
        trucks,
        visits,
    )


@njit(cache=True, nogil=True)
def _run(
    steps: Records, queues: Records, stages: Records, lanes: Records, changes: Records, links: Ints,
    order: Ints, trucks: Records, visits: Records,
) -> None:  # fmt: skip
    _begin(trucks, visits)
    position_at = _positions(steps, len(stages))
    opens, closes, span, span_end = _spans(lanes, changes)
    free = np.zeros(len(lanes))
    count = len(trucks)
    coming, entered = np.empty(count, np.int32), np.empty(count)
    for stage in order:
        number = 0
        for truck in range(count):
            position = position_at[trucks[truck].kind, stage]
            if position < 0:
                continue
            time = trucks[truck].arrival if position == 0 else visits[truck, position - 1].end
            if not np.isnan(time):
                coming[number], entered[number] = truck, time
                number += 1
        _put_in_order(coming, entered, number)
        if _has_ranks(queues, stage):
            _serve_by_rank(
                steps, queues, links, trucks, visits, position_at, stage, coming, entered, number, opens,
                closes, span, span_end, free,
            )  # fmt: skip
        else:
            _serve_in_order(
                steps, queues, links, trucks, visits, position_at, stage, coming, entered, number, opens,
                closes, span, span_end, free,
            )  # fmt: skip


@inner
def _begin(trucks: Records, visits: Records) -> None:
    for truck in range(len(trucks)):
        trucks[truck].release = trucks[truck].arrival
        for position in range(visits.shape[1]):
            visits[truck, position].enter = np.nan
            visits[truck, position].start = np.nan
            visits[truck, position].end = np.nan
            visits[truck, position].lane = NOBODY


@njit(cache=True, nogil=True)
def _positions(steps: Records, stages: int) -> Ints:
    """[kinds, stages] where on its way a kind comes to each stage, -1 if it does not."""
    at = np.full((steps.shape[0], stages), NOBODY, np.int32)
    for kind in range(steps.shape[0]):
        for position in range(steps.shape[1]):
            if steps[kind, position].stage >= 0:
                at[kind, steps[kind, position].stage] = position
    return at


@njit(cache=True, nogil=True)
def _spans(lanes: Records, changes: Records) -> tuple[Floats, Floats, Ints, Ints]:
    """Every lane's open spans: beginnings, ends, and which of them are the lane's."""
    sizes = np.zeros(len(lanes), np.int32)
    for lane in range(len(lanes)):
        sizes[lane] = lanes[lane].is_open
    for change in range(len(changes)):
        sizes[changes[change].lane] += changes[change].is_open
    span_end = np.cumsum(sizes).astype(np.int32)
    span = span_end - sizes
    opens, closes = np.zeros(span_end[-1]), np.full(span_end[-1], np.inf)
    filled = span.copy()
    for lane in range(len(lanes)):
        if lanes[lane].is_open:
            filled[lane] += 1
    for change in range(len(changes)):
        lane = changes[change].lane
        if changes[change].is_open:
            opens[filled[lane]] = changes[change].time
            filled[lane] += 1
        else:
            closes[filled[lane] - 1] = changes[change].time
    return opens, closes, span, span_end


@njit(cache=True, nogil=True)
def _put_in_order(coming: Ints, entered: Floats, number: int) -> None:
    """Sort by time of coming; equal times keep their order."""
    left = _PATIENCE * number
    for at in range(1, number):
        time, truck, to = entered[at], coming[at], at
        while to > 0 and entered[to - 1] > time:
            entered[to], coming[to] = entered[to - 1], coming[to - 1]
            to -= 1
        entered[to], coming[to] = time, truck
        left -= at - to
        if left < 0:
            order = np.argsort(entered[:number], kind="mergesort")
            entered[:number], coming[:number] = entered[:number][order], coming[:number][order]
            return


@inner
def _has_ranks(queues: Records, stage: int) -> bool:
    rank = NOBODY
    for queue in range(len(queues)):
        if queues[queue].stage == stage:
            if rank >= 0 and queues[queue].rank != rank:
                return True
            rank = queues[queue].rank
    return False


@inner
def _first_free(
    links: Ints, lanes_from: int, lanes_to: int, time: float, opens: Floats, closes: Floats, span: Ints,
    span_end: Ints, free: Floats,
) -> tuple[int, float]:  # fmt: skip
    """The lane that can take a truck first from then on, the lowest of equals; NOBODY when all stay shut."""
    best, best_time = NOBODY, np.inf
    for at in range(lanes_from, lanes_to):
        lane = links[at]
        from_then = max(free[lane], time)
        here = span[lane]
        while here < span_end[lane] and closes[here] <= from_then:
            here += 1
        span[lane] = here
        if here < span_end[lane]:
            from_then = max(from_then, opens[here])
            if from_then < best_time:
                best, best_time = lane, from_then
    return best, best_time


@inner
def _serve_in_order(
    steps: Records, queues: Records, links: Ints, trucks: Records, visits: Records, position_at: Ints,
    stage: int, coming: Ints, entered: Floats, number: int, opens: Floats, closes: Floats, span: Ints,
    span_end: Ints, free: Floats,
) -> None:  # fmt: skip
    for at in range(number):
        truck = coming[at]
        position = position_at[trucks[truck].kind, stage]
        queue = steps[trucks[truck].kind, position].queue
        lane, start = _first_free(
            links, queues[queue].lanes_from, queues[queue].lanes_to, entered[at], opens, closes, span,
            span_end, free,
        )  # fmt: skip
        _serve(visits, truck, position, entered[at], lane, start, free)


@inner
def _serve(
    visits: Records, truck: int, position: int, entered: float, lane: int, start: float, free: Floats
) -> None:
    visits[truck, position].enter = entered
    if lane >= 0:
        end = start + visits[truck, position].service
        visits[truck, position].start = start
        visits[truck, position].end = end
        visits[truck, position].lane = lane
        free[lane] = end


@njit(cache=True, nogil=True)
def _serve_by_rank(
    steps: Records, queues: Records, links: Ints, trucks: Records, visits: Records, position_at: Ints,
    stage: int, coming: Ints, entered: Floats, number: int, opens: Floats, closes: Floats, span: Ints,
    span_end: Ints, free: Floats,
) -> None:  # fmt: skip
    ranks, lanes_from, lanes_to = 0, 0, 0
    for queue in range(len(queues)):
        if queues[queue].stage == stage:
            ranks = max(ranks, queues[queue].rank + 1)
            lanes_from, lanes_to = queues[queue].lanes_from, queues[queue].lanes_to
    head, tail = np.full(ranks, NOBODY, np.int32), np.full(ranks, NOBODY, np.int32)
    behind = np.full(number, NOBODY, np.int32)
    came, waiting, now = 0, 0, -np.inf
    while waiting > 0 or came < number:
        if waiting == 0:
            now = max(now, entered[came])
        lane, now = _first_free(links, lanes_from, lanes_to, now, opens, closes, span, span_end, free)
        while came < number and entered[came] <= now:
            kind = trucks[coming[came]].kind
            rank = queues[steps[kind, position_at[kind, stage]].queue].rank
            if head[rank] < 0:
                head[rank] = came
            else:
                behind[tail[rank]] = came
            tail[rank] = came
            came += 1
            waiting += 1
        rank = 0
        while head[rank] < 0:
            rank += 1
        at = head[rank]
        head[rank] = behind[at]
        waiting -= 1
        truck = coming[at]
        _serve(visits, truck, position_at[trucks[truck].kind, stage], entered[at], lane, now, free)
