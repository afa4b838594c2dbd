"""Lanes that fail and are repaired: drawn before a run, for they depend on nothing that happens in it.

A lane fails by the calendar, open or shut, busy or idle. While it is down it starts no truck; a truck that it
was serving waits in it and is finished after the repair, with the work that was left.
"""

from __future__ import annotations

from typing import Final
from zlib import crc32

import numpy as np
from numba import njit

from greenlane.twin.arrays import CHANGE, OUTAGE, Floats, Network, Records
from greenlane.twin.drawing import table_of
from greenlane.twin.luck import quantile, uniforms
from greenlane.twin.model import Model

FAILURE: Final = 8
"""The purpose of the time up to a failure and of the repair."""
_Toggle = tuple[float, bool]


def with_failures(model: Model, network: Network, minutes: float, seed: int, replication: int) -> Network:
    """The network with the failures of one replication; the same object where no lane fails.

    A lane's luck belongs to its code, so that it fails at the same minutes in every scenario.

    Args:
        network: of the model.
        minutes: of the run; no lane fails after them.
    """
    if all(lane.failures is None for lane in model.lanes):
        return network
    lanes = network.lanes.copy()
    outages: list[tuple[float, float]] = []
    changes = [change for change in network.changes if model.lanes[change["lane"]].failures is None]
    for number, lane in enumerate(model.lanes):
        lanes[number]["outages_from"] = lanes[number]["outages_to"] = len(outages)
        if lane.failures is None:
            continue
        down = draw_outages(
            table_of(lane.failures.between), table_of(lane.failures.repair), crc32(lane.code.encode()),
            minutes, seed, replication,
        )  # fmt: skip
        outages.extend(map(tuple, down))
        lanes[number]["outages_to"] = len(outages)
        planned = [
            (float(change["time"]), bool(change["is_open"]))
            for change in network.changes
            if change["lane"] == number
        ]
        lanes[number]["is_open"], left = _without(bool(network.lanes[number]["is_open"]), planned, down)
        changes += [np.array((time, number, is_open), CHANGE) for time, is_open in left]
    ordered = np.array(changes, CHANGE)
    ordered.sort(order=["time", "lane", "is_open"])
    return network._replace(lanes=lanes, changes=ordered, outages=np.array(outages, OUTAGE))


@njit(cache=True, nogil=True)
def draw_outages(
    between: Floats, repair: Floats, lane: int, minutes: float, seed: int, replication: int
) -> Floats:
    """[failures, 2] beginning and end of each, in order.

    Args:
        between: quantile table of the minutes from the end of a repair to the next failure.
        repair: of the minutes of a repair.
        lane: whose luck, 32 bits.
        minutes: up to which it fails.
    """
    down, count, up = np.empty((8, 2)), 0, 0.0
    while True:
        u, v = uniforms(seed, replication, lane, count, FAILURE)
        begin = up + quantile(between, u)
        if begin >= minutes:
            return down[:count]
        if count == len(down):
            down = np.concatenate((down, np.empty_like(down)))
        up = begin + quantile(repair, v)
        down[count, 0], down[count, 1] = begin, up
        count += 1


def _without(is_open: bool, planned: list[_Toggle], down: Records) -> tuple[bool, list[_Toggle]]:
    """Whether a lane takes trucks at minute 0, and when that changes: where it is open and not down."""
    happens = [(time, True, opens) for time, opens in planned]
    happens += [
        (float(time), False, not begins) for span in down for time, begins in zip(span, (1, 0), strict=True)
    ]
    happens.sort(key=lambda one: one[0])
    works, takes, changes = True, is_open, []
    at_first = is_open
    for at, (time, is_plan, state) in enumerate(happens):
        if is_plan:
            is_open = state
        else:
            works = state
        is_settled = at + 1 == len(happens) or happens[at + 1][0] > time
        if is_settled and (is_open and works) != takes:
            takes = is_open and works
            changes.append((time, takes))
    if changes and changes[0][0] <= 0.0:
        return changes[0][1], changes[1:]
    return at_first, changes
