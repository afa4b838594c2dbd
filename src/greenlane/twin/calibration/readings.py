"""From single readings to observations: the same timeline as the gate makes of them.

See docs/reference/events.md: of reads of one point within a minute the first counts on the way in and the
last on the way out; an entrance of a stage goes with the next exit of it, unless another entrance is first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np

from greenlane.twin.arrays import Longs
from greenlane.twin.calibration.observations import (
    Bools,
    Floats,
    Ints,
    Observations,
    numbered,
    resolution_of,
)

POINTS: Final = (
    "queue_end", "park_in", "park_out", "call", "entry", "stage_in", "stage_out", "exit", "no_show",
)  # fmt: skip
_WAY_OUT: Final = ("park_out", "stage_out", "exit")
_REPEATED: Final = 1.0
"""Minutes within which reads of one point are one passing."""


@dataclass(frozen=True, slots=True, eq=False)
class Readings:
    """k readings as columns: ``minutes`` and ``slot_start`` from ``epoch``, NaN where not given; texts empty
    where unknown. Channel, class and slot of a passage are the last that any of its readings names."""

    epoch: datetime
    passage: Sequence[str]
    point: Sequence[str]
    minutes: Floats
    stage: Sequence[str]
    lane: Sequence[str]
    channel: Sequence[str]
    vehicle_class: Sequence[str]
    slot_start: Floats


def observations_of(readings: Readings) -> Observations:
    """The observations that the readings make, in any order."""
    names, passage = numbered(list(readings.passage))
    channels, channel = numbered(list(readings.channel))
    classes, vehicle_class = numbered(list(readings.vehicle_class))
    stages, stage = numbered(list(readings.stage))
    lanes, lane = numbered(list(readings.lane))
    number = {point: at for at, point in enumerate(POINTS)}
    point = np.fromiter((number[each] for each in readings.point), np.int32, len(readings.point))
    n = len(names)
    slot = np.full(n, np.nan)
    known = np.isfinite(readings.slot_start)
    slot[passage[known]] = readings.slot_start[known]
    kept = _distinct(passage, stage, point, readings.minutes)
    passage_at, point_at, minutes = passage[kept], point[kept], readings.minutes[kept]

    def times(name: str, latest: bool) -> Floats:
        rows = point_at == number[name]
        return _extreme(passage_at[rows], minutes[rows], n, latest)

    arrival = np.fmin(times("queue_end", False), times("park_in", False))
    visit = _visits(passage, stage, lane, point, readings.minutes, kept)
    no_show = np.zeros(n, dtype=np.bool_)
    no_show[passage[point == number["no_show"]]] = True
    finite = readings.minutes[np.isfinite(readings.minutes)]
    return Observations(
        epoch=readings.epoch,
        until=float(finite.max()) if len(finite) else 0.0,
        resolution=resolution_of(readings.minutes),
        channels=channels,
        classes=classes,
        stages=stages,
        lanes=lanes,
        arrival=arrival,
        slot_start=slot,
        called=times("call", True),
        entry=times("entry", False),
        exit=times("exit", True),
        channel=_attribute(passage, channel, n),
        vehicle_class=_attribute(passage, vehicle_class, n),
        no_show=no_show,
        passage=visit[0],
        stage=visit[1],
        lane=visit[2],
        entered=visit[3],
        left=visit[4],
    )


def _distinct(passage: Ints, stage: Ints, point: Ints, minutes: Floats) -> Longs:
    """Rows that stand, in order of passage, stage, point and time."""
    order = np.lexsort((minutes, point, stage, passage))
    order = order[np.isfinite(minutes[order])]
    same = np.zeros(max(len(order) - 1, 0), dtype=np.bool_)
    if len(order) > 1:
        same = (np.diff(minutes[order]) <= _REPEATED) & ~_changes(order, passage, stage, point)
    out = np.isin(point[order], [POINTS.index(name) for name in _WAY_OUT])
    repeats = np.concatenate([[False], same]) & ~out
    repeated = np.concatenate([same, [False]]) & out
    return order[~repeats & ~repeated]


def _changes(order: Longs, *columns: Ints) -> Bools:
    changes = np.zeros(len(order) - 1, dtype=np.bool_)
    for column in columns:
        changes |= np.diff(column[order]) != 0
    return changes


def _visits(
    passage: Ints, stage: Ints, lane: Ints, point: Ints, minutes: Floats, kept: Longs
) -> tuple[Ints, Ints, Ints, Floats, Floats]:
    """Passage, stage, lane, minute in and minute out of each visit."""
    goes_in, goes_out = POINTS.index("stage_in"), POINTS.index("stage_out")
    rows = kept[np.isin(point[kept], (goes_in, goes_out))]
    rows = rows[np.lexsort((point[rows], minutes[rows], stage[rows], passage[rows]))]
    is_in = point[rows] == goes_in
    pairs = np.zeros(len(rows), dtype=np.bool_)
    if len(rows) > 1:
        pairs[:-1] = is_in[:-1] & ~is_in[1:] & ~_changes(rows, passage, stage)
    is_end = np.concatenate([[False], pairs[:-1]]) if len(rows) else pairs
    begins = np.flatnonzero(~is_end)
    first = rows[begins]
    paired = pairs[begins]
    second = rows[np.minimum(begins + 1, max(len(rows) - 1, 0))]
    entered = np.where(is_in[begins], minutes[first], np.nan)
    left = np.where(is_in[begins], np.where(paired, minutes[second], np.nan), minutes[first])
    known = np.where((lane[first] < 0) & paired, lane[second], lane[first])
    return passage[first], stage[first], known.astype(np.int32), entered, left


def _extreme(passage: Ints, minutes: Floats, n: int, latest: bool) -> Floats:
    found = np.full(n, -np.inf if latest else np.inf)
    (np.maximum if latest else np.minimum).at(found, passage, minutes)
    return np.where(np.isinf(found), np.nan, found)


def _attribute(passage: Ints, number: Ints, n: int) -> Ints:
    found = np.full(n, -1, dtype=np.int32)
    known = number >= 0
    found[passage[known]] = number[known]
    return found
