"""Plots of results, as SVG: the clocks of all trucks, the clocks through the day, the stages."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import altair as alt
import numpy as np
import vl_convert

from greenlane.errors import GreenlaneError
from greenlane.twin.comparison import Case

TONES: Final = ("#0b6b4f", "#c2410c", "#1d4ed8", "#7c3aed", "#a16207", "#0e7490")
LIMIT: Final = "#b91c1c"
_WIDTH: Final = 340
_STEPS: Final = 240


def pictures_of(cases: Sequence[Case]) -> dict[str, str]:
    """SVG texts by name: ``clocks``, ``day`` and ``stages``."""
    return {"clocks": _clocks(cases), "day": _day(cases), "stages": _stages(cases)}


def write_pictures(pictures: Mapping[str, str], directory: Path) -> None:
    """Write SVG texts into a directory, which is made where it is missing.

    Raises:
        GreenlaneError: it cannot be written there.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for name, svg in pictures.items():
            (directory / f"{name}.svg").write_text(svg, encoding="utf-8")
    except OSError as error:
        raise GreenlaneError(
            "unwritable",
            f"{directory}: {error.strerror}.",
            field="--pictures",
            mend="Give another directory.",
        ) from error


def _clocks(cases: Sequence[Case]) -> str:
    """The share of trucks that were through within so many minutes."""
    return _drawn(alt.hconcat(*(_clock(cases, clock) for clock in ("outside", "inside"))))


def _clock(cases: Sequence[Case], clock: str) -> alt.LayerChart:
    limit = cases[0].scenario.target
    known = [_known(case, clock) for case in cases]
    top = max([2.0 * limit, *(float(np.quantile(each, 0.99)) for each in known if len(each))])
    grid = np.linspace(0.0, top, _STEPS + 1)
    rows = [
        {"case": case.name, "minutes": float(at), "share": float(share)}
        for case, minutes in zip(cases, known, strict=True)
        for at, share in zip(
            grid, np.searchsorted(minutes, grid, side="right") / max(len(minutes), 1), strict=True
        )
    ]
    lines = (
        alt.Chart(alt.InlineData(values=rows), title=clock, width=_WIDTH, height=220)
        .mark_line(strokeWidth=2)
        .encode(
            x=alt.X("minutes:Q", title="minutes", scale=alt.Scale(domain=[0, top], nice=False)),
            y=alt.Y("share:Q", title=None, axis=alt.Axis(format="%"), scale=alt.Scale(domain=[0, 1])),
            color=_tone(cases),
        )
    )
    return lines + _rule(alt.X, limit)


def _known(case: Case, clock: str) -> Any:
    minutes = case.ran.minutes(clock)
    return np.sort(minutes[~np.isnan(minutes)])


def _day(cases: Sequence[Case]) -> str:
    """The median and the 95th percentile of each hour's trucks."""
    return _drawn(alt.hconcat(*(_through_day(cases, clock) for clock in ("outside", "inside"))))


def _through_day(cases: Sequence[Case], clock: str) -> alt.LayerChart:
    rows = [
        {"case": case.name, "hour": hour, "minutes": float(minutes), "quantile": f"p{round(level * 100)}"}
        for case in cases
        for level in (0.5, 0.95)
        for hour, minutes in enumerate(case.ran.by_hour(clock, level))
        if math.isfinite(minutes)
    ]
    lines = (
        alt.Chart(alt.InlineData(values=rows), title=f"{clock}, by hour", width=_WIDTH, height=220)
        .mark_line(strokeWidth=2)
        .encode(
            x=alt.X("hour:Q", title="hour", axis=alt.Axis(tickMinStep=1), scale=alt.Scale(nice=False)),
            y=alt.Y("minutes:Q", title="minutes"),
            color=_tone(cases),
            strokeDash=alt.StrokeDash(
                "quantile:N", title=None, scale=alt.Scale(domain=["p50", "p95"], range=[[1, 0], [5, 3]])
            ),
        )
    )
    return lines + _rule(alt.Y, cases[0].scenario.target)


def _stages(cases: Sequence[Case]) -> str:
    """The share of their open time in which lanes had a truck, and the waits before them."""
    rows = [
        {
            "case": case.name,
            "stage": stage.code,
            "occupied": _finite(case.ran.figure(f"busy:{stage.code}", "mean").value),
            "wait": _finite(case.ran.figure(f"wait:{stage.code}", "p95").value),
        }
        for case in cases
        for stage in case.scenario.model.stages
    ]
    order = [stage.code for stage in cases[0].scenario.model.stages]
    base = alt.Chart(alt.InlineData(values=rows), width=_WIDTH).mark_bar()
    y = alt.Y("stage:N", sort=order, title=None)
    offset = alt.YOffset("case:N", sort=[case.name for case in cases])
    return _drawn(
        alt.hconcat(
            base.encode(
                x=alt.X("occupied:Q", title="lanes occupied", axis=alt.Axis(format="%")),
                y=y, yOffset=offset, color=_tone(cases),
            ),
            base.encode(
                x=alt.X("wait:Q", title="wait before it, p95, minutes"),
                y=y, yOffset=offset, color=_tone(cases),
            ),
        )
    )  # fmt: skip


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _tone(cases: Sequence[Case]) -> alt.Color:
    names = [case.name for case in cases]
    return alt.Color(
        "case:N",
        title=None,
        scale=alt.Scale(domain=names, range=list(TONES[: len(names)])),
        legend=alt.Legend(orient="top", columns=1, labelLimit=600) if len(names) > 1 else None,
    )


def _rule(axis: Any, limit: float) -> alt.Chart:
    encoded = {axis.__name__.lower(): axis("limit:Q")}
    return (
        alt.Chart(alt.InlineData(values=[{"limit": limit}]))
        .mark_rule(color=LIMIT, strokeDash=[5, 4], strokeWidth=1.5)
        .encode(**encoded)
    )


def _drawn(chart: alt.HConcatChart) -> str:
    spec = chart.properties(background="white", padding=8).configure_view(stroke=None).to_dict(validate=False)
    return str(vl_convert.vegalite_to_svg(spec))
