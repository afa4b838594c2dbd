"""Telling the rooms above what the holder of a place should hear of."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from greenlane.booking.models import BallotEntry, Booking, LiveTicket, WaitingGroup
from greenlane.booking.signals import NEWS, PlaceNews, place_news


def tell_holder(
    kind: str, about: Booking | WaitingGroup | LiveTicket | BallotEntry, at: datetime, **details: Any
) -> None:
    """Send `place_news` of one place; ``details`` are plain values for the text."""
    tell_holders([PlaceNews(kind, about, details)], at)


def tell_holders(news: Sequence[PlaceNews], at: datetime) -> None:
    """Send `place_news` of many places at once."""
    assert {each.kind for each in news} <= set(NEWS)
    place_news.send(sender=PlaceNews, news=news, at=at)
