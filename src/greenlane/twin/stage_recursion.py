"""The stage recursion: one run of a feed-forward model, a stage at a time, without a list of events.

Where trucks only go forward, every lane works for one stage, and no room is short, a stage's times follow
from the times of the stages before it: put the trucks in order of coming, and let each take the lane that
is free first (Kiefer and Wolfowitz 1955). With ranks, each lane that becomes free takes the best of those who
have come by then. The rules and the results are those of `greenlane.twin.event_loop`, truck by truck.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from greenlane.twin.arrays import ARRIVES, NOBODY, Ints, Network, Records
from greenlane.twin.free_lanes import Lanes, first_free, first_of_open, lanes_of, never_shut
from greenlane.twin.kernel import cell, inner, part, row
from greenlane.twin.service import end_of_service
from greenlane.twin.streams import Streams, leave_out, send_on, steps_at, streams_from_outside, those_who_come
from greenlane.twin.tournament import as_moment


def run(network: Network, order: tuple[int, ...], trucks: Records, visits: Records) -> None:
    """One run; ``trucks`` and ``visits`` are filled in as by the event loop.

    Args:
        network: of a model that `Model.is_feed_forward`.
        order: stages so that every route goes forward.
        trucks: `TRUCK`, in order of arrival; nobody is inside, and travel to the barrier is in ``arrival``.
        visits: `VISIT`, [trucks, longest route].
    """
    _run(network, np.array(order, np.int32), trucks, visits)


@njit(cache=True, nogil=True)
def _run(network: Network, order: Ints, trucks: Records, visits: Records) -> None:
    streams = streams_from_outside(network.steps, trucks, visits)
    lanes = lanes_of(network)
    for stage in order:
        here = steps_at(network, streams, stage)
        coming = those_who_come(streams, stage)
        is_open = never_shut(lanes, network.links, network.stages[stage])
        if _has_ranks(here):
            _serve_by_rank(network, lanes, is_open, streams, here, coming, visits)
        else:
            _serve_in_order(network, lanes, is_open, streams, here, coming, visits)


@part
def _has_ranks(here: Records) -> bool:
    rank = NOBODY
    for kind in range(len(here)):
        if here[kind].position >= 0:
            if rank >= 0 and here[kind].rank != rank:
                return True
            rank = here[kind].rank
    return False


@part
def _serve_in_order(
    network: Network, lanes: Lanes, is_open: bool, streams: Streams, here: Records, coming: Records,
    visits: Records,
) -> None:  # fmt: skip
    for at in range(len(coming)):
        comes = row(coming, at)
        step = row(here, comes.kind)
        if is_open:
            lane, start, _ = first_of_open(lanes, network.links, step, comes.time, comes.turn)
        else:
            lane, start, _ = first_free(lanes, network.links, step, comes.time, comes.turn)
        _serve(network.outages, lanes, streams, visits, comes, step, lane, start)


@inner
def _serve(
    outages: Records, lanes: Lanes, streams: Streams, visits: Records, comes: Any, step: Any, lane: int,
    start: float,
) -> None:  # fmt: skip
    """Let a lane take a truck, and send it on; nobody ever serves it where there is no lane."""
    visit = cell(visits, comes.truck, step.position)
    if lane < 0:
        leave_out(visits, comes.truck, step.position)
        visit.enter = comes.time
        return
    end = end_of_service(lanes.table, outages, lane, start, visit.service)
    visit.enter, visit.start, visit.end, visit.lane = comes.time, start, end, lane
    lanes.free[lane] = as_moment(end)
    if step.onward >= 0:
        send_on(streams, step.onward, comes.kind, comes.truck, end, lane)


@part
def _serve_by_rank(
    network: Network, lanes: Lanes, is_open: bool, streams: Streams, here: Records, coming: Records,
    visits: Records,
) -> None:  # fmt: skip
    """All kinds have the same lanes there, so that it does not matter whose step is asked for them."""
    ranks = 0
    for kind in range(len(here)):
        ranks = max(ranks, here[kind].rank + 1)
    head = np.full(ranks, NOBODY, np.int32)
    tail, behind = head.copy(), np.empty(len(coming), np.int32)
    came, waiting, now, turn = 0, 0, 0.0, ARRIVES
    step = here[coming[0].kind] if len(coming) else here[0]
    while waiting > 0 or came < len(coming):
        if waiting == 0:
            now, turn = row(coming, came).time, row(coming, came).turn
        if is_open:
            lane, start, its_turn = first_of_open(lanes, network.links, step, now, turn)
        else:
            lane, start, its_turn = first_free(lanes, network.links, step, now, turn)
        if waiting == 0 and start == now and its_turn == turn:
            at = came
            came += 1
        else:
            now, turn = start, its_turn
            while came < len(coming) and _comes_before(row(coming, came), now, turn):
                rank = row(here, row(coming, came).kind).rank
                if row(head, rank) < 0:
                    head[rank] = came
                else:
                    behind[row(tail, rank)] = came
                tail[rank] = came
                behind[came] = NOBODY
                came += 1
                waiting += 1
            rank = 0
            while row(head, rank) < 0:
                rank += 1
            at = row(head, rank)
            head[rank] = row(behind, at)
            waiting -= 1
        comes = row(coming, at)
        _serve(network.outages, lanes, streams, visits, comes, row(here, comes.kind), lane, start)


@inner
def _comes_before(comes: Any, time: float, turn: int) -> bool:
    return comes.time < time or (comes.time == time and comes.turn < turn)
