"""Which state of a day's figures is the published one."""

from __future__ import annotations

from django.db.models import QuerySet

from greenlane.registry.models import Checkpoint
from greenlane.standard.models import Revision
from greenlane.standard.periods import Period, days_in


def latest_revisions(checkpoint: Checkpoint, direction: str, period: Period) -> QuerySet[Revision]:
    """The latest revision of each published local day that a period touches, the latest day first."""
    days = list(days_in(period, checkpoint.zone))
    return (
        Revision.objects.filter(
            checkpoint=checkpoint, direction=direction, day__gte=days[0], day__lte=days[-1]
        )
        .order_by("-day", "-number")
        .distinct("day")
    )
