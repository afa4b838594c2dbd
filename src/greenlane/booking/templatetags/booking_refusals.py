"""Refusals of bookings in the reader's language: the command words them in English, under a stable code."""

from __future__ import annotations

from django import template
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from greenlane.errors import GreenlaneError

register = template.Library()

_WORDS: dict[str, tuple[str | Promise, str | Promise]] = {
    "slot_unknown": (_("There is no such slot."), _("Choose a slot from the list of free slots.")),
    "slot_closed": (_("This slot takes no bookings."), _("Choose another slot.")),
    "slot_past": (_("This slot is over."), _("Choose a later slot.")),
    "slot_too_far": (_("This slot cannot be booked yet."), _("Choose an earlier slot.")),
    "full": (_("This slot is full."), _("Choose the nearest slot before or after it.")),
    "truck_unknown": (
        _("The truck is not among your carrier's trucks."),
        _("Add the truck first, then book."),
    ),
    "trailer_unknown": (_("The trailer is not among your carrier's trailers."), _("Add the trailer first.")),
    "driver_unknown": (_("The driver is not among your carrier's drivers."), _("Add the driver first.")),
    "truck_busy": (
        _("This truck already has an active booking."),
        _("Cancel that booking or move it; a truck has one active booking over all checkpoints."),
    ),
    "truck_limited": (
        _("This truck missed its bookings and cannot book for some days."),
        _("Use the live queue, or appeal to the checkpoint."),
    ),
    "park_unknown": (_("The checkpoint has no such park."), _("Choose one of its parks.")),
    "hold_elsewhere": (
        _("You are holding another place."),
        _("Confirm it or let it go; one person holds one place."),
    ),
    "hold_used": (
        _("You have held this slot before and let it go."),
        _("Choose another slot; a hold is not renewable."),
    ),
    "hold_expired": (_("The hold ran out."), _("Choose a slot again; the place went back to all.")),
    "no_booking": (
        _("This checkpoint takes no bookings in this direction."),
        _("Choose another direction or checkpoint."),
    ),
    "booking_unknown": (_("You have no such booking."), _("Check the code; it looks like GL-7K3MQ-9XDPA.")),
    "no_moves_left": (
        _("This booking has been moved as often as it may be."),
        _("Cancel it and book again."),
    ),
    "move_too_late": (
        _("It is too late to move this booking."),
        _("Come in the slot that you have, or cancel."),
    ),
    "wrong_state": (
        _("The booking's present state does not allow this."),
        _("Look at the booking again and choose what it allows."),
    ),
}


@register.filter
def said(refusal: GreenlaneError) -> str:
    """What is wrong, in the reader's language; in English as the command worded it, with its figures."""
    if _reads_english() or refusal.code not in _WORDS:
        return refusal.message
    return str(_WORDS[refusal.code][0])


@register.filter
def mend(refusal: GreenlaneError) -> str:
    """What to do about it, in the reader's language; empty when there is nothing to do."""
    if _reads_english() or refusal.code not in _WORDS:
        return refusal.mend or ""
    return str(_WORDS[refusal.code][1])


def _reads_english() -> bool:
    return (get_language() or "en").startswith("en")
