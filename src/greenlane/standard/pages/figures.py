"""The charts of the clocks page: their drawings, what they say in words, and their tables."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from babel.dates import format_skeleton, get_day_names
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from greenlane.standard import queries
from greenlane.standard.charts import (
    NARROW,
    WIDE,
    Bar,
    Cell,
    QuantileRow,
    ShareRow,
    quantile_lines,
    share_points,
    time_bars,
    week_heat,
)
from greenlane.standard.histograms import EDGES, Histogram
from greenlane.standard.pages.place import Place
from greenlane.standard.periods import Period
from greenlane.standard.queries import Chosen, clock_histogram
from greenlane.standard.summary import ClockSummary
from greenlane.standard.templatetags.standard_figures import clock_name, clock_time, percent

_LOCALES = {"en": "en_GB", "ru": "ru", "zh": "zh_Hans"}
MERGED_BINS = 3
"""So many bins of the roll-ups are one bar."""


@dataclass(frozen=True, slots=True)
class Chart:
    """One chart.

    Attributes:
        code: for addresses inside the page.
        wide, narrow: drawings for screens and for phones.
        words: what it shows, in a sentence or two.
        head, rows: the same as a table.
    """

    code: str
    title: str
    wide: SafeString
    narrow: SafeString
    words: str
    head: list[str]
    rows: list[list[str]]


def charts_of(place: Place, chosen: Chosen, period: Period, stages: dict[str, str]) -> list[Chart]:
    """All charts of a clock over a period in which something was measured."""
    where = (place.checkpoint, str(place.direction), period, chosen)
    histogram = clock_histogram(*where)
    limit_s, promised = place.promise.limit_s(chosen.clock), place.promise.quantile
    name = clock_name(chosen.clock, stages)
    days, hours = queries.exact_figures(*where, by="day"), queries.exact_figures(*where, by="hour")
    charts = [
        _share_chart(days, limit_s, promised, name),
        _quantile_chart("days", _("%(clock)s by day, minutes") % {"clock": name}, _dated(days), limit_s),
        _bars_chart(histogram, limit_s, name),
        _quantile_chart("hours", _("%(clock)s by hour of entry, minutes") % {"clock": name}, hours, limit_s),
        _heat_chart(queries.figures(*where, by="week_hour"), limit_s),
    ]
    return [chart for chart in charts if chart is not None]


def _locale() -> str:
    return _LOCALES.get((get_language() or "en").split("-")[0], "en_GB")


def _dated(days: dict[str, ClockSummary]) -> dict[str, ClockSummary]:
    return {_day(label): summary for label, summary in days.items()}


def _day(label: str) -> str:
    return str(format_skeleton("MMMd", date.fromisoformat(label), locale=_locale()))


def _standard(limit_s: float) -> str:
    return _("standard %(time)s") % {"time": clock_time(limit_s)}


def _safe(svg: str) -> SafeString:
    return mark_safe(svg)


def _share_chart(days: dict[str, ClockSummary], limit_s: float, promised: float, name: str) -> Chart | None:
    rows, kept = [], 0
    table = []
    for label, summary in _dated(days).items():
        share, interval = summary.share, summary.share.interval
        if share.value is None or interval is None:
            continue
        rows.append(ShareRow(label, share.value, interval.low, interval.high))
        kept += summary.verdict == "kept"
        table.append(
            [
                label,
                str(summary.n),
                percent(share.value),
                f"{percent(interval.low)} – {percent(interval.high)}",
                f"{percent(share.pessimistic)} – {percent(share.optimistic)}",
                percent(summary.match_rate),
            ]
        )
    if not rows:
        return None
    words = {"promised": _("promised %(share)s") % {"share": percent(promised)}}
    worst = min(rows, key=lambda row: row.share)
    return Chart(
        code="share",
        title=_("%(clock)s: share of trucks within %(time)s, by day")
        % {"clock": name, "time": clock_time(limit_s)},
        wide=_safe(share_points(rows, promised, words, WIDE)),
        narrow=_safe(share_points(rows, promised, words, NARROW)),
        words=_(
            "The promise is shown to be kept on %(kept)d of %(days)d days. "
            "The lowest share was %(share)s, on %(day)s. Bars are 95 %% intervals."
        )
        % {"kept": kept, "days": len(rows), "share": percent(worst.share), "day": worst.label},
        head=[_("Day"), _("Trucks"), _("Within"), _("Interval (95 %)"), _("Bounds"), _("Match rate")],
        rows=table,
    )


def _quantile_chart(code: str, title: str, groups: dict[str, ClockSummary], limit_s: float) -> Chart | None:
    rows = [
        QuantileRow(label, each.quantile(0.5), each.quantile(0.9), each.quantile(0.95))
        for label, each in groups.items()
    ]
    medians = [row for row in rows if row.p50 is not None]
    if not medians:
        return None
    words = {"standard": _standard(limit_s)}
    low, high = min(medians, key=_median), max(medians, key=_median)
    late = sum(row.p95 is not None and row.p95 > limit_s for row in rows)
    carried = sum(row.p95 is not None for row in rows)
    return Chart(
        code=code,
        title=title,
        wide=_safe(quantile_lines(rows, limit_s, words, WIDE)),
        narrow=_safe(quantile_lines(rows, limit_s, words, NARROW)),
        words=_(
            "The median was between %(low)s (%(low_at)s) and %(high)s (%(high_at)s). Of the %(carried)d with "
            "enough trucks for p95, %(late)d had it above the standard."
        )
        % {
            "low": clock_time(low.p50),
            "low_at": low.label,
            "high": clock_time(high.p50),
            "high_at": high.label,
            "carried": carried,
            "late": late,
        },
        head=[_("When"), _("Trucks"), "p50", "p90", "p95", "p99"],
        rows=[
            [label, str(each.n), *(_quantile(figure.seconds) for figure in each.quantiles)]
            for label, each in groups.items()
        ],
    )


def _median(row: QuantileRow) -> float:
    return row.p50 or 0.0


def _quantile(seconds: float | None) -> str:
    return _("n too small") if seconds is None else clock_time(seconds)


def _bars_chart(histogram: Histogram, limit_s: float, name: str) -> Chart | None:
    counts = histogram.bins[1:-1]
    bars = [
        Bar(
            float(EDGES[first]),
            float(EDGES[min(first + MERGED_BINS, len(EDGES) - 1)]),
            int(counts[first : first + MERGED_BINS].sum()),
        )
        for first in range(0, len(counts), MERGED_BINS)
    ]
    filled = [place for place, bar in enumerate(bars) if bar.count]
    if not filled:
        return None
    shown = bars[max(0, filled[0] - 1) : filled[-1] + 2]
    words = {"standard": _standard(limit_s), "minutes": _("minutes, even steps are even ratios")}
    most = max(shown, key=lambda bar: bar.count)
    late = sum(bar.count for bar in bars if bar.low >= limit_s)
    return Chart(
        code="lengths",
        title=_("%(clock)s: how many trucks took how long") % {"clock": name},
        wide=_safe(time_bars(shown, limit_s, words, WIDE)),
        narrow=_safe(time_bars(shown, limit_s, words, NARROW)),
        words=_("Most trucks took %(low)s to %(high)s; %(late)d of %(n)d took longer than %(limit)s.")
        % {
            "low": clock_time(most.low),
            "high": clock_time(most.high),
            "late": late,
            "n": histogram.n_measured,
            "limit": clock_time(limit_s),
        },
        head=[_("From"), _("To"), _("Trucks")],
        rows=[[clock_time(bar.low), clock_time(bar.high), str(bar.count)] for bar in shown],
    )


def _heat_chart(groups: dict[str, ClockSummary], limit_s: float) -> Chart | None:
    names = get_day_names("abbreviated", context="stand-alone", locale=_locale())
    weekdays = [str(names[day]) for day in range(7)]
    cells, table = [], []
    for label, summary in groups.items():
        day, hour = label.split()
        if summary.share.value is None:
            continue
        cell = Cell(hour, weekdays[int(day) - 1], 1 - summary.share.value)
        cells.append(cell)
        table.append([cell.weekday, f"{hour}:00", str(summary.n), percent(summary.share.value)])
    if not cells:
        return None
    worst = max(cells, key=lambda cell: cell.late)
    return Chart(
        code="week",
        title=_("When trucks take longer than %(time)s: hour by weekday") % {"time": clock_time(limit_s)},
        wide=_safe(week_heat(cells, weekdays, WIDE)),
        narrow=_safe(week_heat(cells, weekdays, NARROW)),
        words=_(
            "The darker, the more trucks took longer; hours are those of the entry, in the checkpoint's "
            "zone. Worst: %(day)s %(hour)s:00, with %(late)s over the standard."
        )
        % {"day": worst.weekday, "hour": worst.hour, "late": percent(worst.late)},
        head=[_("Weekday"), _("Hour"), _("Trucks"), _("Within")],
        rows=table,
    )
