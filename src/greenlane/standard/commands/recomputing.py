"""Figures computed again from the raw readings, compared with the stored, and set right where they differ."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from greenlane.errors import GreenlaneError
from greenlane.registry.models import Checkpoint
from greenlane.standard.commands.measuring import keep_figures, lock_figures, measure, measurement_of, write
from greenlane.standard.models import Measurement, Revision
from greenlane.standard.periods import Period, day_of, day_period, days_in, days_period
from greenlane.standard.published import Changed, changed, figures_of
from greenlane.standard.queries.passages import Seen
from greenlane.standard.queries.promises import plan_of, promise_of
from greenlane.standard.queries.raw import UNSTORED, raw_passages
from greenlane.standard.queries.stored import columns_of, measurements, stored_figures


@dataclass(frozen=True, slots=True)
class Recomputed:
    """What a recomputation found of one local day.

    Attributes:
        passages: that the raw readings give.
        changed: figure to stored and recomputed value; empty where they agree.
        revision: number of the published state afterwards; None where the day is not published yet.
        unstored: passages that the readings give and no row has: the gate must match again.
        struck: measured passages of which no reading stands any more.
    """

    day: date
    passages: int
    changed: Changed
    revision: int | None
    unstored: int
    struck: int


def recompute(
    checkpoint: Checkpoint, direction: str, first: date, last: date, at: datetime, *, dry_run: bool = False
) -> list[Recomputed]:
    """Compute the figures of local days from the raw readings, and repair what is stored where they differ.

    A published day that changes gets its next revision. What only time has changed (a truck that is still
    inside has been there longer) is brought up to date on both sides first, and is no difference.

    Args:
        first, last: local days, both included.
        at: aware time; both sides are taken as they stand then.
        dry_run: find out, and change nothing.

    Raises:
        GreenlaneError: ``no_readings``, where the raw readings of measured passages are not kept any more.
    """
    period = days_period(first, last, checkpoint.zone)
    with transaction.atomic():
        lock_figures([checkpoint.pk])
        _bring_up_to_date(checkpoint, direction, period, at)
        raw = raw_passages(checkpoint, direction, period)
        if not raw and measurements(checkpoint, direction, period).exists():
            raise _no_readings()
        by_day: dict[date, list[Seen]] = {day: [] for day in days_in(period, checkpoint.zone)}
        for one in raw:
            by_day[day_of(one.counted_at, checkpoint.zone)].append(one)
        found = [_recompute_day(checkpoint, direction, day, members, at) for day, members in by_day.items()]
        if dry_run:
            transaction.set_rollback(True)
    return found


def _bring_up_to_date(checkpoint: Checkpoint, direction: str, period: Period, at: datetime) -> None:
    running = measurements(checkpoint, direction, period).filter(due_at__isnull=False)
    measure(list(running.values_list("pk", flat=True)), at, why="time")


def _recompute_day(
    checkpoint: Checkpoint, direction: str, day: date, raw: list[Seen], at: datetime
) -> Recomputed:
    period, promise = day_period(day, checkpoint.zone), promise_of(checkpoint)
    plan = plan_of(checkpoint, direction)
    rows = [measurement_of(one, at, promise, plan) for one in raw]
    new = figures_of(columns_of(rows), promise.limit_s, promise.quantile)
    differs = changed(stored_figures(checkpoint, direction, period), new)
    stored = [one for one in raw if one.id != UNSTORED]
    struck = measurements(checkpoint, direction, period).exclude(pk__in=[one.id for one in stored])
    count = struck.count()
    if differs:
        _repair(checkpoint, direction, stored, list(struck), at)
    last = (
        Revision.objects.filter(checkpoint=checkpoint, direction=direction, day=day).order_by("number").last()
    )
    return Recomputed(
        day=day,
        passages=len(raw),
        changed=differs,
        revision=last.number if last else None,
        unstored=len(raw) - len(stored),
        struck=count,
    )


def _repair(
    checkpoint: Checkpoint, direction: str, stored: list[Seen], struck: list[Measurement], at: datetime
) -> None:
    touched = write(stored, at)
    left = {row.counted_at for row in struck}
    Measurement.objects.filter(pk__in=[row.pk for row in struck]).delete()
    touched.setdefault((checkpoint.pk, direction), set()).update(left)
    keep_figures(touched, at, "recomputed")


def _no_readings() -> GreenlaneError:
    return GreenlaneError(
        "no_readings",
        _("The raw readings of this time are not kept any more."),
        field="from",
        mend=_("Choose days within the time for which readings are kept."),
        status=409,
    )
