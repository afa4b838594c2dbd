"""What is read of the order log: its lines as a file, its roots, how far it is sealed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.db import connection
from django.db.models import Count, Min
from django.utils.translation import gettext as _

from greenlane.callup.models import OrderEntry, OrderRoot
from greenlane.callup.order.chain import first_hash
from greenlane.callup.order.log_file import Header, entry_line, root_line
from greenlane.errors import GreenlaneError
from greenlane.registry.models import Checkpoint

AT_ONCE: Final = 2_000
"""Lines that are read from the database at once."""


@dataclass(frozen=True, slots=True)
class LogState:
    """How far a log reaches.

    Attributes:
        last_seq, head: of the last sealed line; 0 and what stands before the first where there is none.
        last_at: the time told in it.
        unsealed: entries that wait to be sealed.
        unsealed_since: when the oldest of them was written, by the server's clock.
    """

    last_seq: int
    head: str
    last_at: datetime | None
    unsealed: int
    unsealed_since: datetime | None


@dataclass(frozen=True, slots=True)
class Span:
    """Lines to be told, both ends included; empty where `last` is less than `first`."""

    first: int
    last: int


def head_of(checkpoint_id: int, direction: str) -> tuple[int, str]:
    """The number and the hash of the last sealed line; 0 and what stands before the first where none is."""
    last = (
        OrderEntry.objects.filter(checkpoint=checkpoint_id, direction=direction, seq__isnull=False)
        .order_by("-seq")
        .values_list("seq", "hash")
        .first()
    )
    if last is not None:
        assert last[0] is not None
        return last[0], last[1]
    return 0, first_hash(Checkpoint.objects.get(pk=checkpoint_id).code, direction)


def log_state(checkpoint: Checkpoint, direction: str) -> LogState:
    """How far the log of a checkpoint and direction is sealed, and what waits."""
    seq, head = head_of(checkpoint.pk, direction)
    here = OrderEntry.objects.filter(checkpoint=checkpoint, direction=direction)
    waiting = here.filter(seq=None).aggregate(n=Count("pk"), since=Min("logged_at"))
    last_at = here.filter(seq=seq).values_list("at", flat=True).first() if seq else None
    return LogState(seq, head, last_at, waiting["n"], waiting["since"])


def roots_of(checkpoint: Checkpoint, direction: str) -> list[OrderRoot]:
    """The signed roots of a log, the latest first."""
    return list(OrderRoot.objects.filter(checkpoint=checkpoint, direction=direction).order_by("-day"))


def span_of(checkpoint: Checkpoint, direction: str, first: int | None, last: int | None) -> Span:
    """The lines from one number to another, or to the last sealed; both may be left out.

    Raises:
        GreenlaneError: ``seq_unknown`` (422) where the log has no such lines.
    """
    head, _hash = head_of(checkpoint.pk, direction)
    span = Span(first or 1, head if last is None else last)
    if not 1 <= span.first <= head + 1 or not span.first - 1 <= span.last <= head:
        raise GreenlaneError(
            "seq_unknown",
            _("The log has the lines 1 to %(last)d.") % {"last": head},
            field="from" if not 1 <= span.first <= head + 1 else "to",
            mend=_("Ask for lines among them."),
            status=422,
        )
    return span


def span_of_day(checkpoint: Checkpoint, direction: str, day: date) -> Span:
    """The lines under the root of a local day; of the day after the last root what is sealed by now.

    Raises:
        GreenlaneError: ``root_unknown`` (404) where no root was signed for that day.
    """
    root = OrderRoot.objects.filter(checkpoint=checkpoint, direction=direction, day=day).first()
    if root is None:
        raise GreenlaneError(
            "root_unknown",
            _("No root was signed for %(day)s.") % {"day": day.isoformat()},
            field="day",
            mend=_("Take a day from the list of roots, or ask for the lines by their numbers."),
            status=404,
        )
    return Span(root.first_seq, root.last_seq)


def log_lines(checkpoint: Checkpoint, direction: str, span: Span) -> Iterator[str]:
    """The lines of a file, without their ends: the header, entries, and roots where they were signed.

    The root that ends just before the first line goes first, so that the file hangs on a signature.
    """
    previous = _hash_at(checkpoint, direction, span.first - 1)
    yield Header(checkpoint.code, direction, checkpoint.zone, span.first, previous).as_line()
    roots = OrderRoot.objects.filter(
        checkpoint=checkpoint, direction=direction, last_seq__gte=span.first - 1, last_seq__lte=span.last
    ).order_by("day")
    waiting = list(roots)
    for start in range(span.first, span.last + 1, AT_ONCE):
        for seq, hash_, line in _lines(checkpoint, direction, start, min(start + AT_ONCE - 1, span.last)):
            while waiting and waiting[0].last_seq < seq:
                yield root_line(waiting.pop(0).token)
            yield entry_line(hash_, line)
    for root in waiting:
        yield root_line(root.token)


def _lines(checkpoint: Checkpoint, direction: str, first: int, last: int) -> list[tuple[int, str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT seq, hash, line FROM callup_orderentry"
            " WHERE checkpoint_id = %s AND direction = %s AND seq BETWEEN %s AND %s ORDER BY seq",
            [checkpoint.pk, direction, first, last],
        )
        rows: list[tuple[int, str, str]] = cursor.fetchall()
    return rows


def _hash_at(checkpoint: Checkpoint, direction: str, seq: int) -> str:
    if seq == 0:
        return first_hash(checkpoint.code, direction)
    return OrderEntry.objects.values_list("hash", flat=True).get(
        checkpoint=checkpoint, direction=direction, seq=seq
    )
