"""Who is at the checkpoint when a run begins, and which lanes are open then."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
from numba import njit

from greenlane.twin.arrays import NOBODY, Floats, Ints, Records, some_trucks
from greenlane.twin.drawing import Drawn, table_of
from greenlane.twin.luck import quantile, uniforms
from greenlane.twin.model import Lane, Model, ModelError

FIRST_NUMBER: Final = 15 << 27
"""Trucks there at the start are the last of the sources, for their luck."""
REMAINING: Final = 4
"""The purpose of the rest of a service that was begun before the start."""


@dataclass(frozen=True, slots=True)
class InsideNow:
    """A truck between the barriers.

    Attributes:
        stage: the one it is at or waits for.
        lane: that serves it; None while it waits.
        since: minutes ago at which it came into the lane, or into the line.
        entered: minutes ago at which it passed the entry barrier.
    """

    kind: str
    stage: str
    lane: str | None
    since: float
    entered: float


@dataclass(frozen=True, slots=True)
class OutsideNow:
    """A truck that has come and not entered.

    Attributes:
        came: minutes ago at which it came.
        slot: minutes from now to the start of its slot, below 0 for one that has begun; None without one.
        called: minutes ago at which it was released from its park; None while it waits there.
    """

    kind: str
    came: float
    slot: float | None = None
    called: float | None = None


@dataclass(frozen=True, slots=True)
class Start:
    """The state at minute 0.

    Attributes:
        inside: in the order in which they joined their lines.
        outside: in the order of arrival.
        lanes_open: by code of lane, where it is not as planned; so until the plan's next change.
    """

    inside: tuple[InsideNow, ...] = ()
    outside: tuple[OutsideNow, ...] = ()
    lanes_open: Mapping[str, bool] = field(default_factory=dict)

    def check(self, model: Model) -> None:
        """Raise ModelError for what the model does not have."""
        kinds = {kind.code: kind for kind in model.kinds}
        lanes = {lane.code: lane for lane in model.lanes}
        for kind in [*(here.kind for here in self.inside), *(waits.kind for waits in self.outside)]:
            if kind not in kinds:
                raise ModelError("start.kind", f"{kind!r} is not a kind.", "Use a kind of the model.")
        for here in self.inside:
            if here.stage not in kinds[here.kind].route:
                raise ModelError("start.stage", f"{here.kind} does not visit {here.stage}.", "Use its route.")
            if here.lane is not None and here.stage not in getattr(lanes.get(here.lane), "stages", ()):
                raise ModelError("start.lane", f"{here.lane!r} is not a lane of {here.stage}.", "Use one.")
        taken = [here.lane for here in self.inside if here.lane is not None]
        if len(set(taken)) < len(taken):
            raise ModelError("start.lane", "Two trucks are in one lane.", "Let one of them wait.")
        for code in self.lanes_open:
            if code not in lanes:
                raise ModelError("start.lanes_open", f"{code!r} is not a lane.", "Use a lane of the model.")


def with_lanes_now(model: Model, start: Start) -> Model:
    """The model with the lanes as they are now until the next change of their plan."""
    if not start.lanes_open:
        return model
    lanes = tuple(
        _overruled(lane, start.lanes_open[lane.code]) if lane.code in start.lanes_open else lane
        for lane in model.lanes
    )
    return replace(model, lanes=lanes)


def _overruled(lane: Lane, is_open: bool) -> Lane:
    now = [span for span in lane.hours if span[0] <= 0.0 < span[1]]
    if bool(now) == is_open:
        return lane
    later = tuple(span for span in lane.hours if span[0] > 0.0)
    if not is_open:
        return replace(lane, hours=later)
    if not later:
        return replace(lane, hours=((0.0, float("inf")),))
    return replace(lane, hours=((0.0, later[0][1]), *later[1:]))


def with_start(drawn: Drawn, model: Model, start: Start) -> Drawn:
    """The trucks of a replication with those who are there at the start before them."""
    there = _trucks(model, start)
    trucks = np.concatenate([there.trucks, drawn.trucks])
    order = np.argsort(trucks["arrival"], kind="stable")
    return Drawn(
        trucks[order],
        np.concatenate([there.numbers, drawn.numbers])[order],
        np.concatenate([there.came, drawn.came])[order],
        np.concatenate([there.due, drawn.due])[order],
        np.concatenate([there.entered, drawn.entered])[order],
    )


def _trucks(model: Model, start: Start) -> Drawn:
    """Those inside come first: at minute 0, in their order."""
    kinds = {kind.code: number for number, kind in enumerate(model.kinds)}
    lanes = {lane.code: number for number, lane in enumerate(model.lanes)}
    count = len(start.inside) + len(start.outside)
    trucks = some_trucks(count)
    came, due, entered = np.empty(count), np.empty(count), np.full(count, np.nan)
    for place, here in enumerate(start.inside):
        trucks[place]["kind"] = kinds[here.kind]
        trucks[place]["position"] = model.kinds[kinds[here.kind]].route.index(here.stage)
        trucks[place]["lane"] = NOBODY if here.lane is None else lanes[here.lane]
        trucks[place]["called"] = True
        came[place] = due[place] = entered[place] = -here.entered
    travel = model.call_up.travel.mean if model.call_up.travel is not None else 0.0
    for place, waits in enumerate(sorted(start.outside, key=_turn), len(start.inside)):
        came[place] = -waits.came
        due[place] = max(came[place], -np.inf if waits.slot is None else waits.slot)
        trucks[place]["kind"] = kinds[waits.kind]
        trucks[place]["turn"] = _turn(waits)[1]
        trucks[place]["travel"] = travel if waits.called is None else max(0.0, travel - waits.called)
        trucks[place]["called"] = waits.called is not None
        trucks[place]["arrival"] = _goes_at(model, waits, travel)
    return Drawn(trucks, (FIRST_NUMBER + np.arange(count)).astype(np.int32), came, due, entered)


def _turn(waits: OutsideNow) -> tuple[bool, float]:
    """Who was called goes before who was not, then by slot or arrival."""
    return waits.called is None, -waits.came if waits.slot is None else waits.slot


def _goes_at(model: Model, waits: OutsideNow, travel: float) -> float:
    """Minutes from now until it is at the barrier, where nothing keeps it; else until it may be called."""
    if model.call_up.rule == "none":
        return 0.0
    if waits.called is not None:
        return max(0.0, travel - waits.called) if model.call_up.rule == "slot" else 0.0
    may_go = 0.0 if waits.slot is None else max(0.0, waits.slot - model.call_up.lead - travel)
    return may_go + travel if model.call_up.rule == "slot" else may_go


def shorten_begun(
    model: Model, start: Start, visits: Records, numbers: Ints, seed: int, replication: int
) -> None:
    """Set the rest of the services that were begun before the start, given how long they have lasted."""
    kinds = {kind.code: kind for kind in model.kinds}
    for place, here in enumerate(start.inside):
        if here.lane is None:
            continue
        position = kinds[here.kind].route.index(here.stage)
        table = table_of(kinds[here.kind].service[position])
        u, _ = uniforms(seed, replication, int(numbers[place]), position, REMAINING)
        visits[place, position]["service"] = remaining(table, here.since, u)


@njit(cache=True, nogil=True)
def remaining(table: Floats, elapsed: float, u: float) -> float:
    """The rest of a time that has lasted ``elapsed`` minutes, at the quantile u of what is left."""
    low, high = 0.0, 1.0
    for _ in range(50):
        middle = (low + high) / 2.0
        if middle >= 1.0 or quantile(table, middle) > elapsed:
            high = middle
        else:
            low = middle
    at = high + u * (1.0 - high)
    if at >= 1.0:
        return 0.0
    return max(quantile(table, at) - elapsed, 0.0)
