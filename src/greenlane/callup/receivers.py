"""What call-up does when booking tells of something."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.dispatch import receiver

from greenlane.booking.models import Booking
from greenlane.booking.signals import PlaceNews, booking_shown, place_news
from greenlane.callup.commands.news import tell_news
from greenlane.callup.commands.receipts import mark_read
from greenlane.registry.models import Account


@receiver(place_news)
def tell(*, news: Sequence[PlaceNews], at: datetime, **_signal: Any) -> None:
    """Write the messages to those who should hear of it."""
    tell_news(news, at)


@receiver(booking_shown)
def note_reading(*, booking: Booking, account: Account, at: datetime, **_signal: Any) -> None:
    """Whoever opens a booking's page has read what was told of it."""
    mark_read(booking, account, at)
