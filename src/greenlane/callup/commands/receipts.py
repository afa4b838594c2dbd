"""What comes back: receipts of providers, pages that were opened, drivers who say that they are coming."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import connection, transaction
from django.utils.translation import gettext as _

from greenlane.booking.models import Booking, LiveTicket
from greenlane.booking.queries import booking_of
from greenlane.callup.messages.adapter import Receipt
from greenlane.callup.models import Call, CallAnswer, Message
from greenlane.callup.queries.messages import standing_call
from greenlane.errors import GreenlaneError
from greenlane.registry.models import Account

_APPLY = """
WITH told AS (
    SELECT * FROM unnest(%(states)s::text[], %(references)s::text[], %(keys)s::text[], %(ats)s::timestamptz[],
                         %(errors)s::text[]) WITH ORDINALITY
           AS told(state, reference, key, at, error, number))
UPDATE callup_message message
   SET delivered_at = CASE WHEN receipt.state IN ('delivered', 'read')
                           THEN coalesce(delivered_at, receipt.at) ELSE delivered_at END,
       read_at = CASE WHEN receipt.state = 'read' THEN coalesce(read_at, receipt.at) ELSE read_at END,
       state = CASE WHEN receipt.state IN ('delivered', 'read') THEN 'delivered'
                    WHEN message.state = 'sent' THEN 'failed' ELSE message.state END,
       error = CASE WHEN receipt.state = 'failed' AND message.state = 'sent' THEN receipt.error
                    ELSE message.error END
  FROM (SELECT DISTINCT ON (id) id, told.state, told.error, least(coalesce(told.at, %(at)s), %(at)s) AS at
          FROM (SELECT found.id, by_reference.* FROM told by_reference JOIN callup_message found
                    ON found.channel = %(channel)s AND found.reference = by_reference.reference
                   AND found.reference <> ''
                UNION ALL
                SELECT found.id, by_key.* FROM told by_key JOIN callup_message found
                    ON found.channel = %(channel)s AND found.key = by_key.key AND by_key.reference = '') told
         ORDER BY id, told.state = 'read' DESC, told.state = 'delivered' DESC, told.number) receipt
 WHERE message.id = receipt.id
"""


def record_receipts(channel: str, receipts: Sequence[Receipt], at: datetime) -> int:
    """Apply what a provider tells of its messages; how many messages it knew.

    Told twice, or in another order, it comes out the same: what was delivered does not fail any more. Times
    of the future count as `at`.
    """
    if not receipts:
        return 0
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            _APPLY,
            {
                "channel": channel,
                "at": at,
                "states": [receipt.state for receipt in receipts],
                "references": [receipt.reference for receipt in receipts],
                "keys": [receipt.key for receipt in receipts],
                "ats": [receipt.at for receipt in receipts],
                "errors": [receipt.error for receipt in receipts],
            },
        )
        return int(cursor.rowcount)


def mark_read(booking: Booking, account: Account, at: datetime) -> int:
    """The account has opened the booking's page: its messages about it have been read; how many had not."""
    unread = Message.objects.filter(booking=booking, account=account, read_at=None)
    return unread.exclude(state=Message.MessageState.OVERTAKEN).update(read_at=at)


def mark_ticket_read(ticket: LiveTicket, at: datetime) -> int:
    """Whoever holds the ticket's code has opened its page: its messages have been read."""
    unread = Message.objects.filter(ticket=ticket, read_at=None).exclude(channel="webhook")
    return unread.exclude(state=Message.MessageState.OVERTAKEN).update(read_at=at)


def answer_call(account: Account, code: str, at: datetime) -> CallAnswer:
    """The holder of a booking, or its driver, answers its standing call. Repeating it changes nothing.

    Raises:
        GreenlaneError: ``booking_unknown`` (404), ``not_called`` (409).
    """
    booking = booking_of(account, code)
    return _answered(standing_call(booking=booking), account, at)


def answer_ticket_call(code: str, at: datetime) -> CallAnswer:
    """The same for a ticket of the live queue, by whoever holds its code.

    Raises:
        GreenlaneError: ``ticket_unknown`` (404), ``not_called`` (409).
    """
    ticket = LiveTicket.objects.filter(code=code.strip().upper()).first()
    if ticket is None:
        raise GreenlaneError(
            "ticket_unknown",
            _("There is no such ticket."),
            field="ticket",
            mend=_("Check the code on your ticket."),
            status=404,
        )
    return _answered(standing_call(ticket=ticket), ticket.account, at)


def _answered(call: Call | None, account: Account | None, at: datetime) -> CallAnswer:
    if call is None:
        raise GreenlaneError(
            "not_called",
            _("There is no call to answer."),
            field="call",
            mend=_("Wait for the call in the park."),
            status=409,
        )
    with transaction.atomic():
        answer, is_new = CallAnswer.objects.get_or_create(call=call, defaults={"account": account, "at": at})
        if is_new:
            Message.objects.filter(call=call, account=account, read_at=None).exclude(
                state=Message.MessageState.OVERTAKEN
            ).update(read_at=at)
    return answer
