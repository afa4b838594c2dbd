"""All signs together."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from greenlane.booking.resale.clusters import sold_then_swapped
from greenlane.booking.resale.contacts import shared_contacts
from greenlane.booking.resale.edits import edit_patterns
from greenlane.booking.resale.rows import Contact, Finding, Trip
from greenlane.booking.resale.trucks import shared_trucks

WINDOW: Final = timedelta(days=90)
"""Bookings made before are not looked at: as long as a strike counts under the rules' default."""


def detect(trips: Sequence[Trip], contacts: Sequence[Contact]) -> list[Finding]:
    """What looks like resale in the trips of the window and the contacts of their carriers."""
    return [
        *shared_contacts(contacts, trips),
        *edit_patterns(trips),
        *sold_then_swapped(trips),
        *shared_trucks(trips),
    ]
