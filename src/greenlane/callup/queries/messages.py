"""What is read of messages: who was reached by a call, and when; who was not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from greenlane.booking.models import Booking, LiveTicket
from greenlane.callup.messages.addresses import masked
from greenlane.callup.models import Call, CallAnswer, Channel, Message, Webhook
from greenlane.errors import GreenlaneError
from greenlane.gate.models import Passage
from greenlane.registry.models import Account, Carrier, Checkpoint

UNREACHED_AFTER = timedelta(minutes=5)
MOST_CALLS = 200


@dataclass(frozen=True, slots=True)
class Told:
    """One message as staff and colleagues see it: by which channel, to whom roughly, and how far it came."""

    id: int
    kind: str
    channel: str
    channel_label: str
    to: str
    state: str
    state_label: str
    made_at: datetime
    sent_at: datetime | None
    delivered_at: datetime | None
    read_at: datetime | None
    attempts: int
    error: str


@dataclass(frozen=True, slots=True)
class CallTold:
    """A call, what was sent of it, and whether its driver was reached.

    Attributes:
        reached_at: the first sign that somebody has it: an answer, a page opened, a delivery; None without
        one. answered_at: when the driver said "I am coming".
    """

    call: int
    passage: int
    plate: str
    country: str
    booking: str | None
    ticket: int | None
    called_at: datetime
    gate_by: datetime
    recalled_at: datetime | None
    missed_at: datetime | None
    answered_at: datetime | None
    reached_at: datetime | None
    messages: list[Told]


def told_of_booking(booking: Booking) -> list[Told]:
    """All messages about a booking, the newest first."""
    return [_told(row) for row in Message.objects.filter(booking=booking).order_by("-made_at", "-pk")]


def told_of_call(call_id: int) -> CallTold | None:
    """One call and its messages; None when there is none."""
    return next(iter(_calls(Call.objects.filter(pk=call_id))), None)


def checkpoint_of_call(call_id: int) -> Checkpoint:
    """The checkpoint of a call that exists."""
    return Call.objects.select_related("checkpoint__crossing").get(pk=call_id).checkpoint


def calls_told(checkpoint: Checkpoint, direction: str, since: datetime, at: datetime) -> list[CallTold]:
    """The calls of a line from `since` to `at` with what was sent of each, the newest first, at most 200."""
    found = Call.objects.filter(
        checkpoint=checkpoint, direction=direction, called_at__gte=since, called_at__lte=at
    )
    return _calls(found.order_by("-called_at", "-pk")[:MOST_CALLS])


def unreached(
    checkpoint: Checkpoint, direction: str, at: datetime, after: timedelta = UNREACHED_AFTER
) -> list[CallTold]:
    """Standing calls older than `after` whose driver is not known to be reached, oldest first, at most 200.

    Reached is: an answer, a page opened, a delivery to the driver (not to a carrier's system). A truck that
    is on its way or inside needs no message.
    """
    reached = Message.objects.filter(
        Q(delivered_at__isnull=False) & ~Q(channel=Channel.WEBHOOK) | Q(read_at__isnull=False),
        call=OuterRef("pk"),
        kind="call",
    )
    standing = Call.objects.filter(
        ~Exists(reached),
        ~Exists(CallAnswer.objects.filter(call=OuterRef("pk"))),
        checkpoint=checkpoint,
        direction=direction,
        recalled_at=None,
        missed_at=None,
        called_at__lte=at - after,
        called_at__gt=at - timedelta(days=1),
        passage__phase=Passage.Phase.CALLED,
    )
    return _calls(standing.order_by("called_at", "pk")[:MOST_CALLS])


def standing_call(*, booking: Booking | None = None, ticket: LiveTicket | None = None) -> Call | None:
    """The call in force of a booking or a ticket."""
    of = Q(booking=booking) if booking is not None else Q(ticket=ticket)
    standing = Call.objects.filter(of, recalled_at=None, missed_at=None, passage__entry_at=None)
    return standing.order_by("-called_at", "-pk").first()


def webhooks_of(carrier: Carrier) -> QuerySet[Webhook]:
    """The carrier's webhooks, the oldest first."""
    return Webhook.objects.filter(carrier=carrier).order_by("pk")


def webhook_of(carrier: Carrier, webhook_id: int) -> Webhook:
    """One of the carrier's webhooks.

    Raises:
        GreenlaneError: ``webhook_unknown`` (404).
    """
    webhook = webhooks_of(carrier).filter(pk=webhook_id).first()
    if webhook is None:
        raise GreenlaneError(
            "webhook_unknown",
            _("There is no such webhook."),
            field="webhook",
            mend=_("Choose one of your webhooks."),
            status=404,
        )
    return webhook


def deliveries_of(webhook: Webhook, most: int = 20) -> list[Told]:
    """The last messages to a webhook, the newest first."""
    return [_told(row) for row in Message.objects.filter(webhook=webhook).order_by("-pk")[:most]]


def messages_to(account: Account, most: int = 50) -> list[Message]:
    """The last messages to an account, the newest first."""
    return list(
        Message.objects.filter(account=account).select_related("booking").order_by("-made_at", "-pk")[:most]
    )


def _calls(calls: QuerySet[Call]) -> list[CallTold]:
    found = list(calls.select_related("passage", "booking", "ticket", "answer"))
    messages: dict[int, list[Message]] = {call.pk: [] for call in found}
    for row in Message.objects.filter(call__in=messages).order_by("made_at", "pk"):
        assert row.call_id is not None
        messages[row.call_id].append(row)
    return [_call(call, messages[call.pk]) for call in found]


def _call(call: Call, rows: list[Message]) -> CallTold:
    answer: CallAnswer | None = getattr(call, "answer", None)
    return CallTold(
        call=call.pk,
        passage=call.passage_id,
        plate=call.passage.plate,
        country=call.passage.country,
        booking=call.booking.code if call.booking is not None else None,
        ticket=call.ticket.number if call.ticket is not None else None,
        called_at=call.called_at,
        gate_by=call.gate_by,
        recalled_at=call.recalled_at,
        missed_at=call.missed_at,
        answered_at=answer.at if answer else None,
        reached_at=min(_signs(rows, answer), default=None),
        messages=[_told(row) for row in rows],
    )


def _signs(rows: Iterable[Message], answer: CallAnswer | None) -> list[datetime]:
    """The times at which somebody was known to have the call."""
    signs = [answer.at] if answer else []
    for row in rows:
        if row.kind == "call":
            delivered = row.delivered_at if row.channel != Channel.WEBHOOK else None
            signs += [at for at in (delivered, row.read_at) if at is not None]
    return signs


def _told(row: Message) -> Told:
    return Told(
        id=row.pk,
        kind=row.kind,
        channel=row.channel,
        channel_label=str(row.get_channel_display()),
        to=masked(row.address),
        state=row.state,
        state_label=str(row.get_state_display()),
        made_at=row.made_at,
        sent_at=row.sent_at,
        delivered_at=row.delivered_at,
        read_at=row.read_at,
        attempts=row.attempts,
        error=row.error,
    )
