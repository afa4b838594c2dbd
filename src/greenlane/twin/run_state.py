"""One run of the event loop, as compiled code hands it from function to function."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from greenlane.twin.arrays import EVENT, NO_CALL_UP, NOBODY, CallUp, Ints, Longs, Network, Records
from greenlane.twin.kernel import cell, inner, row
from greenlane.twin.tournament import tournament

JOINED, PENDING, LAST, CALLED, PARKED, ON_WAY, COMING = range(7)
COUNTS: Final = 7
"""Trucks that joined a line so far; lanes to be looked at, and the last of them; trucks called and not out;
trucks in parks; trucks called and on their way to the barrier; trucks that come to a stage now."""


class Run(NamedTuple):
    """The tables of a network, its trucks, and what is to come.

    Attributes:
        ends: ends of service to come, `tournament`.
        on_way: heap of trucks between park and barrier; parked: of trucks in parks, by turn.
        coming: trucks that come to a stage now.
        members: trucks by convoy; members_from: where each convoy's begin, one more at the end;
            members_left: how many of them are not served yet at their stage; is_called: whether a convoy is.
    """

    steps: Records
    queues: Records
    stages: Records
    lanes: Records
    pools: Records
    changes: Records
    shifts: Records
    links: Ints
    outages: Records
    trucks: Records
    visits: Records
    ends: Records
    on_way: Records
    parked: Records
    coming: Ints
    members: Ints
    members_from: Ints
    members_left: Ints
    is_called: Ints
    counts: Longs
    policy: int
    limit: int
    target: float


def begin(network: Network, trucks: Records, visits: Records, call_up: CallUp) -> Run:
    """A run before its first event."""
    queues, stages, lanes, pools = (table.copy() for table in network[1:5])
    queues["head"] = queues["tail"] = NOBODY
    stages["waiting"], stages["work"] = 0, 0.0
    stages["blocked_head"] = stages["blocked_tail"] = NOBODY
    lanes["truck"], lanes["is_pending"] = NOBODY, False
    pools["free"] = pools["officers"]
    members, members_from, sizes = _convoys(trucks)
    most_parked = 1 if call_up.policy == NO_CALL_UP else len(trucks) + 1
    return Run(
        network.steps, queues, stages, lanes, pools, network.changes, network.shifts, network.links,
        network.outages, trucks, visits, tournament(len(lanes)),
        np.empty(most_parked, EVENT), np.empty(most_parked, EVENT),
        np.empty(max(1, sizes.max(initial=1)), np.int32), members, members_from, sizes,
        np.zeros(len(sizes), np.int32), np.zeros(COUNTS, np.int64), *call_up,
    )  # fmt: skip


def _convoys(trucks: Records) -> tuple[Ints, Ints, Ints]:
    convoys = int(trucks["convoy"].max(initial=NOBODY)) + 1
    if convoys == 0:
        return np.empty(0, np.int32), np.zeros(1, np.int32), np.empty(0, np.int32)
    by_convoy = np.argsort(trucks["convoy"], kind="stable").astype(np.int32)
    members = by_convoy[np.count_nonzero(trucks["convoy"] < 0) :]
    sizes = np.bincount(trucks["convoy"][members], minlength=convoys).astype(np.int32)
    return members, np.concatenate(([0], np.cumsum(sizes))).astype(np.int32), sizes


@inner
def appear(run: Run, truck: int) -> None:
    """Make a truck's rows ready, as it comes into the model."""
    row(run.trucks, truck).at = row(run.trucks, truck).position
    row(run.trucks, truck).behind = NOBODY
    row(run.trucks, truck).release = np.nan
    for position in range(run.visits.shape[1]):
        cell(run.visits, truck, position).enter = np.nan
        cell(run.visits, truck, position).start = np.nan
        cell(run.visits, truck, position).end = np.nan
        cell(run.visits, truck, position).lane = NOBODY


@inner
def look_at(run: Run, lane: int) -> None:
    """Note that the lane may have something to do."""
    if not row(run.lanes, lane).is_pending:
        row(run.lanes, lane).is_pending = True
        run.counts[PENDING] += 1
        run.counts[LAST] = lane


@inner
def look_at_pool(run: Run, pool: int) -> None:
    """Note that the lanes of a pool may have something to do."""
    for lane in range(len(run.lanes)):
        if row(run.lanes, lane).pool == pool:
            look_at(run, lane)


@inner
def next_pending(run: Run) -> int:
    """The lowest lane to be looked at."""
    lane = run.counts[LAST]
    if run.counts[PENDING] > 1 or not row(run.lanes, lane).is_pending:
        lane = 0
        while not row(run.lanes, lane).is_pending:
            lane += 1
    return lane
