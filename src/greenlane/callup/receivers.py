"""What call-up does when booking tells of something."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.dispatch import receiver

from greenlane.booking.models import BallotEntry, Booking, LiveTicket, WaitingGroup
from greenlane.booking.signals import booking_shown, place_news
from greenlane.callup.commands.news import tell_news
from greenlane.callup.commands.receipts import mark_read
from greenlane.registry.models import Account


@receiver(place_news)
def tell(
    *,
    kind: str,
    at: datetime,
    details: Mapping[str, Any] | None = None,
    booking: Booking | None = None,
    group: WaitingGroup | None = None,
    ticket: LiveTicket | None = None,
    entry: BallotEntry | None = None,
    **_signal: Any,
) -> None:
    """Write the messages to those who should hear of it."""
    tell_news(kind, at, details or {}, booking=booking, group=group, ticket=ticket, entry=entry)


@receiver(booking_shown)
def note_reading(*, booking: Booking, account: Account, at: datetime, **_signal: Any) -> None:
    """Whoever opens a booking's page has read what was told of it."""
    mark_read(booking, account, at)
