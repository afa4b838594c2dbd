"""What was found, as SVG: Vega-Lite by Altair, drawn by vl-convert."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import altair as alt
import numpy as np
import vl_convert

from greenlane.registry.crossing import Arrivals
from greenlane.twin.calibration.arrivals import Profile
from greenlane.twin.calibration.durations import Durations
from greenlane.twin.calibration.families import FITTED, curve_of
from greenlane.twin.calibration.fitting import Fit, observed_shares
from greenlane.twin.calibration.observations import Floats
from greenlane.twin.calibration.validation import LEVELS, Compared
from greenlane.twin.distributions import Distribution

SEEN, DESCRIBED, BAR = "#0b6b4f", "#c2410c", "#b9d8cd"
WIDTH, HEIGHT = 320, 200
_BARS: Final = 50
_POINTS: Final = 200
Chart = alt.Chart | alt.LayerChart


def density_picture(times: Durations, fit: Fit) -> str:
    """Observed minutes as bars, the fitted density as a line; a density as observed has bars alone."""
    middle = times.middle
    weight = times.weight[~times.is_running]
    order = np.argsort(middle)
    reached = np.cumsum(weight[order]) / weight.sum()
    top = max(float(middle[order][np.searchsorted(reached, 0.995)]) * 1.05, 1e-6)
    step = _bar_width(times, top)
    share, edges = np.histogram(middle, np.arange(0.0, top + step, step), weights=weight)
    share = share / weight.sum() / step
    bars = [
        {"from": float(low), "to": float(high), "density": float(each)}
        for low, high, each in zip(edges[:-1], edges[1:], share, strict=True)
    ]
    layers: Chart = (
        _chart(bars)
        .mark_bar(color=BAR, strokeWidth=0)
        .encode(
            x=alt.X("from:Q", title="minutes", scale=alt.Scale(domain=[0.0, top], nice=False)),
            x2="to:Q",
            y=alt.Y("density:Q", title="density", stack=None),
            y2=alt.datum(0),
        )
    )
    if fit.family in FITTED:
        grid = np.linspace(0.0, top, _POINTS + 1)[1:]
        density = np.exp(curve_of(fit.distribution).log_density(grid))
        density = np.where(grid < fit.distribution.least, 0.0, density)
        ceiling = 1.3 * float(share.max())
        line = [
            {"minutes": float(at), "density": min(float(each), ceiling)}
            for at, each in zip(grid, density, strict=True)
        ]
        layers = layers + _chart(line).mark_line(color=DESCRIBED, clip=True).encode(
            x="minutes:Q", y="density:Q"
        )
    return _drawn(layers)


def quantile_picture(times: Durations, distribution: Distribution) -> str:
    """Observed quantiles against those of the fit: on the line where it holds."""
    seen = observed_shares(times)
    levels = LEVELS[float(seen.after[-1]) > LEVELS]
    observed = np.interp(levels, seen.after, np.sort(times.middle))
    return against_picture(observed, distribution.quantile(levels), "observed minutes", "fitted minutes")


def against_picture(first: Floats, second: Floats, across: str, up: str) -> str:
    """Quantiles of one against those of another."""
    top = float(max(first.max(), second.max())) * 1.03
    points = [{"a": float(a), "b": float(b)} for a, b in zip(first, second, strict=True)]
    scale = alt.Scale(domain=[0.0, top], nice=False)
    line = _chart([{"a": 0.0, "b": 0.0}, {"a": top, "b": top}]).mark_line(color="#999", strokeDash=[4, 3])
    dots = _chart(points).mark_point(color=SEEN, filled=True, size=22, opacity=0.8)
    encoded: dict[str, Any] = {
        "x": alt.X("a:Q", title=across, scale=scale),
        "y": alt.Y("b:Q", title=up, scale=scale),
    }
    return _drawn(line.encode(**encoded) + dots.encode(**encoded))


def shares_picture(compared: Compared) -> str:
    """The share of trucks done within a time, recorded and simulated."""
    rows = [
        {"minutes": float(minutes), "share": float(level), "of": name}
        for name, row in zip(("recorded", "simulated"), compared.quantiles, strict=True)
        for level, minutes in zip(LEVELS, row, strict=True)
    ]
    chart = (
        _chart(rows)
        .mark_line(interpolate="linear")
        .encode(
            x=alt.X("minutes:Q", title="minutes"),
            y=alt.Y("share:Q", title="share of trucks within", axis=alt.Axis(format="%")),
            color=_two_tones(),
        )
    )
    return _drawn(chart)


def hours_picture(rows: Sequence[Compared], level: float) -> str:
    """A quantile of a clock by the hour of entry, recorded and simulated."""
    points = [
        {"hour": row.hour, "minutes": minutes, "of": name}
        for row in rows
        for name, minutes in zip(("recorded", "simulated"), row.at(level), strict=True)
    ]
    chart = (
        _chart(points)
        .mark_line(point=True)
        .encode(
            x=alt.X("hour:Q", title="hour of entry", scale=alt.Scale(domain=[0, 23], nice=False)),
            y=alt.Y("minutes:Q", title=f"minutes, p{level * 100:g}"),
            color=_two_tones(),
        )
    )
    return _drawn(chart)


def arrivals_picture(profile: Profile, described: Arrivals) -> str:
    """Trucks an hour with their intervals as found, and as described before."""
    rows = [
        {"hour": hour, "found": float(found), "low": float(low), "high": float(high), "was": float(was)}
        for hour, (found, low, high, was) in enumerate(
            zip(profile.hourly, profile.low, profile.high, described.hourly, strict=True)
        )
    ]
    base = _chart(rows).encode(x=alt.X("hour:O", title="local hour", axis=alt.Axis(labelAngle=0)))
    bars = base.mark_bar(color=BAR).encode(y=alt.Y("found:Q", title="trucks an hour"))
    span = base.mark_rule(color=SEEN).encode(y="low:Q", y2="high:Q")
    was = base.mark_tick(color=DESCRIBED, thickness=2).encode(y="was:Q")
    return _drawn(bars + span + was)


def offsets_picture(offsets: Sequence[float], slot_minutes: float) -> str:
    """The share of booked trucks that had come by a time from the start of their slot."""
    count = len(offsets)
    rows = [{"minutes": minutes, "share": (at + 0.5) / count} for at, minutes in enumerate(offsets)]
    line = (
        _chart(rows)
        .mark_line(color=SEEN)
        .encode(
            x=alt.X("minutes:Q", title="minutes from the start of the slot"),
            y=alt.Y("share:Q", title="share come by then", axis=alt.Axis(format="%")),
        )
    )
    slot = (
        _chart([{"from": 0.0, "to": slot_minutes}])
        .mark_rect(color=BAR, opacity=0.5)
        .encode(x="from:Q", x2="to:Q")
    )
    return _drawn(slot + line)


def _bar_width(times: Durations, top: float) -> float:
    """A fiftieth of what is shown, or whole steps of the clock where those are coarser."""
    width = float((times.high - times.low)[~times.is_running].max()) / 2.0
    step = top / _BARS
    return float(np.ceil(step / width) * width) if width > 0.0 else step


def _two_tones() -> alt.Color:
    return alt.Color(
        "of:N",
        title=None,
        scale=alt.Scale(domain=["recorded", "simulated"], range=[SEEN, DESCRIBED]),
        legend=alt.Legend(orient="top"),
    )


def _chart(rows: list[dict[str, Any]]) -> alt.Chart:
    return alt.Chart(alt.InlineData(values=rows))


def _drawn(chart: Chart) -> str:
    whole = chart.properties(width=WIDTH, height=HEIGHT, background="white", padding=6)
    spec = whole.configure_view(stroke=None).to_dict(validate=False)
    return str(vl_convert.vegalite_to_svg(spec))
