"""From a wished time to slots in the order of the wish. Pure: no Django."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta


def nearest_slots(starts: Mapping[int, datetime], wished: datetime, tolerance: timedelta) -> list[int]:
    """Slots that start within the tolerance of the wished time, nearest first, of two as near the earlier.

    Args:
        starts: the start of each slot by its id.
    """
    near = [
        (abs(start - wished), start, slot)
        for slot, start in starts.items()
        if abs(start - wished) <= tolerance
    ]
    return [slot for _, _, slot in sorted(near)]
