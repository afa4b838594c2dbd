"""What booking tells the rooms above it, inside the transaction in which it happened."""

from django.dispatch import Signal

place_news = Signal()
"""Something happened that the holder of a place should hear of.

Sent with ``kind`` (a word of `NEWS`), ``booking`` or ``group`` or ``ticket`` or ``entry`` (rows of booking's
tables; the others are None or left out), ``details`` (a dict of plain values for the text) and ``at``.
"""

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

booking_shown = Signal()
"""Somebody who may see a booking opened its page: ``booking``, ``account`` and ``at``."""
