"""Charts as SVG, made on the server: Vega-Lite by Altair, drawn by vl-convert. Pure: no Django.

Colours are the style sheet's variables, so that one drawing serves light and dark pages, in print too: the
drawing is made with stand-in colours that are then replaced. Words come in from outside, in the reader's
language.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Final

import altair as alt
import vl_convert

WIDE, NARROW = 540, 300
"""Width of the two drawings of each chart, in pixels: for screens, and for phones."""
HEIGHT: Final = 220

_STAND_INS: Final = {
    "#010203": "var(--text)",
    "#010204": "var(--soft)",
    "#010205": "var(--line)",
    "#010206": "var(--accent)",
    "#010207": "var(--bad)",
    "#010208": "var(--info)",
    "#010209": "var(--surface)",
}
TEXT, SOFT, LINE, ACCENT, BAD, INFO, SURFACE = _STAND_INS
_NOISE: Final = re.compile(r' (?:aria-[a-z]+|role|pointer-events)="[^"]*"')
_DECIMALS: Final = re.compile(r"(\d\.\d\d?)\d+")
_SIZE: Final = re.compile(r' width="[\d.]+" height="[\d.]+" viewBox')


@dataclass(frozen=True, slots=True)
class QuantileRow:
    """Quantiles of one day or hour, in seconds; None where there are too few trucks."""

    label: str
    p50: float | None
    p90: float | None
    p95: float | None


@dataclass(frozen=True, slots=True)
class ShareRow:
    """The share of one day within the standard, with its interval."""

    label: str
    share: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Bar:
    """Trucks between two times, in seconds."""

    low: float
    high: float
    count: int


@dataclass(frozen=True, slots=True)
class Cell:
    """Trucks over the standard of one hour of a weekday: 0 to 1."""

    hour: str
    weekday: str
    late: float


def quantile_lines(rows: Sequence[QuantileRow], limit_s: float, words: Mapping[str, str], width: int) -> str:
    """p50, p90 and p95 in minutes over days or hours, with the standard as a dashed line.

    Args:
        rows: in order.
        limit_s: the standard.
        words: ``standard``, the name of the dashed line in the reader's language.
        width: of the drawing.
    """
    values = [
        {"label": row.label, "i": i, "name": name, "m": seconds / 60}
        for i, row in enumerate(rows)
        for name, seconds in (("p50", row.p50), ("p90", row.p90), ("p95", row.p95))
        if seconds is not None
    ]
    band = [
        {"label": row.label, "low": row.p50 / 60, "high": row.p95 / 60}
        for row in rows
        if row.p50 is not None and row.p95 is not None
    ]
    order = [row.label for row in rows]
    shown = [seconds for row in rows for seconds in (row.p50, row.p90, row.p95) if seconds is not None]
    top = max([*shown, limit_s]) / 60 * 1.12
    x = alt.X("label:O", sort=order, axis=_axis(order, width))
    y_scale = alt.Scale(domain=[0, top], nice=False)
    y = alt.Y("m:Q", scale=y_scale, title=None)
    tones = alt.Color(
        "name:N",
        scale=alt.Scale(domain=["p50", "p90", "p95"], range=[ACCENT, INFO, TEXT]),
        legend=alt.Legend(orient="top", title=None, symbolType="stroke", symbolStrokeWidth=3, offset=4),
    )
    dashes = alt.StrokeDash(
        "name:N", scale=alt.Scale(domain=["p50", "p90", "p95"], range=[[1, 0], [6, 3], [2, 2]]), legend=None
    )
    area = (
        alt.Chart(alt.InlineData(values=band))
        .mark_area(color=ACCENT, opacity=0.12)
        .encode(x=x, y=alt.Y("low:Q", scale=y_scale, title=None), y2="high:Q")
    )
    lines = (
        alt.Chart(alt.InlineData(values=values))
        .mark_line(strokeWidth=2.2, point=alt.OverlayMarkDef(size=22, filled=True))
        .encode(x=x, y=y, color=tones, strokeDash=dashes)
    )
    return _drawn(area + lines + _limit_line(limit_s / 60, words["standard"], y_scale), width)


def share_points(rows: Sequence[ShareRow], promised: float, words: Mapping[str, str], width: int) -> str:
    """The share of each day with its 95 % interval, and the promise as a dashed line."""
    values = [
        {
            "label": row.label,
            "share": row.share,
            "low": row.low,
            "high": row.high,
            "kept": row.low >= promised,
        }
        for row in rows
    ]
    order = [row.label for row in rows]
    floor = min([row.low for row in rows] + [promised])
    scale = alt.Scale(domain=[max(0.0, floor - 0.04), 1.0], nice=False)
    x = alt.X("label:O", sort=order, axis=_axis(order, width))
    tones = alt.condition("datum.kept", alt.value(ACCENT), alt.value(TEXT))
    base = alt.Chart(alt.InlineData(values=values)).encode(x=x)
    bars = base.mark_rule(strokeWidth=2, opacity=0.45).encode(
        y=alt.Y("low:Q", scale=scale, title=None, axis=alt.Axis(format="%")), y2="high:Q", color=tones
    )
    points = base.mark_point(filled=True, size=46, opacity=1).encode(
        y=alt.Y("share:Q", scale=scale), color=tones
    )
    return _drawn(bars + points + _limit_line(promised, words["promised"], scale), width)


def time_bars(bars: Sequence[Bar], limit_s: float, words: Mapping[str, str], width: int) -> str:
    """How many trucks took how long: bars on a logarithmic scale, those over the standard apart."""
    values = [
        {"low": bar.low / 60, "high": bar.high / 60, "n": bar.count, "late": bar.low >= limit_s}
        for bar in bars
    ]
    first, last = values[0]["low"], max(values[-1]["high"], limit_s / 60 * 1.5)
    ticks = [t for t in (0.5, 1, 2, 3, 5, 7, 10, 15, 20, 30, 60, 120, 300, 720, 1440) if first <= t <= last]
    x_scale = alt.Scale(type="log", domain=[first, last], nice=False)
    tones = alt.condition("datum.late", alt.value(BAD), alt.value(ACCENT))
    drawn = (
        alt.Chart(alt.InlineData(values=values))
        .mark_bar(stroke=SURFACE, strokeWidth=1, cornerRadiusEnd=2)
        .encode(
            x=alt.X(
                "low:Q",
                scale=x_scale,
                title=words["minutes"],
                axis=alt.Axis(values=ticks, format="~g", grid=False, labelOverlap=True),
            ),
            x2="high:Q",
            y=alt.Y("n:Q", title=None, stack=None, scale=alt.Scale(domainMin=0)),
            y2=alt.datum(0),
            color=tones,
        )
    )
    standard = alt.Chart(alt.InlineData(values=[{"m": limit_s / 60, "word": words["standard"]}])).encode(
        x=alt.X("m:Q", scale=x_scale)
    )
    line = standard.mark_rule(color=TEXT, strokeDash=[5, 4], strokeWidth=1.5)
    label = standard.mark_text(align="left", baseline="top", dx=5, color=TEXT, fontWeight=600).encode(
        text="word:N", y=alt.value(2)
    )
    return _drawn(drawn + line + label, width)


def week_heat(cells: Sequence[Cell], weekdays: Sequence[str], width: int) -> str:
    """Hour by weekday: the darker, the more trucks over the standard. Hours without trucks stay empty."""
    values = [{"hour": cell.hour, "day": cell.weekday, "late": cell.late} for cell in cells]
    top = max([0.2, *(cell.late for cell in cells)])
    hours = [f"{hour:02d}" for hour in range(24)]
    x = alt.X(
        "hour:O",
        scale=alt.Scale(domain=hours),
        title=None,
        axis=alt.Axis(labelAngle=0, values=hours[:: 2 if width >= WIDE else 4], domain=False, ticks=False),
    )
    y = alt.Y(
        "day:O", scale=alt.Scale(domain=list(weekdays)), title=None, axis=alt.Axis(domain=False, ticks=False)
    )
    back = (
        alt.Chart(alt.InlineData(values=values))
        .mark_rect(color=ACCENT, opacity=0.16, stroke=SURFACE, strokeWidth=2)
        .encode(x=x, y=y)
    )
    heat = (
        alt.Chart(alt.InlineData(values=values))
        .mark_rect(color=BAD, stroke=SURFACE, strokeWidth=2)
        .encode(
            x=x,
            y=y,
            opacity=alt.Opacity("late:Q", scale=alt.Scale(domain=[0, top], range=[0, 1]), legend=None),
        )
    )
    return _drawn(back + heat, width)


def _limit_line(value: float, word: str, scale: alt.Scale) -> alt.LayerChart:
    base = alt.Chart(alt.InlineData(values=[{"v": value, "word": word}])).encode(y=alt.Y("v:Q", scale=scale))
    line = base.mark_rule(color=BAD, strokeDash=[5, 4], strokeWidth=1.5)
    place: dict[str, Any] = {"align": "left", "baseline": "bottom", "dx": 4, "dy": -3, "fontWeight": 600}
    halo = base.mark_text(**place, color=SURFACE, stroke=SURFACE, strokeWidth=4, strokeJoin="round")
    text = base.mark_text(**place, color=BAD)
    at_the_left: dict[str, Any] = {"text": "word:N", "x": alt.value(0)}
    layers: alt.LayerChart = line + halo.encode(**at_the_left) + text.encode(**at_the_left)
    return layers


def _axis(labels: Sequence[str], width: int) -> alt.Axis:
    """As many labels as there is room for, the first among them."""
    room = max(2, width // 62)
    step = -(-len(labels) // room) or 1
    return alt.Axis(labelAngle=0, title=None, values=list(labels[::step]), grid=False, ticks=False)


def _drawn(chart: alt.LayerChart, width: int) -> str:
    spec: dict[str, Any] = (
        chart.properties(width=width, height=HEIGHT, background="transparent", autosize=_FIT, padding=2)
        .configure_view(stroke=None)
        .configure_axis(
            labelColor=SOFT,
            titleColor=SOFT,
            gridColor=LINE,
            domainColor=LINE,
            tickColor=LINE,
            labelFontSize=11.5,
            titleFontSize=11.5,
            titleFontWeight="normal",
        )
        .configure_axisY(domain=False)
        .configure_legend(labelColor=TEXT, labelFontSize=12)
        .configure_text(fontSize=11.5)
        .to_dict(validate=False)
    )
    return restyled(vl_convert.vegalite_to_svg(spec))


_FIT: Final = alt.AutoSizeParams(type="fit", contains="padding")


def restyled(svg: str) -> str:
    """An SVG of vl-convert for use inside a page: the page's colours and font, no size of its own, and
    nothing read out piece by piece, since the page says in words what it shows."""
    svg = _NOISE.sub("", svg)
    svg = _SIZE.sub(' aria-hidden="true" focusable="false" viewBox', svg, count=1)
    svg = _DECIMALS.sub(r"\1", re.sub(r' font-family="[^"]*"', "", svg))
    for stand_in, colour in _STAND_INS.items():
        svg = svg.replace(stand_in, colour)
    return svg


def titled(svg: str, title: str) -> str:
    """The same with an accessible name."""
    return svg.replace(' aria-hidden="true"', f' role="img" aria-label="{escape(title)}"', 1)
