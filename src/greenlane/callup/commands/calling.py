"""Making calls: the one place where rows of calls come from."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from greenlane.booking.commands import mark_called, mark_live_called
from greenlane.callup.commands.telling import tell_calls
from greenlane.callup.models import Call, MassCall
from greenlane.callup.passed_over import passed_over
from greenlane.callup.policy import Turn
from greenlane.callup.queries import Queue
from greenlane.errors import GreenlaneError
from greenlane.gate.commands import record_calls
from greenlane.registry.models import Account, Checkpoint


def make_calls(
    checkpoint: Checkpoint,
    direction: str,
    queue: Queue,
    turns: Sequence[Turn],
    at: datetime,
    *,
    by: Account | None = None,
    why: str = "",
    mass: MassCall | None = None,
) -> list[Call]:
    """Call the trucks of some turns of a queue, in that order; the line must be held.

    The timeline, the booking or ticket, the call with those passed over, and the messages are one
    transaction.

    Raises:
        GreenlaneError: ``call_stopped`` (409) where sql/safety.sql refuses.
    """
    if not turns:
        return []
    passed = passed_over(turns, queue.waiting, queue.release, at)
    trucks = [turn.truck for turn in turns]
    calls = [
        Call(
            passage_id=turn.truck.passage,
            booking_id=turn.truck.booking,
            ticket_id=turn.truck.ticket if turn.truck.booking is None else None,
            checkpoint=checkpoint,
            direction=direction,
            turn=turn.by,
            passed=[one.as_document() for one in over],
            why=why[:200],
            called_at=at,
            gate_by=at + _longest_drive(queue, turn) + timedelta(minutes=queue.rules.late_minutes),
            called_by=by,
            mass=mass,
        )
        for turn, over in zip(turns, passed, strict=True)
    ]
    with transaction.atomic():
        record_calls(checkpoint, direction, [truck.passage for truck in trucks], at)
        mark_called([truck.booking for truck in trucks if truck.booking is not None], at)
        mark_live_called(
            [truck.ticket for truck in trucks if truck.ticket is not None and truck.booking is None], at
        )
        try:
            with transaction.atomic():
                made = Call.objects.bulk_create(calls)
        except IntegrityError as error:
            raise GreenlaneError(
                "call_stopped",
                _("The calls were stopped: %(why)s.") % {"why": _told(error)},
                field="passages",
                mend=_("Call fewer trucks, or ask for a mass call that a second person approves."),
                status=409,
            ) from error
        tell_calls(made, "call", at)
    return made


def _longest_drive(queue: Queue, turn: Turn) -> timedelta:
    booking = queue.passages[turn.truck.passage].booking
    park = booking.park_id if booking is not None and booking.park_id in queue.drives else None
    return max(queue.drives[park].long, turn.truck.travel)


def _told(error: IntegrityError) -> str:
    """What the database said, without its context."""
    return str(error).splitlines()[0].rstrip(".")
