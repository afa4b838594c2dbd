"""One simulated day, truck by truck, as compact numbers for a screen. Pure: no Django.

Times are tenths of a second from local midnight of the day; those before it are below 0.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from greenlane.planning.asking import Asked
from greenlane.planning.simulated import scenario_asked
from greenlane.registry import crossing
from greenlane.twin.scenario import Scenario
from greenlane.twin.simulation import Run, Simulator

TENTHS: Final = 600
"""Of a second, in a minute."""
AWAY: Final = -1
"""In place of a length of time that does not end."""


def day_events(
    checkpoint: crossing.Checkpoint, direction: str, asked: Asked, replication: int = 0
) -> dict[str, Any]:
    """A replication of a question's day, for JSON.

    ``kinds`` have their channel and the numbers of their stages in order; ``lanes`` their stages and the
    spans in which they are open. Each of ``trucks`` is a flat list: kind, time of arrival, time in the park,
    time on the road to the barrier; then for each stage of its kind: time in line, time in the lane, number
    of the lane, time for which it blocks that lane. A truck that does not get on ends with -1 for the time
    that has no end.

    Raises:
        SettingError, ModelError: the settings do not fit the checkpoint.
    """
    scenario = scenario_asked(checkpoint, direction, asked)
    run = Simulator(scenario).run(asked.seed, replication)
    model = scenario.model
    stage_of = {stage.code: number for number, stage in enumerate(model.stages)}
    return {
        "tenths": round(scenario.minutes * TENTHS),
        "target": round(scenario.target * TENTHS),
        "stages": [stage.code for stage in model.stages],
        "lanes": [
            {
                "code": lane.code.rpartition("/")[2],
                "stages": [stage_of[code] for code in lane.stages],
                "hours": _hours(lane.hours, scenario),
            }
            for lane in model.lanes
        ],
        "kinds": [
            {"channel": kind.code.split("/")[0], "route": [stage_of[code] for code in kind.route]}
            for kind in model.kinds
        ],
        "has_park": model.call_up.rule != "none",
        "trucks": _trucks(run, scenario),
    }


def _hours(hours: tuple[tuple[float, float], ...], scenario: Scenario) -> list[list[int]]:
    begin, end = scenario.warm_up, scenario.warm_up + scenario.minutes
    return [
        [_tenths(max(opens, begin) - begin), _tenths(min(closes, end) - begin)]
        for opens, closes in hours
        if closes > begin and opens < end
    ]


def _tenths(minutes: float) -> int:
    return round(minutes * TENTHS)


def _trucks(run: Run, scenario: Scenario) -> list[list[int]]:
    """Those who are there at some time of the day, or left in the hour before it, by arrival."""
    model, visits, trucks = scenario.model, run.visits, run.drawn.trucks
    begin, end = scenario.warm_up, scenario.warm_up + scenario.minutes
    last = np.array([len(kind.route) - 1 for kind in model.kinds])[trucks["kind"]]
    leaves = visits["end"][np.arange(len(trucks)), last]
    is_there = (run.drawn.came < end) & ~(leaves <= begin - 60.0)
    order = np.flatnonzero(is_there)
    order = order[np.argsort(run.drawn.came[order], kind="stable")]
    times = np.concatenate(
        [
            run.drawn.came[order, None],
            _left_park(run, scenario)[order, None],
            np.stack([visits["enter"], visits["start"], visits["end"]], axis=2)[order].reshape(
                len(order), -1
            ),
        ],
        axis=1,
    )
    rounded = np.where(np.isnan(times), np.nan, np.round((times - begin) * TENTHS))
    routes = [len(kind.route) for kind in model.kinds]
    kinds, lanes = trucks["kind"][order].tolist(), visits["lane"][order].tolist()
    return [
        _flat(kind, row, lane, routes[kind])
        for kind, row, lane in zip(kinds, rounded.tolist(), lanes, strict=True)
    ]


def _left_park(run: Run, scenario: Scenario) -> np.ndarray[Any, np.dtype[np.float64]]:
    """[trucks] when each set off for the barrier; where call-up does not look inside, it is there at once."""
    if scenario.model.call_up.rule in ("limit", "predicted"):
        return run.drawn.trucks["release"]
    return run.visits["enter"][:, 0]


def _flat(kind: int, times: list[float], lanes: list[int], stages: int) -> list[int]:
    """One truck: see `day_events`. ``times`` are those of arrival, release, and of each stage three."""
    flat = [kind, int(times[0])]

    def add(earlier: float, later: float) -> bool:
        """Add a length of time; False where it does not end."""
        ends = later == later
        flat.append(int(later - earlier) if ends else AWAY)
        return ends

    if not (add(times[0], times[1]) and add(times[1], times[2])):
        return flat
    for stage in range(stages):
        enter, start, end = times[2 + 3 * stage : 5 + 3 * stage]
        if not add(enter, start):
            return flat
        finished = add(start, end)
        flat.append(lanes[stage])
        if not finished:
            return flat
        if stage + 1 < stages:
            if not add(end, times[5 + 3 * stage]):
                return flat
        else:
            flat.append(0)
    return flat
