"""Booking over HTTP."""

from ninja import Router

from greenlane.booking.api import ballot_entries, ballots, bookings, guarantee, limits, priority, waiting

router = Router()
for part in (bookings, priority, waiting, ballots, ballot_entries, limits, guarantee):
    router.add_router("", part.router)
