"""From a model to the arrays that the kernels take."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np

from greenlane.twin.arrays import (
    CHANGE,
    INSIDE_LIMIT,
    LANE,
    NO_CALL_UP,
    NOBODY,
    POOL,
    PREDICTED_CLOCK,
    QUEUE,
    SHIFT,
    STAGE,
    STEP,
    CallUp,
    Network,
    Records,
)
from greenlane.twin.model import Kind, Lane, Model

_RULES = {"none": NO_CALL_UP, "slot": NO_CALL_UP, "limit": INSIDE_LIMIT, "predicted": PREDICTED_CLOCK}


def compile_network(model: Model) -> Network:
    """The tables of a model; trucks are drawn for them elsewhere."""
    links: list[int] = []
    stage_of = {stage.code: number for number, stage in enumerate(model.stages)}
    pool_of = {pool.code: number for number, pool in enumerate(model.pools)}
    names, queue_lanes = _queues(model)
    steps = _steps(model, stage_of, names)
    queues = np.zeros(len(names), QUEUE)
    for number, (code, rank, takers) in enumerate(names):
        queues[number]["stage"], queues[number]["rank"] = stage_of[code], rank
        queues[number]["lanes_from"], queues[number]["lanes_to"] = _linked(links, takers)
    stages = np.zeros(len(model.stages), STAGE)
    for number, stage in enumerate(model.stages):
        stages[number]["room"] = NOBODY if stage.room is None else stage.room
        stages[number]["pool"] = NOBODY if stage.pool is None else pool_of[stage.pool]
        working = [at for at, lane in enumerate(model.lanes) if stage.code in lane.stages]
        stages[number]["lanes_from"], stages[number]["lanes_to"] = _linked(links, working)
    lanes = np.zeros(len(model.lanes), LANE)
    for number, lane in enumerate(model.lanes):
        served = [at for at, serving in enumerate(queue_lanes) if number in serving]
        worked = [stage_of[code] for code in lane.stages]
        lanes[number]["is_open"] = any(opens <= 0.0 < closes for opens, closes in lane.hours)
        lanes[number]["pool"] = stages[worked[0]]["pool"]
        lanes[number]["queues_from"], lanes[number]["queues_to"] = _linked(
            links, sorted(served, key=lambda at: (names[at][1], at))
        )
        lanes[number]["only_queue"] = served[0] if len(served) == 1 else NOBODY
        lanes[number]["stages_from"], lanes[number]["stages_to"] = _linked(links, worked)
    _repeat_in_steps(steps, queues, stages)
    pools = np.zeros(len(model.pools), POOL)
    for number, pool in enumerate(model.pools):
        pools[number]["officers"] = max((at, count) for at, count in pool.officers if at <= 0.0)[1]
    return Network(
        steps, queues, stages, lanes, pools, _changes(model.lanes), _shifts(model), np.array(links, np.int32)
    )


def compile_call_up(model: Model) -> CallUp:
    """The policy of a model as the event loop takes it."""
    return CallUp(_RULES[model.call_up.rule], model.call_up.limit, model.call_up.target)


def _queues(model: Model) -> tuple[list[tuple[str, int, tuple[int, ...]]], list[frozenset[int]]]:
    """Each line: stage, rank, lanes that serve it."""
    names: list[tuple[str, int, tuple[int, ...]]] = []
    for kind in model.kinds:
        for stage in kind.route:
            name = (stage, kind.rank_at(stage), _takers(model, kind, stage))
            if name not in names:
                names.append(name)
    return names, [frozenset(lanes) for _, _, lanes in names]


def _takers(model: Model, kind: Kind, stage: str) -> tuple[int, ...]:
    return tuple(
        number
        for number, lane in enumerate(model.lanes)
        if stage in lane.stages and (lane.kinds is None or kind.code in lane.kinds)
    )


def _steps(
    model: Model, stage_of: dict[str, int], names: Sequence[tuple[str, int, tuple[int, ...]]]
) -> Records:
    steps = np.zeros((len(model.kinds), max(len(kind.route) for kind in model.kinds)), STEP)
    steps["stage"] = steps["queue"] = NOBODY
    for number, kind in enumerate(model.kinds):
        for position, stage in enumerate(kind.route):
            steps[number, position]["stage"] = stage_of[stage]
            steps[number, position]["queue"] = names.index(
                (stage, kind.rank_at(stage), _takers(model, kind, stage))
            )
            steps[number, position]["mean"] = kind.service[position].mean
    return steps


def _repeat_in_steps(steps: Records, queues: Records, stages: Records) -> None:
    """What the loops read with each step."""
    on_way = steps["stage"] >= 0
    for name, source, of in (
        ("lanes_from", queues, "queue"),
        ("lanes_to", queues, "queue"),
        ("pool", stages, "stage"),
        ("room", stages, "stage"),
    ):
        steps[name] = np.where(on_way, source[name][steps[of]], NOBODY)


def _changes(lanes: Sequence[Lane]) -> Records:
    """Openings and closures after the start; at one moment by lane, a closure before an opening."""
    found = [
        (time, number, is_open)
        for number, lane in enumerate(lanes)
        for opens, closes in lane.hours
        for time, is_open in ((opens, True), (closes, False))
        if time > 0.0 and math.isfinite(time)
    ]
    return np.array(sorted(found), CHANGE)


def _shifts(model: Model) -> Records:
    found = [
        (time, number, count)
        for number, pool in enumerate(model.pools)
        for time, count in pool.officers
        if time > 0.0
    ]
    return np.array(sorted(found), SHIFT)


def _linked(links: list[int], numbers: Iterable[int]) -> tuple[int, int]:
    first = len(links)
    links.extend(numbers)
    return first, len(links)
