"""The drive from each park to the barrier: described, and measured from call to entry."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Final

from django.db.models import F

from greenlane.callup.models import Call
from greenlane.callup.travel import LAST_CALLS, Drive, drive_of
from greenlane.registry.models import Checkpoint
from greenlane.registry.queries import checkpoint_document, parks_of

_LOOKED_AT: Final = 4 * LAST_CALLS
_NOT_OLDER: Final = timedelta(days=14)


def travel_from(checkpoint: Checkpoint, direction: str) -> dict[int | None, timedelta]:
    """The described drive from each park by the park's key; None stands for any park."""
    codes = {park.code for park in checkpoint_document(checkpoint).parks_for(direction)}
    parks = [park for park in parks_of(checkpoint) if park.code in codes]
    drives: dict[int | None, timedelta] = {park.pk: timedelta(minutes=park.travel_minutes) for park in parks}
    drives[None] = max(drives.values(), default=timedelta())
    return drives


def drives_from(
    checkpoint: Checkpoint, direction: str, at: datetime, most_above: timedelta
) -> dict[int | None, Drive]:
    """The drive from each park as it was measured by `at`; `travel.drive_of` says how."""
    rows = (
        Call.objects.filter(
            checkpoint=checkpoint,
            direction=direction,
            called_at__gt=at - _NOT_OLDER,
            called_at__lte=at,
            recalled_at=None,
            passage__entry_at__gt=F("called_at"),
            passage__entry_at__lte=at,
        )
        .order_by("-called_at")
        .values_list("booking__park_id", "called_at", "passage__entry_at")[:_LOOKED_AT]
    )
    samples: dict[int | None, list[timedelta]] = defaultdict(list)
    described = travel_from(checkpoint, direction)
    for park, called_at, entry_at in rows:
        if entry_at is not None:
            samples[park if park in described else None].append(entry_at - called_at)
    return {park: drive_of(drive, samples[park], most_above) for park, drive in described.items()}
