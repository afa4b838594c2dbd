"""Booking over HTTP."""

from ninja import Router

from greenlane.booking.api import bookings

router = Router()
for part in (bookings,):
    router.add_router("", part.router)
