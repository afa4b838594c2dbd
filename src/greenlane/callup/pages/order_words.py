"""The words of the order log for people."""

from __future__ import annotations

from django.utils.translation import gettext as _

from greenlane.callup.order.own_place import BETTER, OTHER_QUEUE, Went


def moment_words(kind: str) -> str:
    """What a line of the log tells of a place; its own word where there is no better one."""
    return _moments().get(kind, kind)


def went_words(went: Went) -> str:
    """Why another truck was called first."""
    why = _reasons().get(went.why, _("no reason is given"))
    return _("Truck %(truck)s was called: %(why)s") % {"truck": went.truck, "why": why}


def _moments() -> dict[str, str]:
    return {
        "booking.held": _("A place was held"),
        "booking.confirmed": _("Booked"),
        "booking.moved": _("Moved to another slot"),
        "booking.swapped": _("Another truck of the carrier"),
        "booking.changed": _("The booking was changed"),
        "booking.called": _("Called"),
        "booking.recalled": _("The call was taken back"),
        "booking.entered": _("Entered"),
        "booking.cancelled": _("Cancelled"),
        "booking.expired": _("The hold ran out"),
        "booking.no_show": _("Did not come"),
        "booking.strike": _("Counted or excused"),
        "ticket.joined": _("Joined the live queue"),
        "ticket.called": _("Called"),
        "ticket.recalled": _("The call was taken back"),
        "ticket.entered": _("Entered"),
        "ticket.left": _("Left the live queue"),
        "ticket.expired": _("The ticket ended"),
        "truck.coming": _("Seen on the way"),
        "truck.waiting": _("Waits in the park"),
        "truck.called": _("Called"),
        "truck.inside": _("Passed the entry barrier"),
        "truck.left": _("Passed the exit barrier"),
        "truck.lost": _("The exit was not seen"),
        "call.made": _("The call went out"),
        "call.recalled": _("The call was taken back"),
        "call.missed": _("The call was missed"),
        "hindrance.told": _("A rest or missing papers were told"),
        "hindrance.lifted": _("What hindered it is over"),
        "priority.used": _("Put before others, with a reason"),
        "waiting.joined": _("Joined the waiting list"),
        "waiting.offered": _("Offered a place"),
        "waiting.placed": _("Has a place"),
        "waiting.left": _("Left the waiting list"),
        "waiting.over": _("Its times have passed"),
        "waiting.passed_over": _("Others were served: it did not fit"),
        "waiting.waits_again": _("Waits again"),
        "waiting.truck": _("A truck of the group"),
    }


def _reasons() -> dict[str, str]:
    return {
        BETTER: _("its turn was before"),
        OTHER_QUEUE: _("the other queue had its share"),
        "share": _("the other queue had its share"),
        "rest": _("the driver of this truck rested"),
        "papers": _("the papers of this truck were not ready"),
        "not_due": _("the slot of this truck had not begun"),
        "returned": _("this truck had missed a call"),
        "hour": _("the priority share of the hour was used up"),
        "priority": _("it had priority, with a reason"),
        "hand": _("a shift lead called it by hand, with a reason"),
        "mass": _("a mass call that two persons agreed on"),
    }
