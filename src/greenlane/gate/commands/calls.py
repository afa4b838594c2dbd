"""Call-ups on the timeline: the platform's own events."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import uuid4
from zoneinfo import ZoneInfo

from django.db import transaction

from greenlane.gate.commands.matching import locked_line
from greenlane.gate.commands.writing import NewEvent, Step
from greenlane.gate.effective import DID_NOT_OCCUR, PassageEvent, distinct, effective
from greenlane.gate.line import Line, PlacedEvent
from greenlane.gate.models import Event, Passage
from greenlane.gate.queries.loading import events_of, load_line, open_passages
from greenlane.registry.models import Account, Checkpoint

CALL = "call"


def hold_line(checkpoint: Checkpoint, direction: str, at: datetime) -> datetime:
    """Keep matcher and officers out of a checkpoint and direction until the running transaction ends.

    Returns:
        The stamp of the step that begins, see `models.Line`.
    """
    return locked_line(checkpoint.pk, direction, at)


def record_calls(checkpoint: Checkpoint, direction: str, passage_ids: Iterable[int], at: datetime) -> None:
    """Put a call on the timeline of each passage."""
    with transaction.atomic():
        stamp = hold_line(checkpoint, direction, at)
        # The whole line, so that a truck that has booked meanwhile is joined to its booking.
        line = load_line(checkpoint.pk, direction, at, at)
        step = Step(checkpoint.pk, direction, line, stamp)
        keys = Passage.objects.filter(pk__in=list(passage_ids)).values_list("opened_by", flat=True)
        for key in keys.order_by("pk"):
            event = PassageEvent(uuid4(), CALL, at, stamp)
            _put(step, PlacedEvent(key, event), _offset(checkpoint, at), None, "")
        step.write()


def record_recall(passage: Passage, account: Account, why: str, at: datetime) -> None:
    """Declare the standing calls of a passage as not having led to a release."""
    record_recalls(passage.checkpoint, passage.direction, [passage.pk], account, why, at)


def record_recalls(
    checkpoint: Checkpoint,
    direction: str,
    passage_ids: Iterable[int],
    account: Account | None,
    why: str,
    at: datetime,
) -> None:
    """Declare the standing calls of many passages as not having led to a release, in one step of the line.

    Args:
        account: who says so; None where the platform does, for trucks that did not come.
    """
    with transaction.atomic():
        stamp = hold_line(checkpoint, direction, at)
        known = open_passages(Passage.objects.filter(pk__in=list(passage_ids)).order_by("pk"))
        events = events_of(passage.key for passage in known)
        for passage in known:
            passage.events = events[passage.key]
        step = Step(checkpoint.pk, direction, Line(passages=known), stamp)
        zone_offset = _offset(checkpoint, at)
        for passage in known:
            # Taken before the line is told: what it is told is added to the passage's own events.
            standing = [each for each in effective(distinct(passage.events)) if each.point == CALL]
            for call in standing:
                event = PassageEvent(
                    uuid4(), CALL, call.event_time, stamp, corrects=call.event_id, error_reason=DID_NOT_OCCUR
                )
                _put(step, PlacedEvent(passage.key, event), zone_offset, account, why)
        step.write()


def _put(step: Step, placed: PlacedEvent, zone_offset: str, account: Account | None, why: str) -> None:
    step.line.place(placed)
    step.events.append(
        NewEvent(
            passage=placed.passage,
            event=placed.event,
            zone_offset=zone_offset,
            method=Event.Method.PLATFORM,
            score=1.0,
            by_id=account.pk if account else None,
            why=why[:200],
        )
    )


def _offset(checkpoint: Checkpoint, at: datetime) -> str:
    text = at.astimezone(ZoneInfo(checkpoint.zone)).strftime("%z")
    return f"{text[:3]}:{text[3:]}"
