"""Stored measurements of a period as arrays: what exact figures are made from."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from django.db.models import QuerySet

from greenlane.registry.models import Checkpoint
from greenlane.standard.clocks import CLOCKS
from greenlane.standard.columns import STAGE, ClockColumn
from greenlane.standard.models import Measurement
from greenlane.standard.outcomes import Reason
from greenlane.standard.periods import Period
from greenlane.standard.published import Figures, figures_of
from greenlane.standard.queries.promises import promise_of


class Clocked(NamedTuple):
    """What figures need of a measurement; fields as there. Reading these alone takes a third of the time."""

    counted_at: datetime
    channel: str
    vehicle_class: str
    access_s: float | None
    early_wait_s: float | None
    outside_s: float | None
    inside_s: float | None
    touch_s: float | None
    idle_s: float | None
    two_sided_s: float | None
    stage_s: dict[str, float]
    missing: dict[str, str]
    at_least: dict[str, float]
    breach: str
    breach_stage: str


def clocked(rows: QuerySet[Measurement]) -> list[Clocked]:
    """Measurements as `Clocked`, by id, so that sums come out the same each time."""
    return [Clocked(*row) for row in rows.order_by("pk").values_list(*Clocked._fields)]


def measurements(checkpoint: Checkpoint, direction: str, period: Period) -> QuerySet[Measurement]:
    """Those counted in a period."""
    return Measurement.objects.filter(
        checkpoint=checkpoint,
        direction=direction,
        counted_at__gte=period.start,
        counted_at__lt=period.end,
    )


def stored_figures(checkpoint: Checkpoint, direction: str, period: Period) -> Figures:
    """The exact figures of every clock over a period."""
    promise = promise_of(checkpoint)
    rows = clocked(measurements(checkpoint, direction, period))
    return figures_of(columns_of(rows), promise.limit_s, promise.quantile)


def columns_of(rows: Sequence[Clocked | Measurement]) -> dict[str, ClockColumn]:
    """The clocks of measured passages as arrays, by name; each stage that any of them visited is one."""
    columns = {clock: _column(rows, clock) for clock in CLOCKS}
    stages = {code for row in rows for code in row.stage_s}
    stages |= {name.removeprefix(STAGE) for row in rows for name in row.missing if name.startswith(STAGE)}
    return columns | {STAGE + code: _stage_column(rows, code) for code in sorted(stages)}


def _column(rows: Sequence[Clocked | Measurement], clock: str) -> ClockColumn:
    return ClockColumn.of_stored(
        [getattr(row, f"{clock}_s") for row in rows],
        [row.missing.get(clock) for row in rows],
        [row.at_least.get(clock) for row in rows],
    )


def _stage_column(rows: Sequence[Clocked | Measurement], code: str) -> ClockColumn:
    name = STAGE + code
    return ClockColumn.of_stored(
        [row.stage_s.get(code) for row in rows],
        [None if code in row.stage_s else row.missing.get(name, _NOT_VISITED) for row in rows],
        [row.at_least.get(name) for row in rows],
    )


_NOT_VISITED: Final = str(Reason.NOT_VISITED)
