"""What became of tickets: whose trucks stand in the park, and whose have entered."""

from __future__ import annotations

from datetime import datetime

from greenlane.booking.models import LiveTicket
from greenlane.booking.queries import live_tickets_waiting
from greenlane.callup.live_trucks import Plated, match_tickets
from greenlane.callup.models import Call
from greenlane.callup.queries.live import live_passages, matched_in_time, plated
from greenlane.gate.models import Passage
from greenlane.gate.plates import match_key
from greenlane.registry.models import Checkpoint


def tickets_in_park(checkpoint: Checkpoint, direction: str, at: datetime) -> dict[int, Passage]:
    """Tickets whose truck came into the park in time, or is called, each with its passage."""
    passages = {passage.pk: passage for passage in live_passages(checkpoint, direction, at)}
    turns = live_tickets_waiting(checkpoint, direction, at)
    in_time = {
        ticket: passages[passage]
        for passage, ticket in matched_in_time(list(passages.values()), turns).items()
    }
    called = Call.objects.filter(
        ticket__checkpoint=checkpoint,
        ticket__direction=direction,
        ticket__state=LiveTicket.TicketState.CALLED,
        recalled_at=None,
        missed_at=None,
    ).select_related("passage")
    return in_time | {call.ticket_id: call.passage for call in called if call.ticket_id is not None}


def standing_call(ticket: LiveTicket) -> Call | None:
    """The call that a called ticket has now."""
    if ticket.state != LiveTicket.TicketState.CALLED:
        return None
    return Call.objects.filter(ticket=ticket, recalled_at=None, missed_at=None).order_by("-called_at").first()


def tickets_entered(checkpoint: Checkpoint, direction: str, at: datetime) -> dict[int, datetime]:
    """Standing tickets whose truck has passed the entry barrier since it joined, and when."""
    standing = {
        ticket.pk: ticket
        for ticket in LiveTicket.objects.filter(
            checkpoint=checkpoint,
            direction=direction,
            state__in=(LiveTicket.TicketState.WAITING, LiveTicket.TicketState.CALLED),
        )
    }
    if not standing:
        return {}
    entered = {
        passage.pk: passage
        for passage in Passage.objects.filter(
            checkpoint=checkpoint,
            direction=direction,
            entry_at__gte=min(ticket.joined_at for ticket in standing.values()),
            plate_key__in={match_key(ticket.plate) for ticket in standing.values()},
        ).order_by("-entry_at")
    }
    tickets = [Plated(ticket.pk, ticket.plate, ticket.country) for ticket in standing.values()]
    matched = match_tickets(plated(entered.values()), tickets)
    times = {ticket: entered[passage].entry_at for passage, ticket in matched.items()}
    return {
        ticket: entry_at
        for ticket, entry_at in times.items()
        if entry_at is not None and standing[ticket].joined_at <= entry_at <= at
    }
