"""Messages are written with what they tell of, in the same transaction; `sending` brings them out afterwards.

Nothing is told twice: the key of a message says of what, to whom and by which channel.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import translation

from greenlane.booking.models import Booking, LiveTicket, WaitingGroup
from greenlane.callup.messages.addresses import plate_end
from greenlane.callup.messages.texts import Facts, Text, text_of, urgency_of
from greenlane.callup.messages.times import day_shown, time_shown
from greenlane.callup.models import Call, Channel, Message
from greenlane.callup.queries.recipients import Directory, Recipient, directory_for
from greenlane.registry.commands.telling import told
from greenlane.registry.models import Checkpoint

GOOD_AFTER_GATE: Final = timedelta(minutes=15)
"""A call that arrives so long after the time at the barrier would send a truck for nothing."""
GOOD_FOR: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class News:
    """Something to be told to several recipients, each in their language.

    Attributes:
        what: of what it tells, for the key, as ``call:17``.
        zone: of the checkpoint; times are shown in it.
        when, until: shown in the text.
        facts: the rest of the text's facts.
        link: the page where it can be seen.
        payload: for programs.
    """

    what: str
    kind: str
    checkpoint: Checkpoint
    at: datetime
    good_until: datetime
    link: str
    facts: Facts = field(default_factory=Facts)
    when: datetime | None = None
    until: datetime | None = None
    payload: dict[str, Any] = field(default_factory=dict)
    call: Call | None = None
    booking_id: int | None = None
    ticket_id: int | None = None


def tell_calls(calls: Sequence[Call], kind: str, at: datetime) -> int:
    """Write the messages of calls that were made, taken back or missed; how many were written.

    To be called inside the transaction that made the change. What is not on its way yet and no longer true is
    overtaken, and never sent: the call that is taken back; what was told of an earlier call of a truck that
    is called again.

    Args:
        calls: of one or several checkpoints, saved.
        kind: ``call``, ``recall`` or ``missed``.
    """
    with transaction.atomic():
        found = list(
            Call.objects.filter(pk__in=[call.pk for call in calls])
            .select_related(
                "passage",
                "checkpoint",
                "booking__slot",
                "booking__account",
                "booking__driver__account",
                "ticket__account",
            )
            .order_by("pk")
        )
        _overtake(found, kind)
        directory = directory_for(
            (call.booking for call in found if call.booking is not None),
            (call.ticket for call in found if call.ticket is not None),
        )
        return write((_news_of(call, kind, at), _recipients(call, directory)) for call in found)


def _recipients(call: Call, directory: Directory) -> list[Recipient]:
    if call.booking is not None:
        return directory.booking(call.booking)
    return directory.ticket(call.ticket) if call.ticket is not None else []


def _news_of(call: Call, kind: str, at: datetime) -> News:
    payload = {"called_at": call.called_at.isoformat(), "gate_by": call.gate_by.isoformat()}
    if kind == "recall":
        payload["why"] = call.recalled_why
    return News(
        what=f"call:{call.pk}",
        kind=kind,
        checkpoint=call.checkpoint,
        at=at,
        good_until=call.gate_by + GOOD_AFTER_GATE if kind == "call" else at + GOOD_FOR,
        link=link_of(call.booking, call.ticket),
        facts=Facts(truck=plate_end(call.passage.plate)),
        until=call.gate_by,
        payload=payload | subject_of(call.booking, call.ticket),
        call=call,
        booking_id=call.booking_id,
        ticket_id=call.ticket_id,
    )


def _overtake(calls: Sequence[Call], kind: str) -> None:
    """End the messages that are no longer true; those being sent right now are left: the new one follows."""
    waiting = Message.objects.filter(state=Message.MessageState.WAITING)
    if kind == "call":
        bookings = [call.booking_id for call in calls if call.booking_id is not None]
        tickets = [call.ticket_id for call in calls if call.ticket_id is not None]
        stale = waiting.filter(Q(booking__in=bookings) | Q(ticket__in=tickets), kind__in=["recall", "missed"])
    else:
        stale = waiting.filter(call__in=calls, kind="call")
    free = list(stale.select_for_update(skip_locked=True).order_by("pk").values_list("pk", flat=True))
    Message.objects.filter(pk__in=free).update(state=Message.MessageState.OVERTAKEN)


_WRITE: Final = """
INSERT INTO callup_message
       (key, kind, channel, address, language, account_id, webhook_id, booking_id, ticket_id, call_id,
        subject, body, payload, urgency, made_at, due_at, good_until, attempts, state, reference, error)
