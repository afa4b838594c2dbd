"""Trucks on their way from one stage to the next, for the stage recursion: sorted streams.

A stream holds the trucks that go from one stage, or from outside, to another, in the order in which they come
there. Who leaves a stage was begun in order, so that a truck is put at most as many places forward as the
stage has lanes.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from greenlane.twin.arrays import ARRIVES, COMING, NOBODY, STEP_HERE, Ints, Network, Records
from greenlane.twin.kernel import inner, part, row


class Streams(NamedTuple):
    """All streams of a run, one after the other.

    Attributes:
        trucks: `COMING`, a place for each step of each truck.
        of_step: [kinds, longest route] the stream by which a kind comes to a position of its way, or NOBODY.
        to_stage: [streams]; first, last: [streams] its part of ``trucks``, as far as it is filled.
    """

    trucks: Records
    of_step: Ints
    to_stage: Ints
    first: Ints
    last: Ints


@part
def streams_from_outside(steps: Records, trucks: Records, visits: Records) -> Streams:
    """Room for everybody's way, with all trucks before their first stage; beyond the last stage of its way,
    nothing happens to a truck."""
    of_step, to_stage = _streams(steps)
    sizes = np.zeros(len(to_stage), np.int32)
    of_kind, beyond = np.zeros(steps.shape[0], np.int32), np.zeros(steps.shape[0], np.int32)
    for truck in range(len(trucks)):
        of_kind[row(trucks, truck).kind] += 1
    for kind in range(steps.shape[0]):
        while beyond[kind] < steps.shape[1] and of_step[kind, beyond[kind]] >= 0:
            sizes[of_step[kind, beyond[kind]]] += of_kind[kind]
            beyond[kind] += 1
    first, filled = np.zeros(len(sizes), np.int32), 0
    for stream in range(len(sizes)):
        first[stream] = filled
        filled += sizes[stream]
    last = first.copy()
    coming = np.empty(filled, COMING)
    for truck in range(len(trucks)):
        arrives = row(trucks, truck)
        arrives.release = arrives.arrival
        stream = of_step[arrives.kind, 0]
        entry = row(coming, row(last, stream))
        entry.time, entry.truck, entry.kind, entry.turn = arrives.arrival, truck, arrives.kind, ARRIVES
        last[stream] += 1
        leave_out(visits, truck, row(beyond, arrives.kind))
    return Streams(coming, of_step, to_stage, first, last)


@inner
def leave_out(visits: Records, truck: int, first: int) -> None:
    """Nothing happens to a truck from that position on."""
    for position in range(first, visits.shape[1]):
        visit = visits[truck, position]
        visit.enter = visit.start = visit.end = np.nan
        visit.lane = NOBODY


@part
def _streams(steps: Records) -> tuple[Ints, Ints]:
    """The stream of each step, and where each leads."""
    of_step = np.full(steps.shape, NOBODY, np.int32)
    origin, to_stage = np.empty(steps.size, np.int32), np.empty(steps.size, np.int32)
    count = 0
    for kind in range(steps.shape[0]):
        before = NOBODY
        for position in range(steps.shape[1]):
            stage = steps[kind, position].stage
            if stage < 0:
                break
            stream = 0
            while stream < count and (origin[stream] != before or to_stage[stream] != stage):
                stream += 1
            if stream == count:
                origin[stream], to_stage[stream] = before, stage
                count += 1
            of_step[kind, position] = stream
            before = stage
    return of_step, to_stage[:count].copy()


@part
def steps_at(network: Network, streams: Streams, stage: int) -> Records:
    """`STEP_HERE` of each kind at a stage."""
    steps = network.steps
    here = np.zeros(steps.shape[0], STEP_HERE)
    for kind in range(steps.shape[0]):
        here[kind].position = NOBODY
        for position in range(steps.shape[1]):
            if steps[kind, position].stage == stage:
                here[kind].position = position
                here[kind].lanes_from = steps[kind, position].lanes_from
                here[kind].lanes_to = steps[kind, position].lanes_to
                here[kind].rank = network.queues[steps[kind, position].queue].rank
                is_last = position + 1 == steps.shape[1]
                here[kind].onward = NOBODY if is_last else streams.of_step[kind, position + 1]
    return here


@part
def those_who_come(streams: Streams, stage: int) -> Records:
    """Everybody who comes to a stage, in order."""
    first, last = np.empty(len(streams.first), np.int32), np.empty(len(streams.first), np.int32)
    leading = number = 0
    for stream in range(len(first)):
        if streams.to_stage[stream] == stage:
            first[leading], last[leading] = streams.first[stream], streams.last[stream]
            number += last[leading] - first[leading]
            leading += 1
    if leading == 1:
        return streams.trucks[first[0] : last[0]]
    together = np.empty(number, COMING)
    for at in range(len(together)):
        best = NOBODY
        for stream in range(leading):
            if first[stream] == last[stream]:
                continue
            if best < 0 or _is_before(streams.trucks, first[stream], first[best]):
                best = stream
        _copy(together, at, streams.trucks, first[best])
        first[best] += 1
    return together


@inner
def send_on(streams: Streams, stream: int, kind: int, truck: int, time: float, lane: int) -> None:
    """A truck has left its lane: put it into a stream."""
    at, first, coming = row(streams.last, stream), row(streams.first, stream), streams.trucks
    streams.last[stream] = at + 1
    while at > first:
        ahead = row(coming, at - 1)
        if ahead.time < time or (ahead.time == time and ahead.turn < lane):
            break
        _copy(coming, at, coming, at - 1)
        at -= 1
    entry = row(coming, at)
    entry.time, entry.truck, entry.kind, entry.turn = time, truck, kind, lane


@inner
def _copy(there: Records, to: int, here: Records, at: int) -> None:
    target, source = row(there, to), row(here, at)
    target.time, target.truck = source.time, source.truck
    target.kind, target.turn = source.kind, source.turn


@inner
def _is_before(coming: Records, one: int, other: int) -> bool:
    first, second = row(coming, one), row(coming, other)
    return first.time < second.time or (first.time == second.time and first.turn < second.turn)
