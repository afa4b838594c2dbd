"""Which lane is free first, for the stage recursion."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from greenlane.twin.arrays import ARRIVES, NOBODY, OPENS, Floats, Ints, Longs, Network, Records
from greenlane.twin.kernel import inner, part, row
from greenlane.twin.tournament import NEVER, as_moment, as_time


class Lanes(NamedTuple):
    """The lanes in the course of a run.

    Attributes:
        free: [lanes] end of the last service, as a moment; below 0 before the first.
        opens, closes: the spans in which each is open, one lane after the other.
        span: [lanes] the span it is in, or the next; span_end: [lanes] one beyond its last.
        table: `LANE`, of which outages are struck off as they pass.
    """

    free: Longs
    opens: Floats
    closes: Floats
    span: Ints
    span_end: Ints
    table: Records


@part
def lanes_of(network: Network) -> Lanes:
    """The lanes before the first truck."""
    lanes, changes = network.lanes, network.changes
    sizes = np.zeros(len(lanes), np.int32)
    for lane in range(len(lanes)):
        sizes[lane] = lanes[lane].is_open
    for change in range(len(changes)):
        sizes[changes[change].lane] += changes[change].is_open
    span, span_end, spans = np.empty(len(lanes), np.int32), np.empty(len(lanes), np.int32), 0
    for lane in range(len(lanes)):
        span[lane] = spans
        spans += sizes[lane]
        span_end[lane] = spans
    opens, closes = np.full(spans, -np.inf), np.full(spans, np.inf)
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
    return Lanes(np.full(len(lanes), -1, np.int64), opens, closes, span, span_end, lanes.copy())


@part
def never_shut(lanes: Lanes, links: Ints, stage: Any) -> bool:
    """Whether all lanes of a stage are open from start to end."""
    for at in range(stage.lanes_from, stage.lanes_to):
        span = lanes.span[links[at]]
        if span == lanes.span_end[links[at]] or lanes.opens[span] > -np.inf or lanes.closes[span] < np.inf:
            return False
    return True


@inner
def first_of_open(lanes: Lanes, links: Ints, step: Any, time: float, turn: int) -> tuple[int, float, int]:
    """`first_free` of lanes that are never shut, without jumps that are foreseen wrongly."""
    now, best, best_key = as_moment(time), NOBODY, NEVER
    for at in range(step.lanes_from, step.lanes_to):
        lane = row(links, at)
        free = row(lanes.free, lane)
        # All bits set where it is idle then; all those idle count as free at the moment before.
        is_idle = (free - now - (lane < turn)) >> 63
        key = free + ((now - 1 - free) & is_idle)
        is_better = (key - best_key) >> 63
        best_key += (key - best_key) & is_better
        best ^= (best ^ lane) & is_better
    return (best, time, turn) if best_key < now else (best, as_time(best_key), best)


@inner
def first_free(lanes: Lanes, links: Ints, step: Any, time: float, turn: int) -> tuple[int, float, int]:
    """The lane that can take first a truck which comes at a time, as the so-manieth of that moment; when, and
    as the so-manieth. The lowest of equals; NOBODY when all stay shut."""
    best, best_time, best_turn = NOBODY, np.inf, ARRIVES
    for at in range(step.lanes_from, step.lanes_to):
        lane = row(links, at)
        when, its_turn = _open_from(lanes, lane, time, turn)
        if when < time or (when == time and its_turn < turn):
            return lane, time, turn
        if when < best_time or (when == best_time and its_turn < best_turn):
            best, best_time, best_turn = lane, when, its_turn
    return best, best_time, best_turn


@inner
def _open_from(lanes: Lanes, lane: int, time: float, turn: int) -> tuple[float, int]:
    """From when on a lane can take a truck, seen at a time; infinity where it stays shut.

    Of one moment, an end of service comes before a closure, and an opening after it.
    """
    moment = row(lanes.free, lane)
    free = as_time(moment) if moment >= 0 else -np.inf
    is_past = free < time or (free == time and lane < turn)
    then, its_turn = (time, turn) if is_past else (free, lane)
    here = row(lanes.span, lane)
    while here < row(lanes.span_end, lane) and (
        row(lanes.closes, here) < then or (row(lanes.closes, here) == then and its_turn > OPENS)
    ):
        here += 1
    lanes.span[lane] = here
    if here == row(lanes.span_end, lane):
        return np.inf, ARRIVES
    opens = row(lanes.opens, here)
    if opens > free or (opens == free and lane < OPENS):
        return opens, OPENS
    return free, lane