SELECT key, kind, channel, address, language, account_id, webhook_id, booking_id, ticket_id, call_id,
       subject, body, payload, urgency, made_at, made_at, good_until, 0, 'waiting', '', ''
  FROM jsonb_to_recordset(%s::jsonb)
       AS row(key text, kind text, channel text, address text, language text, account_id bigint,
              webhook_id bigint, booking_id bigint, ticket_id bigint, call_id bigint, subject text, body text,
              payload jsonb, urgency smallint, made_at timestamptz, good_until timestamptz)
 ORDER BY key
    ON CONFLICT (key) DO NOTHING
"""
"""In the order of the keys: two transactions that tell the same do not wait for each other in a ring."""


def write(told_to: Iterable[tuple[News, list[Recipient]]]) -> int:
    """Write the messages of all news; one that was written before is left as it is. How many are new."""
    # As one document: thousands of rows are written while a recall waits for them.
    rows = [row for news, recipients in told_to for row in _rows(news, recipients)]
    if not rows:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, [json.dumps(rows)])
        return int(cursor.rowcount)


def _rows(news: News, recipients: list[Recipient]) -> Iterator[dict[str, Any]]:
    texts: dict[str, Text] = {}
    for recipient in {(each.channel, each.address): each for each in recipients}.values():
        is_webhook = recipient.channel == Channel.WEBHOOK
        language = recipient.language
        if not is_webhook and language not in texts:
            texts[language] = _text(news, language)
        text = Text("", "") if is_webhook else texts[language]
        yield {
            "key": f"{news.what}:{news.kind}:{recipient.channel}:{recipient.who}",
            "kind": news.kind,
            "channel": recipient.channel,
            "address": recipient.address,
            "language": language,
            "account_id": recipient.account_id,
            "webhook_id": recipient.webhook_id,
            "booking_id": news.booking_id,
            "ticket_id": news.ticket_id,
            "call_id": news.call.pk if news.call is not None else None,
            "subject": text.subject[:200],
            "body": "" if is_webhook else f"{text.body} {news.link}",
            "payload": _payload(news) if is_webhook else {},
            "urgency": urgency_of(news.kind),
            "made_at": news.at.isoformat(),
            "good_until": news.good_until.isoformat(),
        }


def _text(news: News, language: str) -> Text:
    with translation.override(language):
        zone = news.checkpoint.zone
        day = partial(day_shown, zone=zone, language=language)
        far = news.until is not None and news.until - news.at > timedelta(hours=20)
        until = "" if news.until is None else day(news.until) if far else time_shown(news.until, zone)
        facts = replace(
            news.facts,
            checkpoint=news.checkpoint.name,
            when=day(news.when) if news.when else "",
            until=until,
        )
        text = text_of(news.kind, facts)
        return Text(told(text.subject), told(text.body))


def _payload(news: News) -> dict[str, Any]:
    common = {"at": news.at.isoformat(), "checkpoint": news.checkpoint.code, "zone": news.checkpoint.zone}
    return common | news.payload | {"link": news.link}


def subject_of(booking: Booking | None, ticket: LiveTicket | None = None) -> dict[str, Any]:
    """What a message to a program says of its truck: codes and slot, no plate and no name."""
    if booking is not None:
        return {
            "booking": booking.code,
            "direction": booking.direction,
            "slot_starts_at": booking.slot.starts_at.isoformat(),
            "slot_ends_at": booking.slot.ends_at.isoformat(),
            "state": booking.state,
        }
    return {"ticket": ticket.code, "number": ticket.number, "direction": ticket.direction} if ticket else {}


def link_of(
    booking: Booking | None, ticket: LiveTicket | None = None, group: WaitingGroup | None = None
) -> str:
    """The address of the page of a group of the waiting list, a booking or a ticket."""
    if group is not None:
        page = reverse("booking:waiting", args=[group.number])
    elif booking is not None:
        page = reverse("booking:booking", args=[booking.code])
    elif ticket is not None:
        page = reverse("callup:ticket", args=[ticket.code])
    else:
        page = reverse("booking:mine")
    return _site() + page


def _site() -> str:
    return str(settings.GREENLANE_URL).rstrip("/")
