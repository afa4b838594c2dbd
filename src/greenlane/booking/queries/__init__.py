"""What is read of bookings, shaped for pages, the API and the other rooms."""

from greenlane.booking.queries.places import (
    ExpectedTruck,
    FreeSlot,
    booking_of,
    bookings_of,
    expected,
    free_slots,
    lag_minutes,
    limited_until,
    next_free_slot,
    quotas_of,
    rules_of,
)

__all__ = [
    "ExpectedTruck",
    "FreeSlot",
    "booking_of",
    "bookings_of",
    "expected",
    "free_slots",
    "lag_minutes",
    "limited_until",
    "next_free_slot",
    "quotas_of",
    "rules_of",
]
