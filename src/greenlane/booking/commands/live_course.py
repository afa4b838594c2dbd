"""What becomes of tickets of the live queue as their turn or their end comes."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, QuerySet

from greenlane.booking.models import LiveTicket
from greenlane.booking.queries.live import STANDING, bookings_in_force

TicketState = LiveTicket.TicketState
AT_ONCE = 1000
"""So many tickets are ended in one transaction."""


def mark_live_called(ticket_ids: Sequence[int], at: datetime) -> int:
    """Waiting tickets become called; the number that did."""
    return _mark(ticket_ids, (TicketState.WAITING,), TicketState.CALLED)


def mark_live_back(ticket_ids: Sequence[int], at: datetime) -> int:
    """Called tickets wait again, recalled or missed; their turn is that of their joining, as before."""
    return _mark(ticket_ids, (TicketState.CALLED,), TicketState.WAITING)


@transaction.atomic
def mark_live_entered(
    ticket_ids: Sequence[int], at: datetime, entered_at: Mapping[int, datetime] | None = None
) -> int:
    """Trucks passed the entry barrier: their tickets are used, called or not, also where they ran out before
    the reading was told of.

    Args:
        entered_at: when each truck passed, by ticket; without it, `at` counts.
    """
    times = dict.fromkeys(ticket_ids, at) | dict(entered_at or {})
    before = (*STANDING, TicketState.EXPIRED)
    tickets = list(
        LiveTicket.objects.filter(pk__in=times, state__in=before).order_by("pk").select_for_update()
    )
    for ticket in tickets:
        ticket.state, ticket.ended_at = TicketState.ENTERED, times[ticket.pk]
    return LiveTicket.objects.bulk_update(tickets, ["state", "ended_at"])


def expire_live(at: datetime, in_park: Collection[int] = ()) -> int:
    """End the tickets that ran out; the number of them.

    Args:
        in_park: tickets whose trucks came into the park in time or are called. They keep their turn, however
            long the queue is.
    """
    due = LiveTicket.objects.filter(state__in=STANDING, good_until__lte=at).exclude(pk__in=in_park)
    return _mark(_first(due), STANDING, TicketState.EXPIRED, ended_at=at)


def leave_booked(at: datetime) -> int:
    """Trucks that have a booking by now leave the live queue; the number of them."""
    booked = LiveTicket.objects.filter(Exists(bookings_in_force()), state=TicketState.WAITING)
    return _mark(_first(booked), (TicketState.WAITING,), TicketState.LEFT, ended_at=at)


def _first(tickets: QuerySet[LiveTicket]) -> list[int]:
    return list(tickets.order_by("pk").values_list("pk", flat=True)[:AT_ONCE])


@transaction.atomic
def _mark(
    ticket_ids: Sequence[int], before: Sequence[str], after: str, ended_at: datetime | None = None
) -> int:
    locked = LiveTicket.objects.filter(pk__in=ticket_ids, state__in=before).order_by("pk").select_for_update()
    ids = list(locked.values_list("pk", flat=True))
    return LiveTicket.objects.filter(pk__in=ids).update(state=after, ended_at=ended_at)
