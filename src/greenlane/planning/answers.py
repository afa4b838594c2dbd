"""What the twin's results say to a planner: figures, differences with their verdict, curves, stages.

Pure: no Django. The first run is today's setting; each other one is compared with it on the same luck.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, isfinite, isnan
from typing import Any, Final, Literal

import numpy as np

from greenlane.planning.asking import Asked
from greenlane.planning.simulated import Simulated
from greenlane.twin.arrays import Floats
from greenlane.twin.result import Figure, Result

Verdict = Literal["better", "worse", "unclear", "same", "unknown"]
CLOCKS: Final = ("inside", "outside")
STATISTICS: Final = ("mean", "p50", "p95", "within")
LEVELS: Final = {"p50": 0.5, "p95": 0.95}
POINTS: Final = 120
"""Of a cumulative curve."""
LEAST_WAIT: Final = 0.1
"""Minutes that a truck waits on average before the binding stage; below that none binds."""


@dataclass(frozen=True, slots=True)
class Difference:
    """By how much a run is above today's, with its 95 % interval."""

    figure: Figure
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class StageShown:
    """Minutes of waiting before a stage, and the share of its lanes' open time with a truck in them."""

    wait: float
    wait_p95: float
    busy: float


@dataclass(frozen=True, slots=True)
class RunShown:
    """One setting's result.

    Attributes:
        name: what people call it; empty where the page names it.
        trucks: of one day, on average.
        reasons: what keeps the faster engine from it.
        figures, differences: by ``clock.statistic``, minutes or shares; no differences for today's.
        cumulative: by clock, [POINTS] share of the trucks within each edge.
        hours: by clock and level, [hours] minutes; NaN where no truck was due.
        binds: code of the stage before which trucks wait most, empty where they hardly wait.
    """

    name: str
    settings: tuple[str, ...]
    trucks: float
    engine: str
    reasons: tuple[str, ...]
    seconds: float
    figures: Mapping[str, Figure]
    differences: Mapping[str, Difference]
    cumulative: Mapping[str, Sequence[float]]
    hours: Mapping[str, Mapping[str, Sequence[float]]]
    stages: Mapping[str, StageShown]
    binds: str


@dataclass(frozen=True, slots=True)
class Answer:
    """Several runs side by side, today's first.

    Attributes:
        target: minutes of the standard.
        edges: by clock, [POINTS] minutes.
        seconds: that this answer took, with what was kept of earlier ones.
    """

    asked: Asked
    target: float
    edges: Mapping[str, Sequence[float]]
    runs: tuple[RunShown, ...]
    seconds: float = 0.0


def answer_of(asked: Asked, runs: Sequence[tuple[str, Asked, Simulated]]) -> Answer:
    """The answer that results give: each with its name and what was asked for it, today's first."""
    today = runs[0][2].result
    results = [each.result for _, _, each in runs]
    edges = {clock: _edges(results, clock, today.scenario.target) for clock in CLOCKS}
    shown = tuple(
        _run(name, asked_for, each, edges, None if place == 0 else today)
        for place, (name, asked_for, each) in enumerate(runs)
    )
    return Answer(asked, today.scenario.target, {code: row.tolist() for code, row in edges.items()}, shown)


def verdict_of(statistic: str, difference: Figure) -> Verdict:
    """What a difference shows: the interval leaves out 0, or is nothing but 0, or holds 0."""
    if not (isfinite(difference.value) and isfinite(difference.low) and isfinite(difference.high)):
        return "unknown"
    if difference.low == difference.high == 0.0:
        return "same"
    if difference.low <= 0.0 <= difference.high:
        return "unclear"
    is_less = difference.high < 0.0
    return "better" if is_less != (statistic == "within") else "worse"


def _run(
    name: str, asked: Asked, simulated: Simulated, edges: Mapping[str, Floats], today: Result | None
) -> RunShown:
    result = simulated.result
    pairs = [(clock, statistic) for clock in CLOCKS for statistic in STATISTICS]
    differences = {}
    if today is not None:
        for clock, statistic in pairs:
            above = result.above(today, clock, statistic)
            differences[f"{clock}.{statistic}"] = Difference(above, verdict_of(statistic, above))
    return RunShown(
        name=name,
        settings=asked.settings,
        trucks=result.trucks / result.replications,
        engine=result.engine,
        reasons=result.reasons,
        seconds=simulated.seconds,
        figures={f"{clock}.{statistic}": result.figure(clock, statistic) for clock, statistic in pairs},
        differences=differences,
        cumulative={clock: _cumulative(result.minutes(clock), edges[clock]) for clock in CLOCKS},
        hours={
            clock: {name: result.by_hour(clock, level).tolist() for name, level in LEVELS.items()}
            for clock in CLOCKS
        },
        stages=dict(_stages(result)),
        binds=_binds(result),
    )


