"""Whose truck something is told of: a booking or a ticket, by its code or by its passage."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from greenlane.booking.codes import TICKET, read_code
from greenlane.booking.models import Booking, LiveTicket, State
from greenlane.booking.queries import booking_of, live_tickets_waiting, ticket_by_code
from greenlane.callup.models import Hindrance
from greenlane.callup.queries.live import matched_in_time
from greenlane.errors import GreenlaneError
from greenlane.gate.models import Passage
from greenlane.registry.models import Account, Checkpoint


@dataclass(frozen=True, slots=True)
class Subject:
    """A truck by its place: a booking or a ticket, one of the two."""

    booking: Booking | None = None
    ticket: LiveTicket | None = None

    @property
    def _place(self) -> Booking | LiveTicket:
        place = self.booking or self.ticket
        assert place is not None
        return place

    @property
    def checkpoint(self) -> Checkpoint:
        return self._place.checkpoint

    @property
    def direction(self) -> str:
        return self._place.direction

    @property
    def park(self) -> int | None:
        """The park of its booking."""
        return self.booking.park_id if self.booking is not None else None


def subject_of_code(account: Account | None, code: str, *, by_staff: bool = False) -> Subject:
    """The truck of a booking's code, or of a ticket's: a ticket belongs to whoever has its code.

    Args:
        account: who must be able to see the booking; None where nobody is signed in.
        by_staff: any booking; the rights of the account are checked by its checkpoint.

    Raises:
        GreenlaneError: ``booking_unknown``, ``ticket_unknown`` (404).
    """
    if code.strip().upper().startswith(TICKET):
        return Subject(ticket=ticket_by_code(code))
    if account is not None and not by_staff:
        return Subject(booking=booking_of(account, code))
    found = None
    if by_staff:
        known = Booking.objects.select_related("checkpoint__crossing")
        found = known.filter(code=read_code(code)).first()
    if found is None:
        raise GreenlaneError(
            "booking_unknown",
            _("There is no booking %(code)s.") % {"code": code[:20]},
            field="code",
            mend=_("Check the code; it looks like GL-7K3MQ-9XDPA."),
            status=404,
        )
    return Subject(booking=found)


def subject_of_passage(passage_id: int, at: datetime) -> Subject:
    """The truck of a passage that has not entered.

    Raises:
        GreenlaneError: ``truck_unknown`` (404); ``no_ticket`` (409) where it has neither booking nor ticket.
    """
    passage = (
        Passage.objects.select_related("checkpoint__crossing", "booking__checkpoint__crossing")
        .filter(pk=passage_id, entry_at=None)
        .first()
    )
    if passage is None:
        raise GreenlaneError(
            "truck_unknown",
            _("Truck %(truck)s does not wait here.") % {"truck": passage_id},
            field="passage",
            mend=_("Take it from the list of turns."),
            status=404,
        )
    if passage.booking is not None and passage.booking.state in (State.CONFIRMED, State.CALLED):
        return Subject(booking=passage.booking)
    turns = live_tickets_waiting(passage.checkpoint, passage.direction, at)
    matched = matched_in_time([passage], turns)
    if passage.pk in matched:
        ticket = LiveTicket.objects.select_related("checkpoint__crossing").get(pk=matched[passage.pk])
        return Subject(ticket=ticket)
    raise GreenlaneError(
        "no_ticket",
        _("This truck has neither a booking nor a ticket."),
        field="passage",
        mend=_("Give it a ticket of the live queue at the desk first."),
        status=409,
    )


def hindrances_of(subject: Subject, at: datetime) -> QuerySet[Hindrance]:
    """Those that stand for a truck, the earliest first."""
    standing = Hindrance.objects.filter(booking=subject.booking, ticket=subject.ticket, lifted_at=None)
    return standing.filter(Q(ends_at=None) | Q(ends_at__gt=at)).order_by("starts_at", "pk")


def standing_hindrances(bookings: Iterable[int], tickets: Iterable[int], at: datetime) -> list[Hindrance]:
    """Those that stand for any of the bookings and tickets, the earliest first."""
    of = Q(booking__in=list(bookings)) | Q(ticket__in=list(tickets))
    standing = Hindrance.objects.filter(of, Q(ends_at=None) | Q(ends_at__gt=at), lifted_at=None)
    return list(standing.order_by("starts_at", "pk"))
