"""The results of cases as tables for a terminal, and as a document for programs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from greenlane.twin.clocks import STATISTICS
from greenlane.twin.comparison import Asked, Case
from greenlane.twin.result import Figure, Result

_CLOCKS = ("outside", "inside", "whole")
_COMPARED = (
    ("inside", "p95"), ("inside", "mean"), ("inside", "within"),
    ("outside", "p95"), ("outside", "mean"), ("outside", "within"),
)  # fmt: skip
_BAR_MINUTES = 1.0
_BAR_LENGTH = 40


def show(asked: Asked, cases: Sequence[Case]) -> None:
    """Print the first case, then how each of the others differs from it."""
    console = Console(width=None if Console().is_terminal else 120, highlight=False)
    first = cases[0]
    console.print(_heading(asked, first))
    console.print(_clock_table(first.ran))
    console.print(_stage_table(first))
    console.print(hour_table(first.ran, [_hour_name(hour) for hour in range(24 * asked.days)]))
    for other in cases[1:]:
        console.print(_difference_table(first, other))


def _heading(asked: Asked, case: Case) -> str:
    result = case.ran
    span = f"{asked.day:%a %d %b %Y}" + (f" and {asked.days - 1} more days" if asked.days > 1 else "")
    why = f" (for {', '.join(result.reasons)})" if result.reasons else ""
    return (
        f"{case.checkpoint.names.en} {asked.direction}, {span}: {case.name}\n"
        f"{result.trucks / result.replications:,.0f} trucks, {result.replications} replications of seed "
        f"{result.seed} in {case.seconds:.2f} s by the {result.engine}{why}; minutes, 95 % intervals"
    )


def _clock_table(result: Result) -> Table:
    target = result.scenario.target
    table = Table("clock", "trucks", "mean", "p50", "p90", "p95", "p99", f"within {target:g} min", box=None)
    for column in table.columns[1:]:
        column.justify = "right"
    groups = ["", *(f":{name}" for name, _ in result.scenario.shown_groups)]
    for clock in _CLOCKS:
        for group in groups if clock == "inside" else [""]:
            name = f"{clock}{group}"
            table.add_row(
                f"  {group[1:]}" if group else clock,
                _number(result.figure(name, "trucks").value, 0),
                *(_with_interval(result.figure(name, each)) for each in ("mean", "p50", "p90", "p95", "p99")),
                _share(result.figure(name, "within")),
            )
    return table


def _stage_table(case: Case) -> Table:
    result, model = case.ran, case.scenario.model
    table = Table("stage", "lanes", "occupied", "wait: mean", "p95", "most", box=None)
    for column in table.columns[1:]:
        column.justify = "right"
    busiest = max(model.stages, key=lambda stage: _busy(result, stage.code)).code
    for stage in model.stages:
        wait, busy = f"wait:{stage.code}", _busy(result, stage.code)
        table.add_row(
            stage.code,
            str(sum(stage.code in lane.stages for lane in model.lanes)),
            (f"{busy:.0%}" if busy >= 0.0 else "") + (" binds" if stage.code == busiest else ""),
            _with_interval(result.figure(wait, "mean")),
            _with_interval(result.figure(wait, "p95")),
            _number(result.figure(wait, "most").value, 1),
        )
    return table


def _busy(result: Result, stage: str) -> float:
    busy = result.figure(f"busy:{stage}", "mean").value
    return busy if math.isfinite(busy) else -1.0


def _hour_name(hour: int) -> str:
    return f"{hour % 24:02d}:00" if hour % 24 or hour == 0 else f"+{hour // 24} d 00:00"


def hour_table(result: Result, names: Sequence[str]) -> Table:
    """The clocks through the hours, of which at most so many are shown as have names."""
    table = Table("hour", "trucks", "outside p95", "inside p50", "p95", "", box=None)
    for column in table.columns[:5]:
        column.justify = "right"
    trucks = result.trucks_by_hour()
    outside, middle, late = (
        result.by_hour(*each) for each in (("outside", 0.95), ("inside", 0.5), ("inside", 0.95))
    )
    for hour, name in enumerate(names[: len(trucks)]):
        length = min(late[hour] / _BAR_MINUTES, _BAR_LENGTH) if math.isfinite(late[hour]) else 0
        table.add_row(
            name,
            _number(float(trucks[hour]), 0),
            *(_number(float(each[hour]), 1) for each in (outside, middle, late)),
            "█" * round(length),
        )
    return table


def _difference_table(first: Case, other: Case) -> Table:
    table = Table(
        "clock",
        other.name,
        first.name,
        "difference",
        "",
        title=f"{first.name} against {other.name}, on the same luck",
        title_justify="left",
        box=None,
    )
    for column in table.columns[1:4]:
        column.justify = "right"
    for measure, statistic in _COMPARED:
        ours, theirs = first.ran.figure(measure, statistic), other.ran.figure(measure, statistic)
        shown = _share if statistic == "within" else _with_interval
        gap = first.ran.above(other.ran, measure, statistic)
        table.add_row(
            f"{measure} {statistic}",
            shown(theirs),
            shown(ours),
            shown(gap, signed=True),
            verdict(gap, statistic),
        )
    return table


def verdict(gap: Figure, statistic: str) -> str:
    """In words whether a difference is sure: more is better for the share within the target alone."""
    if math.isnan(gap.low) or gap.low <= 0.0 <= gap.high:
        return "no difference shown"
    return "better" if (gap.value > 0.0) == (statistic == "within") else "worse"


def _number(value: float, decimals: int) -> str:
    if math.isnan(value):
        return "-"
    return "never" if math.isinf(value) else f"{value:,.{decimals}f}"


def _with_interval(figure: Figure, *, signed: bool = False) -> str:
    if not math.isfinite(figure.value):
        return _number(figure.value, 1)
    half = f" ± {figure.half_width:.2f}" if math.isfinite(figure.half_width) else ""
    return f"{figure.value:{'+' if signed else ''},.2f}{half}"


def _share(figure: Figure, *, signed: bool = False) -> str:
    if not math.isfinite(figure.value):
        return "-"
    half = f" ± {figure.half_width * 100:.2f}" if math.isfinite(figure.half_width) else ""
    return f"{figure.value * 100:{'+' if signed else ''}.2f}{half} %"


def as_document(asked: Asked, cases: Sequence[Case]) -> dict[str, Any]:
    """Everything as JSON-able data; minutes, None for what there is not or never ends."""
    return {
        "crossing": asked.crossing,
        "direction": asked.direction,
        "day": asked.day.isoformat(),
        "days": asked.days,
        "warm_up_days": asked.warm_up_days,
        "cases": [_case_document(case) for case in cases],
        "differences": [
            {
                "of": cases[0].name,
                "above": other.name,
                "figures": [
                    {
                        "measure": measure,
                        "statistic": statistic,
                        **_figure_document(cases[0].ran.above(other.ran, measure, statistic)),
                    }
                    for measure, statistic in _COMPARED
                ],
            }
            for other in cases[1:]
        ],
    }


def _case_document(case: Case) -> dict[str, Any]:
    result = case.ran
    return {
        "name": case.name,
        "checkpoint": case.checkpoint.code,
        "settings": [str(setting) for setting in case.settings],
        "seed": result.seed,
        "replications": result.replications,
        "trucks": result.trucks,
        "engine": result.engine,
        "reasons": list(result.reasons),
        "seconds": round(case.seconds, 4),
        "target": result.scenario.target,
        "measures": {
            measure: {
                statistic: _figure_document(result.figure(measure, statistic))
                for statistic in (("mean",) if measure.startswith("busy:") else STATISTICS)
            }
            for measure in result.measures
        },
        "by_hour": {
            "trucks": finite(result.trucks_by_hour()),
            **{
                f"{clock}_p{round(level * 100)}": finite(result.by_hour(clock, level))
                for clock in ("outside", "inside")
                for level in (0.5, 0.95)
            },
        },
    }


def _figure_document(figure: Figure) -> dict[str, float | int | None]:
    value, low, high = finite((figure.value, figure.low, figure.high))
    return {"value": value, "low": low, "high": high, "replications": figure.replications}


def finite(values: Any) -> list[float | None]:
    """Numbers as JSON has them: None for what is not known or never ends."""
    return [round(float(value), 6) if math.isfinite(value) else None for value in values]
