"""Matching readings to passages, line by line."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Final

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Q, QuerySet

from greenlane.gate.commands.writing import MatchedReading, Step, mark_matched
from greenlane.gate.line import FAULT, Arrival, Line, SetAside
from greenlane.gate.models import Device, Passage, Reading
from greenlane.gate.models import Line as LineRow
from greenlane.gate.queries.loading import load_line, open_passages, unmatched
from greenlane.gate.timeline import T_MAX

_log = logging.getLogger(__name__)

WIDEST_STEP: Final = timedelta(days=3)
"""Event times in one step lie at most this far apart, so that one late upload does not make the step load
weeks of passages."""


def match_pending(at: datetime, limit: int = 5000) -> set[int]:
    """Match readings that wait, up to `limit` of each checkpoint and direction, in order of arrival.

    Readings become events of passages; those that fit no truck well enough are set aside for an officer.
    Passages whose exit is overdue (`timeline.T_MAX`) become lost. Live boards are told. A reading that cannot
    be worked is set aside with the fault, and the next is taken. `queries.has_pending` tells whether to call
    again.

    Returns:
        Keys of the passages that changed.

    Raises:
        OperationalError: the database is away, or a deadlock; nothing of the line's step was done.
    """
    changed: set[int] = set()
    for checkpoint_id, direction in lines():
        try:
            changed |= _step(checkpoint_id, direction, at, limit)
        except _ReadingFault:
            _log.exception(
                "matching failed at %s %s; taking its readings one by one", checkpoint_id, direction
            )
            changed |= _one_by_one(checkpoint_id, direction, at, limit)
    return changed


class _ReadingFault(Exception):
    """Working or writing the readings of a step failed; what was loaded before is sound."""


def lines() -> list[tuple[int, str]]:
    """Every checkpoint and direction that has devices."""
    rows = Device.objects.order_by("checkpoint_id", "direction")
    return list(rows.values_list("checkpoint_id", "direction").distinct())


def locked_line(checkpoint_id: int, direction: str, at: datetime) -> datetime:
    """Wait for the line and hold it until the transaction ends; the stamp of the step that begins."""
    LineRow.objects.get_or_create(
        checkpoint_id=checkpoint_id, direction=direction, defaults={"stepped_at": at - timedelta(seconds=1)}
    )
    row = LineRow.objects.select_for_update().get(checkpoint_id=checkpoint_id, direction=direction)
    stamp = max(at, row.stepped_at + timedelta(microseconds=1))
    LineRow.objects.filter(pk=row.pk).update(stepped_at=stamp)
    return stamp


def _step(checkpoint_id: int, direction: str, at: datetime, limit: int) -> set[int]:
    if not _has_work(checkpoint_id, direction, at):
        return set()
    with transaction.atomic():
        stamp = locked_line(checkpoint_id, direction, at)
        waiting = _narrowed(unmatched(checkpoint_id, direction, limit))
        times = [arrival.reading.event_time for _, arrival in waiting]
        line = load_line(checkpoint_id, direction, min(times), max(times)) if times else Line()
        # A passage whose exit is overdue is written anew like those that were seen: its phase has changed.
        for passage in open_passages(_overdue(checkpoint_id, direction, stamp)):
            line.touched[passage.key] = line.passages.get(passage.key, passage)
        step = Step(checkpoint_id, direction, line, stamp)
        try:
            for reading_id, arrival in waiting:
                take(step, reading_id, arrival)
            changed = step.write()
        except (OperationalError, InterfaceError):
            raise
        except Exception as fault:
            raise _ReadingFault(f"{type(fault).__name__}: {fault}") from fault
        mark_matched([reading_id for reading_id, _ in waiting], stamp)
        return changed


def _has_work(checkpoint_id: int, direction: str, at: datetime) -> bool:
    waiting = Reading.objects.filter(checkpoint_id=checkpoint_id, direction=direction, matched_at=None)
    return waiting.exists() or _overdue(checkpoint_id, direction, at).exists()


def _narrowed(waiting: list[tuple[int, Arrival]]) -> list[tuple[int, Arrival]]:
    """The first readings whose event times lie within `WIDEST_STEP` of each other."""
    if not waiting:
        return waiting
    first = last = waiting[0][1].reading.event_time
    for count, (_, arrival) in enumerate(waiting):
        first, last = min(first, arrival.reading.event_time), max(last, arrival.reading.event_time)
        if last - first > WIDEST_STEP:
            return waiting[:count]
    return waiting


def take(step: Step, reading_id: int, arrival: Arrival) -> None:
    """Let the step's line take a reading, and note what came of it."""
    taken = step.line.take(arrival)
    if isinstance(taken, SetAside):
        step.set_aside.append((reading_id, taken))
        return
    step.matched.append(MatchedReading(reading_id, taken.passage.key, taken.method, taken.score))


def _overdue(checkpoint_id: int, direction: str, at: datetime) -> QuerySet[Passage]:
    return Passage.objects.filter(
        Q(entry_at__lt=at - T_MAX) | Q(entry_at=None, last_at__lt=at - T_MAX),
        checkpoint_id=checkpoint_id,
        direction=direction,
        phase=Passage.Phase.INSIDE,
    )


def _one_by_one(checkpoint_id: int, direction: str, at: datetime, limit: int) -> set[int]:
    """Take readings singly; one that cannot be written is set aside with the fault."""
    changed: set[int] = set()
    for _ in range(limit):
        waiting = unmatched(checkpoint_id, direction, 1)
        if not waiting:
            break
        try:
            changed |= _step(checkpoint_id, direction, at, 1)
        except _ReadingFault as fault:
            _log.exception("reading %s is set aside", waiting[0][0])
            _set_aside(checkpoint_id, direction, waiting[0][0], fault, at)
    return changed


def _set_aside(
    checkpoint_id: int, direction: str, reading_id: int, fault: _ReadingFault, at: datetime
) -> None:
    with transaction.atomic():
        stamp = locked_line(checkpoint_id, direction, at)
        if reading_id not in {waiting for waiting, _ in unmatched(checkpoint_id, direction, 1)}:
            return
        step = Step(checkpoint_id, direction, Line(), stamp)
        step.set_aside.append((reading_id, SetAside((), FAULT, str(fault)[:200])))
        step.write()
        mark_matched([reading_id], stamp)
