"""Releases and recalls: one transaction each."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from greenlane.booking.commands import mark_called, mark_recalled
from greenlane.callup.models import Call
from greenlane.callup.policy import Waiting
from greenlane.callup.queries import queue_at
from greenlane.errors import GreenlaneError
from greenlane.gate.commands import hold_line, record_calls, record_recall
from greenlane.registry.models import Account, Checkpoint, Role
from greenlane.registry.queries import require


def release(checkpoint: Checkpoint, direction: str, at: datetime) -> list[Call]:
    """Call the trucks whose turn it is, as many as there is room for inside.

    Two releases at once call no truck twice: the second waits, and sees what the first did.
    """
    queue = queue_at(checkpoint, direction, at)
    if not queue.room or not queue.turns:
        return []
    with transaction.atomic():
        hold_line(checkpoint, direction, at)
        queue = queue_at(checkpoint, direction, at, queue.rules)
        called = queue.turns[: queue.room]
        if not called:
            return []
        late = timedelta(minutes=queue.rules.late_minutes)
        record_calls(checkpoint, direction, [truck.passage for truck in called], at)
        mark_called([truck.booking for truck in called if truck.booking is not None], at)
        return Call.objects.bulk_create(_call(checkpoint, direction, truck, at, late) for truck in called)


def _call(checkpoint: Checkpoint, direction: str, truck: Waiting, at: datetime, late: timedelta) -> Call:
    return Call(
        passage_id=truck.passage,
        booking_id=truck.booking,
        checkpoint=checkpoint,
        direction=direction,
        called_at=at,
        gate_by=at + truck.travel + late,
    )


def recall(call_id: int, account: Account, why: str, at: datetime) -> Call:
    """Take a call back: the truck waits for its turn again. Repeating it changes nothing.

    Raises:
        GreenlaneError: ``call_unknown`` (404), ``has_entered`` (409), ``not_allowed`` (403).
    """
    call = Call.objects.select_related("checkpoint__crossing").filter(pk=call_id).first()
    if call is None:
        raise GreenlaneError(
            "call_unknown",
            _("There is no such call."),
            field="call",
            mend=_("Take the id from the list of calls."),
            status=404,
        )
    require(account, call.checkpoint, Role.SHIFT_LEAD)
    with transaction.atomic():
        hold_line(call.checkpoint, call.direction, at)
        call = (
            Call.objects.select_related("passage__checkpoint").select_for_update(of=("self",)).get(pk=call_id)
        )
        if call.recalled_at is not None:
            return call
        if call.passage.entry_at is not None:
            raise GreenlaneError(
                "has_entered",
                _("The truck has passed the entry barrier."),
                field="call",
                mend=_("Let it go on, or turn it away inside."),
                status=409,
            )
        record_recall(call.passage, account, why, at)
        if call.booking_id is not None:
            mark_recalled([call.booking_id], at, why or "recalled")
        call.recalled_at, call.recalled_by, call.recalled_why = at, account, why[:200]
        call.save(update_fields=["recalled_at", "recalled_by", "recalled_why"])
    return call
