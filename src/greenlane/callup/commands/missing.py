"""Calls that were missed: the truck did not come to the barrier in time, and keeps its place."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import F, Q, QuerySet

from greenlane.booking.commands import mark_live_back, mark_recalled
from greenlane.booking.models import Rules
from greenlane.booking.queries import lag_minutes
from greenlane.callup.commands.telling import tell_calls
from greenlane.callup.models import Call
from greenlane.gate.commands import hold_line, record_recalls
from greenlane.gate.models import Passage
from greenlane.registry.models import Checkpoint

ON_THE_ROAD: Final = timedelta(hours=1)
"""A truck that was seen leaving the park stands before the barrier or on the road: it has so much longer."""
_WHY: Final = "did not come to the barrier in time"


def mark_missed(at: datetime) -> int:
    """Take the calls for missed whose truck should have been at the barrier by `at`; the number of them.

    The truck waits again, near the front (`waiting.behind_after`), with nothing to pay and no strike; where
    it comes to the barrier after all, it enters. Nobody misses a call while the checkpoint itself is more
    than `grace_behind_minutes` behind.
    """
    overdue = _overdue(at)
    lines = set(overdue.values_list("checkpoint_id", "direction").order_by().distinct())
    checkpoints = Checkpoint.objects.select_related("crossing").in_bulk({pk for pk, _ in lines})
    return sum(
        _mark(checkpoints[pk], direction, at)
        for pk, direction in sorted(lines)
        if not _is_behind(checkpoints[pk], direction, at)
    )


def _mark(checkpoint: Checkpoint, direction: str, at: datetime) -> int:
    with transaction.atomic():
        hold_line(checkpoint, direction, at)
        here = _overdue(at).filter(checkpoint=checkpoint, direction=direction)
        calls = list(here.select_for_update(of=("self",)).order_by("pk"))
        if not calls:
            return 0
        record_recalls(checkpoint, direction, [call.passage_id for call in calls], None, _WHY, at)
        mark_recalled(_known(call.booking_id for call in calls), at, _WHY)
        mark_live_back(_known(call.ticket_id for call in calls), at)
        Call.objects.filter(pk__in=[call.pk for call in calls]).update(missed_at=at)
        for call in calls:
            call.missed_at = at
        tell_calls(calls, "missed", at)
    return len(calls)


def _overdue(at: datetime) -> QuerySet[Call]:
    seen_leaving = Q(passage__park_out_at__gte=F("called_at"))
    return Call.objects.filter(
        ~seen_leaving | Q(gate_by__lte=at - ON_THE_ROAD),
        recalled_at=None,
        missed_at=None,
        gate_by__lte=at,
        passage__phase=Passage.Phase.CALLED,
    )


def _is_behind(checkpoint: Checkpoint, direction: str, at: datetime) -> bool:
    rules = Rules.objects.filter(checkpoint=checkpoint, direction=direction).first()
    return rules is not None and lag_minutes(checkpoint, direction, at) > rules.grace_behind_minutes


def _known(keys: Iterable[int | None]) -> list[int]:
    return [key for key in keys if key is not None]
