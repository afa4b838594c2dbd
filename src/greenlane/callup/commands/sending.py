"""The duty that brings messages out: batch by batch, each channel for itself.

A batch stays locked while it is on its way, so no other worker sends it too, and a recall does not wait for
it. A worker that is killed in between lets go of its locks unmarked: what it had handed over is sent once
more with the same key. That is the price of losing none.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction

from greenlane.callup.commands.channels import adapter_of
from greenlane.callup.commands.receipts import record_receipts
from greenlane.callup.messages.adapter import ChannelAdapter, ChannelDown, Outcome, Outgoing, Result
from greenlane.callup.messages.retries import CHANNEL_PAUSE, pause_after
from greenlane.callup.models import Channel, Message

_log = logging.getLogger(__name__)
_State = Message.MessageState

EACH_ADDRESS = 100
"""Messages of one address in a batch, so that one slow receiver does not fill it."""
ASKED_FOR = timedelta(hours=1)
"""So long after sending, a provider that does not tell by itself is asked for a receipt."""
MOST_ASKED = 2000

_DUE = """
SELECT id FROM (
    SELECT id, urgency, due_at,
           row_number() OVER (PARTITION BY address ORDER BY urgency, due_at, id) AS in_line
      FROM callup_message
     WHERE state = 'waiting' AND channel = %(channel)s AND due_at <= %(at)s) due
 WHERE in_line <= %(each)s
 ORDER BY urgency, due_at, id LIMIT %(many)s
"""
# A statement of its own: in one, PostgreSQL compares each message that waits with each that is due.
_CLAIM = """
SELECT id FROM callup_message WHERE state = 'waiting' AND id = ANY(%(due)s)
 ORDER BY urgency, due_at, id LIMIT %(batch)s
   FOR UPDATE SKIP LOCKED
"""
_MARK = """
UPDATE callup_message message
   SET state = mark.state, attempts = mark.attempts, reference = mark.reference, error = mark.error,
       due_at = mark.due_at, sent_at = mark.sent_at, delivered_at = mark.delivered_at
  FROM unnest(%s::bigint[], %s::text[], %s::int[], %s::text[], %s::text[],
              %s::timestamptz[], %s::timestamptz[], %s::timestamptz[])
       AS mark(id, state, attempts, reference, error, due_at, sent_at, delivered_at)
 WHERE message.id = mark.id
