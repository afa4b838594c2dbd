"""What booking tells the rooms above it, inside the transaction in which it happened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.dispatch import Signal

if TYPE_CHECKING:
    # The models need the apps, which are not ready when this is read first.
    from greenlane.booking.models import BallotEntry, Booking, LiveTicket, WaitingGroup

NEWS = (
    "drawn",
    "not_drawn",
    "offered",
    "offer_over",
    "moved_by_guarantee",
    "credited",
    "strike",
    "appeal_decided",
    "priority_granted",
)


@dataclass(frozen=True, slots=True)
class PlaceNews:
    """One thing that happened to a place, or to a wish for one.

    Attributes:
        kind: a word of `NEWS`.
        about: whose holder should hear of it.
        details: plain values for the text.
    """

    kind: str
    about: Booking | WaitingGroup | LiveTicket | BallotEntry
    details: Mapping[str, Any]


place_news = Signal()
"""Something happened that holders should hear of: ``news`` (a sequence of `PlaceNews`) and ``at``."""

booking_shown = Signal()
"""Somebody who may see a booking opened its page: ``booking``, ``account`` and ``at``."""
