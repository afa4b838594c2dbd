"""A model as arrays, for compiled code: what both kernels take and give.

Times are minutes from the start of the run. Kinds, queues, stages, lanes, pools and trucks are numbered
from 0; -1 is none. A *kind* is a set of trucks that share route, rank and lanes, such as green laden ones.
A *queue* is a line before one stage of trucks that share rank and lanes; a lane takes the trucks of the
queues it serves.

Each thing is a row of a structured array, so that what is used together lies together, and a function of
the kernel takes a few arrays and not fifty. What a type's text names after *Set* is the kernel's own.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Records = NDArray[Any]

NOBODY: Final = -1
NO_CALL_UP, INSIDE_LIMIT, PREDICTED_CLOCK = 0, 1, 2

STEP: Final = np.dtype(
    [
        ("stage", "i4"), ("queue", "i4"), ("mean", "f8"),
        ("lanes_from", "i4"), ("lanes_to", "i4"), ("pool", "i4"), ("room", "i4"),
    ],
    align=True,
)  # fmt: skip
"""[kinds, longest route] a position on the way: stage (-1 after the last), queue, mean minutes of service;
and, read more often than all else, the queue's lanes and the stage's pool and room."""
QUEUE: Final = np.dtype(
    [
        ("stage", "i4"),
        ("rank", "i4"),
        ("lanes_from", "i4"),
        ("lanes_to", "i4"),
        ("head", "i4"),
        ("tail", "i4"),
    ]
)
"""[queues] its stage; rank, 0 goes first; the lanes that serve it, ``links[lanes_from:lanes_to]``, lowest
first. Set: first and last truck in line."""
STAGE: Final = np.dtype(
    [
        ("room", "i4"), ("pool", "i4"), ("lanes_from", "i4"), ("lanes_to", "i4"),
        ("waiting", "i4"), ("blocked_head", "i4"), ("blocked_tail", "i4"), ("work", "f8"),
    ],
    align=True,
)  # fmt: skip
"""[stages] trucks that may wait before it, -1 any number; pool of officers it draws on; its lanes in links.
Set: trucks in line, first and last of those blocked in the stage before, minutes of work called and not
done."""
LANE: Final = np.dtype(
    [
        ("is_open", "?"), ("pool", "i4"), ("only_queue", "i4"), ("queues_from", "i4"), ("queues_to", "i4"),
        ("stages_from", "i4"), ("stages_to", "i4"), ("outages_from", "i4"), ("outages_to", "i4"),
        ("truck", "i4"), ("is_pending", "?"),
    ],
    align=True,
)  # fmt: skip
"""[lanes] open at the start; pool of its stages; the queue it serves if it is one alone; queues served, best
rank first, and stages, in links; its outages.
Set: the truck in it, whether it is to be looked at."""
POOL: Final = np.dtype([("officers", "i4"), ("free", "i4")])
"""[pools] officers at the start. Set: those who are free; below 0 while more work than are on shift."""
CHANGE: Final = np.dtype([("time", "f8"), ("lane", "i4"), ("is_open", "?")], align=True)
"""[changes] a lane opens or closes; in order of time."""
SHIFT: Final = np.dtype([("time", "f8"), ("pool", "i4"), ("officers", "i4")], align=True)
"""[shifts] so many officers in a pool from then on; in order of time."""
OUTAGE: Final = np.dtype([("begin", "f8"), ("end", "f8")])
"""[outages] a lane is down from then until then; by lane and in order of time."""
TRUCK: Final = np.dtype(
    [
        ("arrival", "f8"), ("travel", "f8"), ("turn", "f8"), ("kind", "i4"), ("position", "i4"),
        ("lane", "i4"), ("convoy", "i4"), ("called", "?"),
        ("release", "f8"), ("joined", "i8"), ("behind", "i4"), ("at", "i4"),
    ],
    align=True,
)  # fmt: skip
"""[trucks] in order of ``arrival``: when it joins the queue, at its park where there is call-up, else at
the barrier; minutes from park to barrier; place in the order of call-up, the smaller first (those of
a convoy follow one another); kind; where on
its way it begins; the lane that is serving it at the start; its convoy, which enters each stage together;
whether it is called already: it drives on at its arrival.
Set: when it was released; number in the order of joining a line; the next in its line; where on its way it
is."""
VISIT: Final = np.dtype(
    [("service", "f8"), ("enter", "f8"), ("start", "f8"), ("end", "f8"), ("lane", "i4")], align=True
)
"""[trucks, longest route] minutes of service at each position of the way.
Set, NaN and -1 where a truck did not come: joined the line, began to be served, was served (it left then,
or when the next stage had room: its ``enter`` there), by which lane."""
EVENT: Final = np.dtype([("time", "f8"), ("number", "i8")])
COMING: Final = np.dtype([("time", "f8"), ("truck", "i4"), ("kind", "i2"), ("turn", "i2")])
"""[coming] a truck that comes to a stage, and its turn among what happens at that moment: the lane that it
left, or `ARRIVES`."""
STEP_HERE: Final = np.dtype(
    [("position", "i4"), ("lanes_from", "i4"), ("lanes_to", "i4"), ("rank", "i4"), ("onward", "i4")]
)
"""[kinds] at one stage: where on the way it is, or -1; the lanes; the rank; the stream from there, or -1."""
OPENS, ARRIVES = 2**15 - 2, 2**15 - 1
"""Turns after those of all lanes: a lane that opens, a truck that comes from outside."""
MATCH: Final = np.dtype([("moment", "i8"), ("lane", "i8")])
"""[matches] the earlier of two moments, and whose it is."""


class Network(NamedTuple):
    """The checkpoint: who goes where, and who works when. ``links`` holds the lists of the other tables."""

    steps: Records
    queues: Records
    stages: Records
    lanes: Records
    pools: Records
    changes: Records
    shifts: Records
    links: Ints
    outages: Records = np.zeros(0, OUTAGE)


class CallUp(NamedTuple):
    """When a truck is released from its park.

    Attributes:
        policy: `NO_CALL_UP`: at once; `INSIDE_LIMIT`: when fewer than ``limit`` are called or inside;
            `PREDICTED_CLOCK`: when the inside clock predicted for it is at most ``target`` minutes.
    """

    policy: int = NO_CALL_UP
    limit: int = 0
    target: float = 0.0


def some_trucks(count: int) -> Records:
    """Trucks with nothing special about them."""
    trucks = np.zeros(count, TRUCK)
    trucks["lane"] = trucks["convoy"] = NOBODY
    trucks["turn"] = np.arange(count)
    return trucks


def some_visits(service: Floats) -> Records:
    """Visits for service times, [trucks, longest route] minutes."""
    visits = np.zeros(service.shape, VISIT)
    visits["service"] = service
    return visits
