"""What is read of the live queue: who waits in it, and one ticket by its code."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.utils.translation import gettext as _

from greenlane.booking.codes import TICKET, read_code
from greenlane.booking.models import Booking, LiveTicket, PriorityUse, Slot, State
from greenlane.errors import GreenlaneError
from greenlane.registry.models import Account, Checkpoint

STANDING = (LiveTicket.TicketState.WAITING, LiveTicket.TicketState.CALLED)
"""A truck has at most one ticket in these states, over all checkpoints."""
HAS_PLACE = (State.CONFIRMED, State.CALLED)
"""A truck with a booking in these states comes in its slot, and has no turn in the live queue."""


@dataclass(frozen=True, slots=True)
class LiveTurn:
    """A ticket that waits for its call: its truck's turn is that of `joined_at`, wherever it is by now.

    Attributes:
        ticket: key of the ticket.
        plate, country: as given; call-up folds the plate to find the truck in the park.
        joined_at: aware; earlier goes first, and of two at the same time the one with the smaller key.
        good_until: who came into the park later than that has no ticket any more.
        priority: the reason for which an officer put it before others; empty without one.
        priority_at: when that was; None without one.
    """

    ticket: int
    number: int
    plate: str
    country: str
    vehicle_class: str
    joined_at: datetime
    good_until: datetime
    priority: str = ""
    priority_at: datetime | None = None


def live_tickets_waiting(checkpoint: Checkpoint, direction: str, at: datetime) -> list[LiveTurn]:
    """The tickets that wait for their call at `at`, in the order in which they were joined.

    A ticket whose truck has a booking by now is not among them. One that is past its time is, until its
    expiry is written: its truck may stand in the park.
    """
    uses = PriorityUse.objects.filter(ticket=OuterRef("pk")).order_by("at", "pk")
    rows = (
        LiveTicket.objects.filter(
            checkpoint=checkpoint,
            direction=direction,
            state=LiveTicket.TicketState.WAITING,
            joined_at__lte=at,
        )
        .exclude(Exists(bookings_in_force()))
        .annotate(reason=Subquery(uses.values("reason")[:1]), reason_at=Subquery(uses.values("at")[:1]))
        .order_by("joined_at", "pk")
        .values_list(
            *("pk", "number", "plate", "country", "vehicle_class"),
            *("joined_at", "good_until", "reason", "reason_at"),
        )
    )
    return [
        LiveTurn(ticket, number, plate, country, vehicle_class, joined_at, good_until, reason or "", granted)
        for ticket, number, plate, country, vehicle_class, joined_at, good_until, reason, granted in rows
    ]


def bookings_in_force() -> QuerySet[Booking]:
    """Bookings in force of the truck of an outer ticket, at whichever checkpoint."""
    return Booking.objects.filter(
        plate_key=OuterRef("plate_key"), plate_country=OuterRef("country"), state__in=HAS_PLACE
    )


def is_closed(checkpoint: Checkpoint, direction: str, start: datetime, end: datetime) -> bool:
    """Whether all slots that begin in [start, end) were closed; not where there are none."""
    coming = Slot.objects.filter(
        checkpoint=checkpoint, direction=direction, starts_at__gte=start, starts_at__lt=end
    ).exclude(state=Slot.SlotState.MERGED)
    states = set(coming.values_list("state", flat=True).order_by().distinct())
    return states == {Slot.SlotState.CLOSED}


def standing_ticket(country: str, plate_key: str) -> LiveTicket | None:
    """The ticket that a truck has now."""
    found = LiveTicket.objects.select_related("checkpoint")
    return found.filter(country=country, plate_key=plate_key, state__in=STANDING).first()


def ticket_by_code(code: str) -> LiveTicket:
    """The ticket of a code as a person types it: whoever has the code may see it.

    Raises:
        GreenlaneError: ``ticket_unknown`` (404).
    """
    found = (
        LiveTicket.objects.select_related("checkpoint__crossing").filter(code=read_code(code, TICKET)).first()
    )
    if found is None:
        raise GreenlaneError(
            "ticket_unknown",
            _("There is no ticket %(code)s.") % {"code": code[:20]},
            field="ticket",
            mend=_("Check the code; it looks like LQ-7K3MQ-9XDPA."),
            status=404,
        )
    return found


def tickets_of(account: Account) -> QuerySet[LiveTicket]:
    """The account's tickets, and for a dispatcher those of the carrier's trucks; the newest first."""
    visible = LiveTicket.objects.select_related("checkpoint", "truck").order_by("-joined_at", "-pk")
    if account.carrier_id is not None and account.carrier_role == Account.CarrierRole.DISPATCHER:
        return visible.filter(truck__carrier_id=account.carrier_id)
    return visible.filter(account=account)
