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
    "by_lot": (
        _("The places of this day are drawn by lot."),
        _("Enter the day's ballot; when in its window does not matter."),
    ),
    "slot_past": (_("This slot is over."), _("Choose a later slot.")),
    "slot_too_far": (_("This slot cannot be booked yet."), _("Choose an earlier slot.")),
    "full": (_("This slot is full."), _("Choose the nearest slot before or after it.")),
    "truck_unknown": (
        _("The truck is not among your carrier's trucks."),
        _("Add the truck first, then book."),
    ),
    "account_closed": (_("The account that entered it was closed."), ""),
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
    "waiting_first": (
        _("A place became free here, and the waiting list is asked first."),
        _("Join the waiting list, choose another slot, or try again in a minute."),
    ),
    "truck_waits": (
        _("The truck waits on a list already."),
        _("Leave that list first; a truck waits once, over all checkpoints."),
    ),
    "offer_of_list": (
        _("This place is an offer of the waiting list."),
        _("Accept or decline the offer there; it is for the truck that waited."),
    ),
    "waiting_unknown": (
        _("You have no such place on a waiting list."),
        _("Check the number; it looks like WL-7K3MQ-9XDPA."),
    ),
    "offer_over": (
        _("The offer ran out."),
        _("Wait for the next one; the place went to whoever is next."),
    ),
    "not_offered": (
        _("Nothing is offered to you now."),
        _("Look again; offers stand for some minutes only."),
    ),
    "not_waiting": (
        _("The trucks have their places and do not wait any more."),
        _("Cancel the bookings instead."),
    ),
    "times_unsound": (_("The latest time is before the earliest."), _("Exchange them.")),
    "times_past": (_("The latest time has passed."), _("Give a later one.")),
    "times_too_far": (_("The latest time cannot be booked yet."), _("Give an earlier one.")),
    "trucks_missing": (_("No truck is named."), _("Name the trucks that are to wait.")),
    "convoy_too_large": (
        _("So many trucks never get places in one slot."),
        _("Let fewer wait together."),
    ),
    "no_slots": (_("No slot starts in these times."), _("Give a longer time.")),
    "ballot_first": (
        _("Slots of these times are still to be drawn by lot."),
        _("Enter that day's ballot; who gets no place in it goes on the list."),
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
    "swap_unverified": (
        _("The truck can be exchanged only inside a carrier that has been verified."),
        _("Show an administrator your register entry; until then, cancel and book again."),
    ),
    "no_swaps_left": (
        _("The truck of this booking has been exchanged as often as it may be."),
        _("Come with the truck that is booked, or cancel and book again."),
    ),
    "swap_too_soon": (
        _("The truck of this booking was exchanged a short while ago."),
        _("Try again later."),
    ),
    "text_missing": (_("The reason is missing or too long."), _("Say in some words what happened.")),
    "why_missing": (_("The reason is missing or too long."), _("Say in some words what you found.")),
    "no_strike": (_("This booking has no strike that counts."), _("There is nothing to appeal.")),
    "strike_over": (_("This strike is too old to count any more."), _("There is nothing to appeal.")),
    "appeal_made": (_("There is an appeal for this booking."), _("One booking has one appeal.")),
    "appeal_decided": (_("This appeal has been decided."), _("A decision is not changed.")),
    "signal_decided": (
        _("This signal has been decided."),
        _("A decision is not changed; a signal that grows is raised again."),
    ),
    "credit_unknown": (_("You have no such credit."), _("Choose one from the list of your credits.")),
    "credit_used": (_("This credit has been used."), _("Choose another credit.")),
    "credit_over": (_("This credit is no longer good."), _("Choose another credit.")),
    "credit_elsewhere": (
        _("This credit is good only at the checkpoint and direction that owe it."),
        _("Use it for a booking there."),
    ),
    "credit_not_earned": (
        _("The truck of the booking to which this credit is owed has not entered."),
        _("Use it for that booking, or after its truck has entered."),
    ),
    "has_priority": (_("This booking has priority already."), _("Keep the credit for another.")),
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


@register.filter
def in_words(code: str) -> str:
    """What a refusal's code says, in the reader's language; the code itself where it is not known."""
    return str(_WORDS[code][0]) if code in _WORDS else code


def _reads_english() -> bool:
    return (get_language() or "en").startswith("en")
