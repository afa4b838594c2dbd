"""Published figures of local days: made once the day is over, and never changed but by the next number."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Final

from django.db import connection, transaction

from greenlane.registry.models import Checkpoint
from greenlane.standard.models import Revision
from greenlane.standard.periods import day_of, day_period
from greenlane.standard.published import changed
from greenlane.standard.queries.stored import stored_figures

SETTLES: Final = timedelta(hours=1)
"""A day is published so long after its end: most trucks that entered late have left by then."""


def publish(at: datetime) -> list[Revision]:
    """The first revision of every local day that is over, has passages, and has none yet."""
    made = []
    for checkpoint, direction, day in _unpublished(at):
        revision = _revise(checkpoint, direction, day, at, "day")
        if revision is not None:
            made.append(revision)
    return made


def revise_published(
    checkpoint: Checkpoint, direction: str, hours: Iterable[datetime], at: datetime, why: str
) -> list[Revision]:
    """The next revision of every published day among the local days of these hours whose figures changed."""
    days = {day_of(hour, checkpoint.zone) for hour in hours}
    published = Revision.objects.filter(
        checkpoint=checkpoint, direction=direction, day__in=days, number=1
    ).values_list("day", flat=True)
    made = (_revise(checkpoint, direction, day, at, why) for day in sorted(published))
    return [revision for revision in made if revision is not None]


@transaction.atomic
def _revise(checkpoint: Checkpoint, direction: str, day: date, at: datetime, why: str) -> Revision | None:
    """The next revision, or None where nothing changed."""
    last = (
        Revision.objects.select_for_update()
        .filter(checkpoint=checkpoint, direction=direction, day=day)
        .order_by("-number")
        .first()
    )
    figures = stored_figures(checkpoint, direction, day_period(day, checkpoint.zone))
    differs = changed(last.figures, figures) if last else {}
    if last is not None and not differs:
        return None
    return Revision.objects.create(
        checkpoint=checkpoint,
        direction=direction,
        day=day,
        number=last.number + 1 if last else 1,
        figures=figures,
        changed=differs,
        why=why,
        made_at=at,
    )


_DAYS = """
SELECT DISTINCT direction, (hour AT TIME ZONE %(zone)s)::date AS day
  FROM standard_hourlyhistogram
 WHERE checkpoint_id = %(checkpoint)s
EXCEPT
SELECT direction, day FROM standard_revision WHERE checkpoint_id = %(checkpoint)s
 ORDER BY 2, 1
"""


def _unpublished(at: datetime) -> Iterator[tuple[Checkpoint, str, date]]:
    for checkpoint in Checkpoint.objects.select_related("crossing").order_by("code"):
        with connection.cursor() as cursor:
            cursor.execute(_DAYS, {"zone": checkpoint.zone, "checkpoint": checkpoint.pk})
            days = cursor.fetchall()
        for direction, day in days:
            if day_period(day, checkpoint.zone).end + SETTLES <= at:
                yield checkpoint, direction, day