"""


@dataclass(frozen=True, slots=True)
class _Mark:
    """A row of `_MARK`."""

    id: int
    state: str
    attempts: int
    reference: str
    error: str
    due_at: datetime
    sent_at: datetime | None = None
    delivered_at: datetime | None = None


def send_messages(channel: str, at: datetime, adapter: ChannelAdapter | None = None) -> int:
    """Send one batch of a channel's messages that are due, the most urgent first; how many were taken.

    Then a provider that has to be asked is asked for its receipts.

    Raises:
        GreenlaneError: ``adapter_wrong``, from the settings.
    """
    adapter = adapter or adapter_of(channel)
    with transaction.atomic():
        taken = _claimed(channel, at, adapter.batch)
        if taken:
            _send(channel, taken, adapter, at)
    if adapter.asks_for_receipts:
        _ask_for_receipts(channel, adapter, at)
    return len(taken)


def _claimed(channel: str, at: datetime, batch: int) -> list[Message]:
    with connection.cursor() as cursor:
        # Four batches are looked through, so that as many workers find something that nobody holds.
        cursor.execute(_DUE, {"channel": channel, "at": at, "each": EACH_ADDRESS, "many": 4 * batch})
        due = [row[0] for row in cursor.fetchall()]
        cursor.execute(_CLAIM, {"due": due, "batch": batch})
        ids = [row[0] for row in cursor.fetchall()]
    found = Message.objects.select_related("webhook").in_bulk(ids)
    return [found[pk] for pk in ids]


def _send(channel: str, taken: Sequence[Message], adapter: ChannelAdapter, at: datetime) -> None:
    marks, rows = list[_Mark](), dict[int, Message]()
    for row in taken:
        if row.good_until is not None and row.good_until < at:
            marks.append(_kept(row, at, state=_State.OVERTAKEN, error="too late"))
        elif channel == Channel.WEBHOOK and not _is_open(row):
            marks.append(_kept(row, at, state=_State.FAILED, error="the webhook is off"))
        else:
            rows[row.pk] = row
    tried, silent = _tried(rows, adapter, at) if rows else ([], {})
    _mark([*marks, *tried])
    for address, due_at in silent.items():
        _put_off(channel, address, due_at, at)


def _tried(
    rows: dict[int, Message], adapter: ChannelAdapter, at: datetime
) -> tuple[list[_Mark], dict[str, datetime]]:
    """What each row becomes, and the addresses at which nobody answers with the time of their next try."""
    began = time.monotonic()
    try:
        sent = adapter.send([_outgoing(row) for row in rows.values()])
        outcomes = {outcome.id: outcome for outcome in sent}
    except ChannelDown as error:
        return [_kept(row, at + CHANNEL_PAUSE, error=str(error)) for row in rows.values()], {}
    except Exception as error:
        # A fault of the adapter: what it may have sent, it is given again with the same keys.
        _log.exception("the adapter %s failed", type(adapter).__name__)
        outcomes = {pk: Outcome(pk, Result.LATER, error=f"{type(error).__name__}: {error}") for pk in rows}
    ended = at + timedelta(seconds=time.monotonic() - began)
    marks = [
        _after(row, outcomes.get(pk) or Outcome(pk, Result.LATER, error="no answer in time"), at, ended)
        for pk, row in rows.items()
    ]
    silent = {
        rows[mark.id].address: mark.due_at
        for mark in marks
        if mark.id in outcomes and outcomes[mark.id].result is Result.UNREACHABLE
    }
    return marks, silent


def _after(row: Message, outcome: Outcome, at: datetime, ended: datetime) -> _Mark:
    """What a row becomes after one attempt."""
    if outcome.result is Result.NOT_TRIED:
        return _kept(row, row.due_at)
    attempts = row.attempts + 1
    if outcome.result in (Result.SENT, Result.DELIVERED):
        state, delivered = (
            (_State.DELIVERED, ended) if outcome.result is Result.DELIVERED else (_State.SENT, None)
        )
        return _Mark(row.pk, state, attempts, outcome.reference[:120], "", row.due_at, ended, delivered)
    pause = None if outcome.result is Result.REFUSED else pause_after(attempts, row.pk)
    if pause is None:
        return _Mark(row.pk, _State.FAILED, attempts, "", outcome.error[:200], row.due_at)
    return _Mark(row.pk, _State.WAITING, attempts, "", outcome.error[:200], at + pause)


def _kept(row: Message, due_at: datetime, *, state: str = _State.WAITING, error: str = "") -> _Mark:
    return _Mark(row.pk, state, row.attempts, "", (error or row.error)[:200], due_at)


def _mark(marks: Iterable[_Mark]) -> None:
    columns = zip(
        *(
            (m.id, m.state, m.attempts, m.reference, m.error, m.due_at, m.sent_at, m.delivered_at)
            for m in marks
        ),
        strict=True,
    )
    with connection.cursor() as cursor:
        cursor.execute(_MARK, [list(column) for column in columns])


def _put_off(channel: str, address: str, due_at: datetime, at: datetime) -> None:
    """Let all that waits for a silent address wait as long; only newer messages try it again."""
    waiting = Message.objects.filter(channel=channel, address=address, state=_State.WAITING, due_at__lte=at)
    free = list(waiting.select_for_update(skip_locked=True).order_by("pk").values_list("pk", flat=True))
    Message.objects.filter(pk__in=free).update(due_at=due_at)


def _outgoing(row: Message) -> Outgoing:
    return Outgoing(
        id=row.pk,
        key=row.key,
        kind=row.kind,
        address=row.address,
        language=row.language,
        subject=row.subject,
        body=row.body,
        payload=row.payload,
        urgency=row.urgency,
        secret=row.webhook.secret if row.webhook is not None else "",
    )


def _is_open(row: Message) -> bool:
    return row.webhook is not None and row.webhook.is_on and row.webhook.url == row.address


def _ask_for_receipts(channel: str, adapter: ChannelAdapter, at: datetime) -> None:
    sent = Message.objects.filter(channel=channel, state=_State.SENT, sent_at__gt=at - ASKED_FOR)
    references = list(
        sent.exclude(reference="").order_by("sent_at").values_list("reference", flat=True)[:MOST_ASKED]
    )
    if references:
        record_receipts(channel, list(adapter.poll(references)), at)
