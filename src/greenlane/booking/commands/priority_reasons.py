"""What an officer may say when a truck is put before others: a reason that fits, and nothing personal."""

from __future__ import annotations

from django.utils.translation import gettext as _

from greenlane.booking.models import Booking, LiveTicket, PriorityUse
from greenlane.booking.priority import BY_THE_PLATFORM, GOODS, fits, personal_in
from greenlane.errors import GreenlaneError
from greenlane.registry.models import VehicleClass

Reason = PriorityUse.Reason
GRANTED = tuple(reason for reason in Reason.values if reason != BY_THE_PLATFORM)
"""The reasons that an officer may give."""
LONGEST_DETAIL = 200


def may_be_told(place: Booking | LiveTicket, reason: str, detail: str) -> None:
    """Refuse a reason that does not fit the truck, and a detail that must not be published.

    Raises:
        GreenlaneError: ``reason_unknown``, ``detail_unfit``, ``detail_missing``, ``detail_personal``,
            ``reason_unfit`` (422).
    """
    if reason not in GRANTED:
        raise GreenlaneError(
            "reason_unknown",
            _("“%(reason)s” is not a reason that an officer may give.") % {"reason": reason[:20]},
            field="reason",
            mend=_("Choose one of: %(known)s.") % {"known": ", ".join(GRANTED)},
            status=422,
        )
    if len(detail) > LONGEST_DETAIL or not detail.isprintable():
        raise GreenlaneError(
            "detail_unfit",
            _("The detail is too long, or holds a control character."),
            field="detail",
            mend=_("Say it in at most %(most)d plain characters.") % {"most": LONGEST_DETAIL},
            status=422,
        )
    if reason == Reason.OTHER and not detail:
        raise GreenlaneError(
            "detail_missing",
            _("Another reason has to be told in words."),
            field="detail",
            mend=_("Say in one sentence why this truck goes first; it is published."),
            status=422,
        )
    if _personal(place, detail):
        raise GreenlaneError(
            "detail_personal",
            _("The detail names a person, a plate, a phone or an address, and it is published."),
            field="detail",
            mend=_("Say what the goods or the need are, not whose."),
            status=422,
        )
    if not fits(reason, place.vehicle_class):
        raise GreenlaneError(
            "reason_unfit",
            _("The truck's class is “%(has)s”; this reason is for “%(needs)s”.")
            % {
                "has": VehicleClass(place.vehicle_class).label,
                "needs": VehicleClass(GOODS[reason]).label,
            },
            field="reason",
            mend=_("Choose a reason that fits, or have the truck's class put right first."),
            status=422,
        )


def _personal(place: Booking | LiveTicket, detail: str) -> str:
    if isinstance(place, LiveTicket):
        carrier = place.truck.carrier if place.truck is not None else None
        return personal_in(detail, [place.plate], [carrier.name] if carrier else [])
    plates = [place.plate, *([place.trailer.plate] if place.trailer else [])]
    people = [place.driver.full_name] if place.driver else []
    return personal_in(detail, plates, people + ([place.carrier.name] if place.carrier else []))
