"""A report of resale as SVG, in the colours of the page that it stands in."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import Any, Final

import altair as alt
import vl_convert

from greenlane.planning.rule_trial.reselling.figures import BUYS, FREE, NONE_FOUND, PROFIT
from greenlane.planning.rule_trial.reselling.trial import Case, Sensitivity
from greenlane.planning.rule_trial.reselling.words import CASE_NAMES
from greenlane.standard.charts import ACCENT, BAD, LINE, SOFT, TEXT, restyled, titled

_STEP: Final = 24
_LABEL: Final = 220
_PADDING: Final = {"left": 26, "right": 10, "top": 4, "bottom": 4}
"""Pixels: the page's letters are wider than those that the drawing was measured with."""


def profit_picture(cases: Sequence[Case], width: int = 640) -> str:
    """Profit a day under each set of rules, with its 95 % interval."""
    rows = [
        {"case": CASE_NAMES[case.code], "profit": profit.mean, **_span(profit.low, profit.high, profit.mean)}
        for case in cases
        if case.resells and isfinite((profit := case.figures[PROFIT]).mean)
    ]
    base = alt.Chart(alt.InlineData(values=rows)).encode(y=_rows_of(rows))
    title = "profit, EUR a day"
    bars = base.mark_bar(height=11).encode(
        x=alt.X("profit:Q", title=title, axis=_axis()), color=alt.value(BAD)
    )
    spans = base.mark_rule(color=TEXT, strokeWidth=1.5).encode(x="low:Q", x2="high:Q")
    return _drawn(bars + spans, width, len(rows), title)


def access_picture(cases: Sequence[Case], width: int = 640) -> str:
    """Of the honest trips, who got a place for nothing, who bought one, who found none."""
    tones = {FREE: ("for nothing", ACCENT), BUYS: ("bought", BAD), NONE_FOUND: ("none", SOFT)}
    rows: list[dict[str, Any]] = [
        {"case": CASE_NAMES[case.code], "what": words, "tone": at, "share": case.figures[name].mean * 100.0}
        for case in cases
        for at, (name, (words, _)) in enumerate(tones.items())
        if isfinite(case.figures[name].mean)
    ]
    colours = alt.Scale(domain=[words for words, _ in tones.values()], range=[c for _, c in tones.values()])
    title = "honest trips, per cent"
    bars = alt.Chart(alt.InlineData(values=rows)).mark_bar(height=11).encode(
        y=_rows_of(rows),
        x=alt.X("share:Q", title=title, axis=_axis(), scale=alt.Scale(domain=[0, 100])),
        color=alt.Color("what:N", scale=colours, legend=alt.Legend(orient="top", title=None)),
        order=alt.Order("tone:Q"),
    )  # fmt: skip
    return _drawn(bars, width, len(cases), title)


def price_picture(sensitivities: Sequence[Sensitivity], width: int = 640) -> str:
    """Profit before and after at each price; empty where no prices were tried."""
    rows = [
        {"price": each.value, "when": when, "profit": profit.mean}
        for each in sensitivities
        if each.assumption == "price"
        for when, profit in (("before", each.before), ("after: all rules", each.after))
    ]
    if not rows:
        return ""
    colours = alt.Scale(domain=["before", "after: all rules"], range=[BAD, ACCENT])
    title = "profit, EUR a day"
    lines = alt.Chart(alt.InlineData(values=rows)).mark_line(strokeWidth=2.2, point=True).encode(
        x=alt.X("price:Q", title="price of a place, EUR", axis=_axis()),
        y=alt.Y("profit:Q", title=None, axis=_axis()),
        color=alt.Color("when:N", scale=colours, legend=alt.Legend(orient="top", title=None)),
    )  # fmt: skip
    return _drawn(lines, width, 9, title)


def _span(low: float, high: float, mean: float) -> dict[str, float]:
    return {"low": low if isfinite(low) else mean, "high": high if isfinite(high) else mean}


def _rows_of(rows: Sequence[dict[str, Any]]) -> alt.Y:
    return alt.Y("case:N", sort=list(dict.fromkeys(row["case"] for row in rows)), title=None)


def _axis() -> alt.Axis:
    return alt.Axis(format=",~f", tickCount=4)


def _drawn(chart: alt.Chart | alt.LayerChart, width: int, rows: int, title: str) -> str:
    fit = alt.AutoSizeParams(type="fit", contains="padding")
    spec: dict[str, Any] = (
        chart.properties(width=width, height=_STEP * rows + 60, background="transparent")
        .properties(autosize=fit, padding=_PADDING)
        .configure_view(stroke=None)
        .configure_axis(
            labelColor=SOFT, titleColor=SOFT, gridColor=LINE, domainColor=LINE, tickColor=LINE,
            labelFontSize=11.5, titleFontSize=11.5, titleFontWeight="normal", labelLimit=_LABEL,
        )
        .configure_axisY(domain=False, ticks=False, labelColor=TEXT)
        .configure_legend(labelColor=TEXT, labelFontSize=11.5)
        .to_dict(validate=False)
    )  # fmt: skip
    return titled(restyled(vl_convert.vegalite_to_svg(spec)), title)
