"""How many trucks an hour the other side was measured to take."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import numpy as np
from django.db.models import Count
from django.db.models.functions import TruncHour

from greenlane.gate.models import Passage
from greenlane.registry.codes import INBOUND, OUTBOUND
from greenlane.registry.models import Checkpoint

LOOKED_BACK: Final = timedelta(days=28)
LEAST_HOURS: Final = 7 * 24
"""Fewer hours with trucks do not show what a checkpoint takes."""
QUANTILE: Final = 0.95
"""Of its hours: what it takes when it has much to do, one rare hour left aside."""


def accepted_per_hour(checkpoint: Checkpoint, direction: str, at: datetime) -> float | None:
    """Trucks that the facing checkpoint let out an hour, in its busy hours of the last four weeks.

    None for trucks that come in, who go to no other checkpoint, and where too little was read there.
    """
    facing = checkpoint.crossing.checkpoints.exclude(pk=checkpoint.pk).first()
    if direction != OUTBOUND or facing is None:
        return None
    hours = (
        Passage.objects.filter(
            checkpoint=facing, direction=INBOUND, exit_at__gte=at - LOOKED_BACK, exit_at__lt=at
        )
        .annotate(hour=TruncHour("exit_at"))
        .values("hour")
        .annotate(trucks=Count("pk"))
        .values_list("trucks", flat=True)
    )
    counts = list(hours)
    if len(counts) < LEAST_HOURS:
        return None
    return float(np.quantile(counts, QUANTILE, method="inverted_cdf"))
