"""A trial as SVG: Vega-Lite by Altair, drawn by vl-convert, in the colours of the page that it stands in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any, Final

import altair as alt
import vl_convert

from greenlane.planning.rule_trial.figures import SHARES, GroupFigures
from greenlane.planning.rule_trial.summary import is_share
from greenlane.standard.charts import ACCENT, BAD, LINE, SOFT, TEXT, restyled, titled

_STEP: Final = 22
_LABEL: Final = 170
_PADDING: Final = {"left": 26, "right": 10, "top": 4, "bottom": 4}
"""Pixels: the page's letters are wider than those that the drawing was measured with."""
_NUMBERS: Final = alt.Axis(format="~f", tickCount=5)
DRAWN: Final = ("near", "access.mean", "outside.mean", "inside.mean")
"""The figures that are drawn."""


def difference_picture(
    groups: Sequence[GroupFigures], name: str, names: Mapping[str, str], axis: str, width: int = 520
) -> str:
    """New less old of one figure for each group, with its 95 % interval; empty when nothing was measured.

    Args:
        names: of the groups, by code, in the reader's language.
        axis: what the axis shows, in the reader's language.
    """
    factor = 100.0 if is_share(name) else 1.0
    rows: list[dict[str, Any]] = [
        {
            "group": names[group.code],
            "value": figure.difference * factor,
            "low": (figure.low if isfinite(figure.low) else figure.difference) * factor,
            "high": (figure.high if isfinite(figure.high) else figure.difference) * factor,
            "tone": {"better": ACCENT, "worse": BAD}.get(figure.verdict, SOFT),
        }
        for group in groups
        if isfinite((figure := group.figures[name]).difference)
    ]
    if not rows:
        return ""
    reach = max(max(abs(row["low"]), abs(row["high"])) for row in rows) or 1.0
    scale = alt.Scale(domain=[-1.05 * reach, 1.05 * reach], nice=False)
    y = alt.Y("group:N", sort=[row["group"] for row in rows], title=None)
    base = alt.Chart(alt.InlineData(values=rows)).encode(y=y)
    tone = alt.Color("tone:N", scale=None, legend=None)
    spans = base.mark_rule(strokeWidth=2).encode(
        x=alt.X("low:Q", title=axis, scale=scale, axis=_NUMBERS), x2="high:Q", color=tone
    )
    points = base.mark_point(filled=True, size=70, opacity=1).encode(
        x=alt.X("value:Q", scale=scale), color=tone
    )
    zero = alt.Chart(alt.InlineData(values=[{"v": 0.0}])).mark_rule(color=TEXT).encode(x=alt.X("v:Q"))
    return _drawn(zero + spans + points, width, len(rows), axis)


def values_picture(
    groups: Sequence[GroupFigures], name: str, names: Mapping[str, str], axis: str, width: int = 520
) -> str:
    """One figure of each group, old as a ring and new as a dot; empty when nothing was measured."""
    factor = 100.0 if is_share(name) else 1.0
    rows: list[dict[str, Any]] = [
        {"group": names[group.code], "old": figure.old * factor, "new": figure.new * factor}
        for group in groups
        if isfinite((figure := group.figures[name]).old) and isfinite(figure.new)
    ]
    if not rows:
        return ""
    scale = alt.Scale(zero=name not in SHARES)
    y = alt.Y("group:N", sort=[row["group"] for row in rows], title=None)
    base = alt.Chart(alt.InlineData(values=rows)).encode(y=y)
    way = base.mark_rule(color=LINE, strokeWidth=3).encode(
        x=alt.X("old:Q", title=axis, scale=scale, axis=_NUMBERS), x2="new:Q"
    )
    old = base.mark_point(filled=False, size=70, color=SOFT, strokeWidth=2, opacity=1).encode(x="old:Q")
    new = base.mark_point(filled=True, size=60, color=ACCENT, opacity=1).encode(x="new:Q")
    return _drawn(way + old + new, width, len(rows), axis)


def _drawn(chart: alt.LayerChart, width: int, rows: int, title: str) -> str:
    fit = alt.AutoSizeParams(type="fit", contains="padding")
    spec: dict[str, Any] = (
        chart.properties(width=width, height=_STEP * rows + 48, background="transparent")
        .properties(autosize=fit, padding=_PADDING)
        .configure_view(stroke=None)
        .configure_axis(
            labelColor=SOFT, titleColor=SOFT, gridColor=LINE, domainColor=LINE, tickColor=LINE,
            labelFontSize=11.5, titleFontSize=11.5, titleFontWeight="normal", labelLimit=_LABEL,
        )
        .configure_axisY(domain=False, ticks=False, labelColor=TEXT)
        .to_dict(validate=False)
    )  # fmt: skip
    return titled(restyled(vl_convert.vegalite_to_svg(spec)), title)
