"""What booking tells of becomes messages, in the transaction in which it happened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from greenlane.booking.models import BallotEntry, Booking, LiveTicket, WaitingEntry, WaitingGroup
from greenlane.booking.signals import PlaceNews
from greenlane.callup.commands.telling import News, link_of, subject_of, write
from greenlane.callup.messages.addresses import plate_end
from greenlane.callup.messages.texts import Facts
from greenlane.callup.queries.recipients import Directory, Recipient, directory_for

LASTS: Final = timedelta(days=3)
LATE_CANCEL: Final = 1
"""`Booking.strike` of a late cancellation."""


@dataclass(frozen=True, slots=True)
class _Read:
    """What the messages need to know, read at once for all news.

    Attributes:
        bookings: as they are in this transaction, by id.
        offered: the first of the places that a group of the waiting list has or is offered, by its id.
    """

    bookings: Mapping[int, Booking]
    offered: Mapping[int, Booking]
    directory: Directory


def tell_news(news: Sequence[PlaceNews], at: datetime) -> int:
    """Write the messages of all news; how many.

    Told once: the same kind, subject and time again write nothing. Details say what the rows do not:
    ``until`` (of an offer), ``cents`` (of a fee), ``granted`` (of an appeal).
    """
    read = _read(news)
    return write(_told_of(each, read, at) for each in news)


def _read(news: Sequence[PlaceNews]) -> _Read:
    about = [each.about for each in news]
    tickets = [each for each in about if isinstance(each, LiveTicket)]
    groups = [each for each in about if isinstance(each, WaitingGroup)]
    wishes = [each for each in about if isinstance(each, WaitingGroup | BallotEntry)]
    people = Booking.objects.select_related("checkpoint", "slot", "account", "driver__account")
    bookings = people.in_bulk([each.pk for each in about if isinstance(each, Booking)])
    return _Read(bookings, _offered(groups), directory_for(bookings.values(), tickets, wishes))


def _offered(groups: Sequence[WaitingGroup]) -> dict[int, Booking]:
    entries = WaitingEntry.objects.filter(group__in=groups, booking__isnull=False)
    places: dict[int, Booking] = {}
    for entry in entries.select_related("booking__slot", "booking__checkpoint").order_by(
        "booking__slot__starts_at", "pk"
    ):
        assert entry.booking is not None
        places.setdefault(entry.group_id, entry.booking)
    return places


def _told_of(news: PlaceNews, read: _Read, at: datetime) -> tuple[News, list[Recipient]]:
    about, directory = news.about, read.directory
    if isinstance(about, Booking):
        booking = read.bookings[about.pk]
        return _of_booking(news, booking, at), directory.booking(booking)
    if isinstance(about, LiveTicket):
        facts = Facts(truck=plate_end(about.plate), number=str(about.number))
        return _news(news, at, facts, ticket=about), directory.ticket(about)
    if isinstance(about, WaitingGroup):
        place = read.offered.get(about.pk)
        facts = Facts(truck=plate_end(place.plate) if place else "", number=about.number)
        told = _news(news, at, facts, booking=place, group=about)
    else:
        facts = Facts(truck=plate_end(about.truck.plate), number=about.number, listed=False)
        told = _news(news, at, facts)
    return told, directory.person(about.account, about.carrier_id)


def _of_booking(news: PlaceNews, booking: Booking, at: datetime) -> News:
    facts = Facts(
        truck=plate_end(booking.plate),
        number=booking.code,
        granted=bool(news.details.get("granted")),
        late=booking.strike == LATE_CANCEL,
        money=_money(news.details.get("cents")),
    )
    return _news(news, at, facts, booking=booking)


def _news(
    news: PlaceNews,
    at: datetime,
    facts: Facts,
    *,
    booking: Booking | None = None,
    group: WaitingGroup | None = None,
    ticket: LiveTicket | None = None,
) -> News:
    about, details = news.about, news.details
    until = details.get("until") or (group.offer_until if group is not None else None)
    if not isinstance(until, datetime):
        until = None
    place = about.ballot if isinstance(about, BallotEntry) else booking or about
    payload = subject_of(booking, ticket) | ({"group": group.number} if group is not None else {})
    plain = {name: value for name, value in details.items() if isinstance(value, str | int | float | bool)}
    return News(
        what=f"{type(about).__name__.lower()}:{about.pk}:{int(at.timestamp())}",
        kind=news.kind,
        checkpoint=place.checkpoint,
        at=at,
        good_until=until if news.kind == "offered" and until else at + LASTS,
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
