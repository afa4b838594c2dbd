"""Figures computed again from the raw readings, compared with the stored, and set right where they differ."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from greenlane.errors import GreenlaneError
from greenlane.gate.models import Passage
from greenlane.registry.models import Checkpoint
from greenlane.standard.commands.measuring import (
    WRITTEN_AGAIN_AFTER,
    keep_figures,
    lock_figures,
    measurement_of,
    write,
)
from greenlane.standard.models import Measurement, Revision
from greenlane.standard.periods import Period, day_of, day_period, days_in, days_period
from greenlane.standard.published import Changed, changed, figures_of
from greenlane.standard.queries.passages import Seen, seen
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
    """Read the clocks that still run; without figures, which are made once, at the end."""
    running = measurements(checkpoint, direction, period).filter(due_at__lte=at + WRITTEN_AGAIN_AFTER)
    write(seen(Passage.objects.filter(pk__in=running.values("pk"))), at)


def _recompute_day(
    checkpoint: Checkpoint, direction: str, day: date, raw: list[Seen], at: datetime
) -> Recomputed:
    period, promise = day_period(day, checkpoint.zone), promise_of(checkpoint)
    plan = plan_of(checkpoint, direction)
    rows = [measurement_of(one, at, promise, plan) for one in raw]
    new = figures_of(columns_of(rows), promise.limit_s, promise.quantile)
    before = measurements(checkpoint, direction, period)
    touched = {(checkpoint.pk, direction): set(before.values_list("counted_at", flat=True))}
    differs = changed(stored_figures(checkpoint, direction, period), new)
    stored = [one for one in raw if one.id != UNSTORED]
    struck = list(before.exclude(pk__in=[one.id for one in stored]).values_list("pk", flat=True))
    if differs:
        for key, times in write(stored, at).items():
            touched.setdefault(key, set()).update(times)
        Measurement.objects.filter(pk__in=struck).delete()
    # Made anew in any case: a roll-up that does not fit its passages shows nowhere else.
    keep_figures(touched, at, "recomputed" if differs else "time")
    published = Revision.objects.filter(checkpoint=checkpoint, direction=direction, day=day)
    return Recomputed(
        day=day,
        passages=len(raw),
        changed=differs,
        revision=published.aggregate(last=Max("number"))["last"],
        unstored=len(raw) - len(stored),
        struck=len(struck),
    )


def _no_readings() -> GreenlaneError:
    return GreenlaneError(
        "no_readings",
        _("The raw readings of this time are not kept any more."),
        field="from",
        mend=_("Choose days within the time for which readings are kept."),
        status=409,
    )
