"""When the truck of a booking may be exchanged: never between carriers, rarely, and with time in between.

A place that can be corrected must stay worthless to a reseller. So the truck is exchanged only inside a
carrier whose papers somebody has seen, so many times a trip, and not again at once.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from greenlane.booking.models import Booking, Rules
from greenlane.errors import GreenlaneError


def may_swap_truck(booking: Booking, rules: Rules, at: datetime) -> None:
    """Refuse an exchange of the truck that the rules do not allow at ``at``.

    Raises:
        GreenlaneError: ``swap_unverified``, ``no_swaps_left`` or ``swap_too_soon``, each 409.
    """
    if booking.carrier is None or booking.carrier.verified_at is None:
        raise GreenlaneError(
            "swap_unverified",
            "The truck can be exchanged only inside a carrier that has been verified.",
            field="truck",
            mend="Show an administrator your register entry; until then, cancel and book again.",
            status=409,
        )
    if booking.swaps >= rules.swaps_per_trip:
        raise GreenlaneError(
            "no_swaps_left",
            f"The truck of this booking has been exchanged {booking.swaps} times, which is the limit.",
            field="truck",
            mend="Come with the truck that is booked, or cancel and book again.",
            status=409,
        )
    if booking.swapped_at is None:
        return
    again = booking.swapped_at + timedelta(minutes=rules.swap_cooldown_minutes)
    if at < again:
        raise GreenlaneError(
            "swap_too_soon",
            f"The truck of this booking was exchanged less than {rules.swap_cooldown_minutes} minutes ago.",
            field="truck",
            mend=f"Try again at {again.astimezone(UTC):%Y-%m-%dT%H:%MZ}.",
            status=409,
        )
