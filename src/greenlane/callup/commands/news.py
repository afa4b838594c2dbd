"""What booking tells of becomes messages, in the transaction in which it happened."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from greenlane.booking.models import BallotEntry, Booking, LiveTicket, WaitingGroup
from greenlane.callup.commands.telling import News, link_of, subject_of, write
from greenlane.callup.messages.addresses import plate_end
from greenlane.callup.messages.texts import Facts
from greenlane.callup.queries.recipients import Directory, directory_for

LASTS: Final = timedelta(days=3)
LATE_CANCEL: Final = 1
"""`Booking.strike` of a late cancellation."""


def tell_news(
    kind: str,
    at: datetime,
    details: Mapping[str, Any],
    *,
    booking: Booking | None = None,
    group: WaitingGroup | None = None,
    ticket: LiveTicket | None = None,
    entry: BallotEntry | None = None,
) -> int:
    """Write the messages of one piece of news, about a booking, a group of the list, a ticket or an entry of
    a ballot; how many.

    Told once: the same kind, subject and time again write nothing.

    Args:
        details: what the rows do not say: ``until`` (of an offer), ``cents`` (of a fee), ``granted``.
    """
    if booking is not None:
        return _of_booking(kind, at, details, _with_people(booking))
    if group is not None:
        return _of_group(kind, at, details, group)
    if ticket is not None:
        told = directory_for([], [ticket]).ticket(ticket)
        facts = Facts(truck=plate_end(ticket.plate), number=str(ticket.number))
        return write([(_news(kind, at, details, facts, ticket=ticket), told)])
    if entry is not None:
        told = Directory([entry.account], [entry.carrier_id]).person(entry.account, entry.carrier_id)
        facts = Facts(truck=plate_end(entry.truck.plate), number=entry.number, listed=False)
        return write([(_news(kind, at, details, facts, entry=entry), told)])
    return 0


def _with_people(booking: Booking) -> Booking:
    """The booking as it is in this transaction, with those who are told of it."""
    people = Booking.objects.select_related("checkpoint", "slot", "account", "driver__account")
    return people.get(pk=booking.pk)


def _of_booking(kind: str, at: datetime, details: Mapping[str, Any], booking: Booking) -> int:
    facts = Facts(
        truck=plate_end(booking.plate),
        number=booking.code,
        granted=bool(details.get("granted")),
        late=booking.strike == LATE_CANCEL,
        money=_money(details.get("cents")),
    )
    told = directory_for([booking]).booking(booking)
    return write([(_news(kind, at, details, facts, booking=booking), told)])


def _of_group(kind: str, at: datetime, details: Mapping[str, Any], group: WaitingGroup) -> int:
    offered = group.entries.filter(booking__isnull=False).select_related(
        "booking__slot", "booking__checkpoint"
    )
    first = offered.order_by("booking__slot__starts_at", "pk").first()
    booking = first.booking if first is not None else None
    told = Directory([group.account], [group.carrier_id]).person(group.account, group.carrier_id)
    facts = Facts(truck=plate_end(booking.plate) if booking else "", number=group.number)
    return write([(_news(kind, at, details, facts, booking=booking, group=group), told)])


def _news(
    kind: str,
    at: datetime,
    details: Mapping[str, Any],
    facts: Facts,
    *,
    booking: Booking | None = None,
    group: WaitingGroup | None = None,
    ticket: LiveTicket | None = None,
    entry: BallotEntry | None = None,
) -> News:
    until = details.get("until") or (group.offer_until if group is not None else None)
    if not isinstance(until, datetime):
        until = None
    subject = group or booking or ticket or entry
    assert subject is not None
    place = subject.ballot if isinstance(subject, BallotEntry) else subject
    payload = subject_of(booking, ticket) | ({"group": group.number} if group is not None else {})
    plain = {name: value for name, value in details.items() if isinstance(value, str | int | float | bool)}
    return News(
        what=f"{type(subject).__name__.lower()}:{subject.pk}:{int(at.timestamp())}",
        kind=kind,
        checkpoint=place.checkpoint,
        at=at,
        good_until=until if kind == "offered" and until else at + LASTS,
        link=link_of(booking, ticket, group),
        facts=facts,
        when=booking.slot.starts_at if booking is not None else None,
        until=until,
        payload=plain | payload | ({"until": until.isoformat()} if until else {}),
        booking_id=booking.pk if booking is not None else None,
        ticket_id=ticket.pk if ticket is not None else None,
    )


def _money(cents: object) -> str:
    return f"{cents / 100:.2f}" if isinstance(cents, int) and cents > 0 else ""
