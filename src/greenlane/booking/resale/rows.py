"""What detection reads, and what it finds."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

SHARED_CONTACT = "shared_contact"
EDITS = "edits"
SOLD_THEN_SWAPPED = "sold_then_swapped"
SHARED_TRUCK = "shared_truck"


@dataclass(frozen=True, slots=True)
class Contact:
    """An address or a number that somebody of a carrier gave; ``kind`` is ``email`` or ``phone``."""

    carrier: int
    kind: str
    value: str


@dataclass(frozen=True, slots=True)
class Trip:
    """A confirmed booking of a carrier and what became of it.

    Attributes:
        code: of the booking.
        carrier, checkpoint: keys.
        plates: its trucks in their order, as country and plate: the first is the one that it was made for.
        vins: their VINs in the same order, empty where unknown.
        made_at: when it was made.
        swapped_at: when each further truck came.
        driver_changed: its driver was exchanged too.
        slot_start: of its last slot.
    """

    code: str
    carrier: int
    checkpoint: int
    plates: tuple[str, ...]
    vins: tuple[str, ...]
    made_at: datetime
    slot_start: datetime
    swapped_at: tuple[datetime, ...] = ()
    driver_changed: bool = False

    @property
    def is_sold(self) -> bool:
        """Truck and driver are others than those that it was made for."""
        return len(self.plates) > 1 and self.plates[-1] != self.plates[0] and self.driver_changed


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that looks like resale.

    Attributes:
        kind: one of the four above.
        subject: what it is about, the same each time that it is found; no personal data.
        checkpoint: key of the checkpoint with most of its bookings.
        carriers: keys.
        bookings: codes.
        figures: the counts and shares on which it stands, and where there is one the tail probability.
    """

    kind: str
    subject: str
    checkpoint: int
    carriers: tuple[int, ...]
    bookings: tuple[str, ...]
    figures: dict[str, float | int | str] = field(default_factory=dict)
