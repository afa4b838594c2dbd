"""One booking, ticket or place on the waiting list, followed through the order log."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import connection
from django.db.models import Max
from django.utils.translation import gettext as _

from greenlane.booking.codes import BOOKING, TICKET, read_code
from greenlane.booking.models import Booking, LiveTicket, WaitingGroup
from greenlane.callup.models import OrderEntry, OrderRoot
from greenlane.callup.order.own_place import OwnPlace, own_place
from greenlane.errors import GreenlaneError
from greenlane.gate.due import MOST_WAIT
from greenlane.gate.models import Passage
from greenlane.registry.models import Checkpoint

_PARK: Final = (
    *("booking.", "ticket.", "truck.", "passage.", "call.", "hindrance.", "priority.", "mass.", "pause."),
)
_LIST: Final = ("waiting.",)
MOST_LINES: Final = 100_000
"""So many lines before the last are looked through: some ten days of a busy checkpoint."""


@dataclass(frozen=True, slots=True)
class Followed:
    """What the log tells of a code, and where the log is to be had."""

    code: str
    checkpoint: Checkpoint
    direction: str
    way: OwnPlace
    sealed_to: int


def followed(code: str, at: datetime) -> Followed:
    """The way of a booking, a ticket or a number on the list, by whoever has its code.

    Raises:
        GreenlaneError: ``code_unknown`` (404).
    """
    source, row, spelled = _row_of(code)
    checkpoint, direction = row.checkpoint, row.direction
    own = OrderEntry.objects.filter(source=source, source_id=row.pk, seq__isnull=False)
    last = (
        OrderEntry.objects.filter(checkpoint=checkpoint, direction=direction).aggregate(n=Max("seq"))["n"]
        or 0
    )
    first_own = own.order_by("seq").values_list("seq", flat=True).first() or last + 1
    start = first_own if source == "waiting" else _start(row, checkpoint, direction, at)
    start = max(start, last - MOST_LINES)
    kinds = _LIST if source == "waiting" else _PARK
    earlier = own.filter(seq__lt=start).order_by("seq").values_list("line", flat=True)
    lines = [*_rules_before(checkpoint, direction, start), *(json.loads(line) for line in earlier)]
    lines += _lines(checkpoint, direction, start, kinds)
    return Followed(spelled, checkpoint, direction, own_place(lines, spelled), last)


def _row_of(code: str) -> tuple[str, Booking | LiveTicket | WaitingGroup, str]:
    spelled = read_code(code.strip(), BOOKING)
    booking = Booking.objects.select_related("checkpoint").filter(code=spelled).first()
    if booking is not None:
        return "booking", booking, spelled
    spelled = read_code(code.strip(), TICKET)
    ticket = LiveTicket.objects.select_related("checkpoint").filter(code=spelled).first()
    if ticket is not None:
        return "ticket", ticket, spelled
    group = WaitingGroup.objects.select_related("checkpoint").filter(number=code.strip().upper()).first()
    if group is not None:
        return "waiting", group, group.number
    raise GreenlaneError(
        "code_unknown",
        _("There is no booking, ticket or place on the waiting list with this code."),
        field="code",
        mend=_("Take it from the booking, the ticket or the list, letter by letter."),
        status=404,
    )


def _start(
    row: Booking | LiveTicket | WaitingGroup, checkpoint: Checkpoint, direction: str, at: datetime
) -> int:
    """The line from which the park is built up: of a root so long ago that nobody waits since then."""
    arrived = at
    if isinstance(row, Booking):
        seen = Passage.objects.filter(booking=row).order_by("pk").values_list("first_at", flat=True).first()
        arrived = seen or row.slot.starts_at
    elif isinstance(row, LiveTicket):
        arrived = row.joined_at
    root = (
        OrderRoot.objects.filter(
            checkpoint=checkpoint, direction=direction, signed_at__lt=arrived - MOST_WAIT
        )
        .order_by("-day")
        .first()
    )
    return root.last_seq + 1 if root else 1


def _rules_before(checkpoint: Checkpoint, direction: str, seq: int) -> Iterator[dict[str, Any]]:
    rules = OrderEntry.objects.filter(
        checkpoint=checkpoint, direction=direction, source="rules", seq__lt=seq
    ).order_by("-seq")
    for line in rules.values_list("line", flat=True)[:1]:
        yield json.loads(line)


def _lines(
    checkpoint: Checkpoint, direction: str, start: int, kinds: tuple[str, ...]
) -> Iterator[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT line FROM callup_orderentry WHERE checkpoint_id = %s AND direction = %s AND seq >= %s"
            " AND (source = 'rules' OR kind LIKE ANY (%s)) ORDER BY seq",
            [checkpoint.pk, direction, start, [f"{kind}%" for kind in kinds]],
        )
        for (line,) in cursor.fetchall():
            yield json.loads(line)
