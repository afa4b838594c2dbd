"""Figures of a period from every passage: exact, and slower than from the roll-ups."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import F, QuerySet

from greenlane.registry.models import Checkpoint
from greenlane.standard.columns import STAGE, ClockColumn
from greenlane.standard.models import Measurement
from greenlane.standard.outcomes import Reason
from greenlane.standard.periods import Period
from greenlane.standard.published import limits_of
from greenlane.standard.queries.choice import Chosen, check_chosen, label_of, narrowed
from greenlane.standard.queries.promises import promise_of
from greenlane.standard.summary import ClockSummary, summarise


def exact_figures(
    checkpoint: Checkpoint, direction: str, period: Period, chosen: Chosen | None = None, by: str = "all"
) -> dict[str, ClockSummary]:
    """The same as `figures`, with quantiles of the measured values themselves, also where trucks have no end.

    Raises:
        GreenlaneError: see `check_chosen`.
    """
    chosen = chosen or Chosen()
    check_chosen(chosen, by)
    rows = Measurement.objects.filter(
        checkpoint=checkpoint, counted_at__gte=period.start, counted_at__lt=period.end
    )
    if by != "direction":
        rows = rows.filter(direction=direction)
    groups: dict[str, list[tuple[float | None, str | None, float | None]]] = {}
    zone = ZoneInfo(checkpoint.zone)
    for counted_at, channel, vehicle_class, way, *clock in _values(narrowed(rows, chosen), chosen.clock):
        local: datetime = counted_at.astimezone(zone)
        label = label_of(by, local, channel, vehicle_class, way)
        groups.setdefault(label, []).append(_clock(*clock))
    promise = promise_of(checkpoint)
    limits = limits_of(promise.limit_s(chosen.clock))
    return {
        label: summarise(_column(groups[label]), limits=limits, promised=promise.quantile)
        for label in sorted(groups)
    }


def exact(
    checkpoint: Checkpoint, direction: str, period: Period, chosen: Chosen | None = None
) -> ClockSummary:
    """One clock over a period as a whole."""
    found = exact_figures(checkpoint, direction, period, chosen).get("all")
    limits = limits_of(promise_of(checkpoint).limit_s((chosen or Chosen()).clock))
    promised = promise_of(checkpoint).quantile
    return found or summarise(ClockColumn.of([]), limits=limits, promised=promised)


def _values(rows: QuerySet[Measurement], clock: str) -> QuerySet[Measurement, Any]:
    is_stage = clock.startswith(STAGE)
    seconds = F("stage_s__" + clock.removeprefix(STAGE) if is_stage else f"{clock}_s")
    return rows.values_list(
        "counted_at",
        "channel",
        "vehicle_class",
        "direction",
        seconds,
        F("missing__" + clock),
        F("at_least__" + clock),
    )


def _clock(
    seconds: float | None, reason: str | None, at_least: float | None
) -> tuple[float | None, str | None, float | None]:
    """A stage that a row says nothing of was not visited."""
    return seconds, reason or (None if seconds is not None else str(Reason.NOT_VISITED)), at_least


def _column(rows: list[tuple[float | None, str | None, float | None]]) -> ClockColumn:
    seconds, reasons, at_least = zip(*rows, strict=True)
    return ClockColumn.of_stored(seconds, reasons, at_least)
