"""The time release study of a period, out of the passages."""

from __future__ import annotations

from datetime import datetime

from greenlane.gate.models import Passage
from greenlane.registry.models import Checkpoint
from greenlane.standard.clocks import measure
from greenlane.standard.periods import Period
from greenlane.standard.queries.passages import seen
from greenlane.standard.release_study import ReleaseStudy, release_study


def study(checkpoint: Checkpoint, direction: str, period: Period, at: datetime) -> ReleaseStudy:
    """The study of the trucks counted in a period, as known at `at`."""
    passages = seen(
        Passage.objects.filter(
            measurement__checkpoint=checkpoint,
            measurement__direction=direction,
            measurement__counted_at__gte=period.start,
            measurement__counted_at__lt=period.end,
        )
    )
    times = [one.times for one in passages]
    return release_study(times, [measure(one, at=at) for one in times], zone=checkpoint.zone)
