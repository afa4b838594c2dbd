"""Figures of a period out of the hourly roll-ups; exact ones out of the measurements."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, cast
from zoneinfo import ZoneInfo

from django.db.models import Count, F, Max, Min, Q, QuerySet, Sum

from greenlane.registry.codes import DIRECTIONS
from greenlane.registry.models import Checkpoint
from greenlane.standard.clocks import CLOCKS
from greenlane.standard.columns import STAGE
from greenlane.standard.histograms import Histogram
from greenlane.standard.models import HourlyHistogram
from greenlane.standard.outcomes import Reason
from greenlane.standard.periods import Period
from greenlane.standard.queries.choice import Chosen, check_chosen, label_of, narrowed
from greenlane.standard.queries.exact import exact
from greenlane.standard.queries.promises import Promise, promise_of
from greenlane.standard.rollups import merge, summarise
from greenlane.standard.shares import Share
from greenlane.standard.summary import ClockSummary


@dataclass(frozen=True, slots=True)
class Headline:
    """Whether a checkpoint keeps its standard over a period.

    Attributes:
        share: of all trucks, within the standard; its Wilson interval and bounds.
        promised: share that must be within.
        measured, still_open: clocks with seconds, and those that still run.
    """

    share: Share
    promised: float
    measured: int
    still_open: int

    @property
    def n(self) -> int:
        return self.share.n

    @property
    def verdict(self) -> str:
        """``kept``, ``not_shown`` or ``broken``."""
        return str(self.share.verdict(self.promised))

    @property
    def match_rate(self) -> float | None:
        """Clocks measured, of those that have had the time to be."""
        owed = self.share.n - self.still_open
        return self.measured / owed if owed else None


def rolled(checkpoint: Checkpoint, direction: str, period: Period) -> QuerySet[HourlyHistogram]:
    """The roll-ups of a period, which begins and ends with an hour of the checkpoint's zone."""
    return HourlyHistogram.objects.filter(
        checkpoint=checkpoint, direction=direction, hour__gte=period.start, hour__lt=period.end
    )


_COUNTS: Final = ("within", "over", "undecided", "measured", "still_open")


def headlines(periods: Mapping[int, Period]) -> dict[tuple[int, str], Headline]:
    """The headline of every checkpoint and direction that measured any truck in its period, in one query.

    Args:
        periods: by the checkpoint's id.
    """
    wanted = Q(pk__in=[])
    for checkpoint_id, period in periods.items():
        wanted |= Q(checkpoint_id=checkpoint_id, hour__gte=period.start, hour__lt=period.end)
    counts: dict[str, Any] = {f"n_{name}": Sum(name) for name in _COUNTS}
    rows = (
        HourlyHistogram.objects.filter(wanted)
        .values("checkpoint_id", "direction")
        .annotate(least=Min("limit_s"), most=Max("limit_s"), **counts)
        .order_by()
    )
    # The names of the counts are not known to the types of Django.
    sums = cast("list[dict[str, Any]]", list(rows))
    checkpoints = Checkpoint.objects.select_related("crossing").in_bulk(
        {row["checkpoint_id"] for row in sums}
    )
    found = {}
    for row in sums:
        checkpoint = checkpoints[row["checkpoint_id"]]
        promise = promise_of(checkpoint)
        key = (checkpoint.pk, row["direction"])
        if row["least"] == row["most"] == promise.inside_s:
            within, over, undecided, measured, still_open = (row[f"n_{name}"] for name in _COUNTS)
            share = Share(promise.inside_s, within, over, undecided)
            found[key] = Headline(share, promise.quantile, measured, still_open)
        else:
            found[key] = _counted_again(checkpoint, row["direction"], periods[checkpoint.pk], promise)
    return found


def headline(checkpoint: Checkpoint, direction: str, start: datetime, end: datetime) -> Headline:
    """The headline of one checkpoint and direction over a period of whole hours."""
    promise = promise_of(checkpoint)
    sums = rolled(checkpoint, direction, Period(start, end)).aggregate(
        other=Count("pk", filter=~Q(limit_s=promise.inside_s)), **{f"n_{name}": Sum(name) for name in _COUNTS}
    )
    if sums["other"]:
        return _counted_again(checkpoint, direction, Period(start, end), promise)
    within, over, undecided, measured, still_open = (sums[f"n_{name}"] or 0 for name in _COUNTS)
    share = Share(promise.inside_s, within, over, undecided)
    return Headline(share, promise.quantile, measured, still_open)


def _counted_again(checkpoint: Checkpoint, direction: str, period: Period, promise: Promise) -> Headline:
    """From the measurements: the standard has changed since some hours were rolled up."""
    summary = exact(checkpoint, direction, period)
    return Headline(summary.share, promise.quantile, summary.n_measured, summary.missing.get(Reason.OPEN, 0))


def figures(
    checkpoint: Checkpoint, direction: str, period: Period, chosen: Chosen | None = None, by: str = "all"
) -> dict[str, ClockSummary]:
    """One clock over a period by label, labels in order; from roll-ups, so quantiles carry a small error.

    Args:
        checkpoint: whose.
        direction: which way; left out of account when `by` is ``direction``.
        period: whole hours of the checkpoint's zone.
        chosen: the clock, and which trucks.
        by: of `BY`. Hours (``"08"``), days and weekdays (``"1"`` is Monday) are local, those of the entry.

    Raises:
        GreenlaneError: see `check_chosen`.
    """
    chosen = chosen or Chosen()
    check_chosen(chosen, by)
    rows = rolled(checkpoint, direction, period)
    if by == "direction":
        rows = HourlyHistogram.objects.filter(
            checkpoint=checkpoint, hour__gte=period.start, hour__lt=period.end, direction__in=DIRECTIONS
        )
    found = narrowed(rows, chosen).values_list(
        "hour", "channel", "vehicle_class", "direction", F("clocks__" + chosen.clock)
    )
    groups: dict[str, list[dict[str, Any]]] = {}
    zone = ZoneInfo(checkpoint.zone)
    for hour, channel, vehicle_class, way, form in found.iterator(chunk_size=5_000):
        if form is not None:
            key = label_of(by, hour.astimezone(zone), channel, vehicle_class, way)
            groups.setdefault(key, []).append(form)
    promise = promise_of(checkpoint)
    limit_s = promise.limit_s(chosen.clock)
    return {
        label: summarise(groups[label], limit_s=limit_s, promised=promise.quantile)
        for label in sorted(groups)
    }


def clock_histogram(checkpoint: Checkpoint, direction: str, period: Period, chosen: Chosen) -> Histogram:
    """One clock over a period as one histogram."""
    rows = narrowed(rolled(checkpoint, direction, period), chosen)
    forms = rows.values_list(F("clocks__" + chosen.clock), flat=True)
    return merge(form for form in forms if form is not None)


def all_clocks(checkpoint: Checkpoint, direction: str, period: Period) -> dict[str, ClockSummary]:
    """Every clock over a period, from roll-ups; the named clocks first, then the stages by code."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for forms in rolled(checkpoint, direction, period).values_list("clocks", flat=True):
        for clock, form in forms.items():
            groups.setdefault(clock, []).append(form)
    promise = promise_of(checkpoint)
    order: list[str] = [clock for clock in CLOCKS if clock in groups]
    order += sorted(clock for clock in groups if clock.startswith(STAGE))
    return {
        clock: summarise(groups[clock], limit_s=promise.limit_s(clock), promised=promise.quantile)
        for clock in order
    }
