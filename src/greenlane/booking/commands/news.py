"""Telling the rooms above what the holder of a place should hear of."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from greenlane.booking.models import Booking
from greenlane.booking.signals import NEWS, place_news


def tell_holder(kind: str, booking: Booking, at: datetime, **details: Any) -> None:
    """Send `place_news` of a booking; ``details`` are plain values for the text."""
    assert kind in NEWS
    place_news.send(
        sender=Booking, kind=kind, booking=booking, group=None, ticket=None, details=details, at=at
    )