def _edges(results: Iterable[Result], clock: str, target: float) -> Floats:
    """From 0 to a round number of minutes that 99 % of the trucks of every run and the target fit in."""
    most = 1.5 * target
    for result in results:
        minutes = result.minutes(clock)
        known = minutes[np.isfinite(minutes)]
        if len(known):
            most = max(most, float(np.quantile(known, 0.99)))
    step = next(step for step in (5.0, 15.0, 60.0, 360.0, 1440.0) if most <= 12.0 * step or step == 1440.0)
    return np.linspace(0.0, step * ceil(most / step), POINTS)


def _cumulative(minutes: Floats, edges: Floats) -> list[float]:
    known = np.sort(minutes[~np.isnan(minutes)])
    if not len(known):
        return [float("nan")] * len(edges)
    shares: list[float] = (np.searchsorted(known, edges, side="right") / len(known)).tolist()
    return shares


def _stages(result: Result) -> Iterable[tuple[str, StageShown]]:
    for stage in result.scenario.model.stages:
        wait, busy = f"wait:{stage.code}", f"busy:{stage.code}"
        yield (
            stage.code,
            StageShown(
                result.figure(wait, "mean").value,
                result.figure(wait, "p95").value,
                result.figure(busy, "mean").value,
            ),
        )


def _binds(result: Result) -> str:
    """Where most truck-minutes are waited."""
    waited: dict[str, float] = {}
    for stage in result.scenario.model.stages:
        measure = f"wait:{stage.code}"
        minutes = result.figure(measure, "mean").value * result.figure(measure, "trucks").value
        waited[stage.code] = 0.0 if isnan(minutes) else minutes
    code = max(waited, key=lambda each: waited[each])
    return code if waited[code] >= LEAST_WAIT * result.trucks / result.replications else ""


def as_json(answer: Answer) -> dict[str, Any]:
    """The answer for JSON. Numbers are minutes and shares; None where nothing was measured, and the word
    ``never`` for trucks that do not get out."""
    return {
        "day": answer.asked.day.isoformat(),
        "replications": answer.asked.replications,
        "seed": answer.asked.seed,
        "target": answer.target,
        "seconds": round(answer.seconds, 3),
        "edges": {clock: _numbers(edges, 3) for clock, edges in answer.edges.items()},
        "runs": [_run_json(run) for run in answer.runs],
    }


def _run_json(run: RunShown) -> dict[str, Any]:
    return {
        "name": run.name,
        "set": list(run.settings),
        "trucks": run.trucks,
        "engine": run.engine,
        "reasons": list(run.reasons),
        "seconds": round(run.seconds, 3),
        "figures": {name: _figure_json(figure) for name, figure in run.figures.items()},
        "differences": {
            name: _figure_json(each.figure) | {"verdict": each.verdict}
            for name, each in run.differences.items()
        },
        "cumulative": {clock: _numbers(row, 5) for clock, row in run.cumulative.items()},
        "hours": {
            clock: {level: _numbers(row, 3) for level, row in rows.items()}
            for clock, rows in run.hours.items()
        },
        "stages": {
            code: {"wait": _number(each.wait), "wait_p95": _number(each.wait_p95), "busy": _number(each.busy)}
            for code, each in run.stages.items()
        },
        "binds": run.binds,
    }


def _figure_json(figure: Figure) -> dict[str, float | str | None]:
    return {"value": _number(figure.value), "low": _number(figure.low), "high": _number(figure.high)}


def _numbers(row: Iterable[float], digits: int) -> list[float | str | None]:
    return [_number(round(value, digits) if isfinite(value) else value) for value in row]


def _number(value: float) -> float | str | None:
    if isnan(value):
        return None
    return value if isfinite(value) else "never"
