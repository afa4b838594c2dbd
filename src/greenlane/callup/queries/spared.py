"""Whose booking must not end as a no-show although its slot is long over: the truck is there."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db.models import Exists, OuterRef, Q

from greenlane.callup.models import Hindrance
from greenlane.gate.models import Passage
from greenlane.registry.models import Checkpoint

SEEN_WITHIN: Final = timedelta(hours=24)
"""A truck that no device has seen for longer may have left, unless a rest or papers kept it since."""


def spared_bookings(checkpoint: Checkpoint, direction: str, at: datetime) -> set[int]:
    """Bookings whose truck waits in the park or is called."""
    kept = Hindrance.objects.filter(
        Q(ends_at=None) | Q(ends_at__gt=at - SEEN_WITHIN),
        booking=OuterRef("booking"),
        starts_at__lte=at,
        lifted_at=None,
    )
    there = Passage.objects.filter(
        Q(last_at__gt=at - SEEN_WITHIN) | Exists(kept),
        checkpoint=checkpoint,
        direction=direction,
        phase__in=(Passage.Phase.WAITING, Passage.Phase.CALLED),
        booking__isnull=False,
    )
    return {key for key in there.values_list("booking_id", flat=True) if key is not None}
