"""Passages computed again from the raw readings, officers' events, bookings and channel decisions."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from greenlane.gate.cohorts import Decision
from greenlane.gate.due import MOST_WAIT
from greenlane.gate.line import PlacedEvent
from greenlane.gate.models import ChannelDecision, Event, Unclear
from greenlane.gate.queries.loading import arrival_of, expected_bookings, fast_cursor, stored_event
from greenlane.gate.replay import ReplayedPassage, replay
from greenlane.registry.models import Checkpoint

_MATCHED = """
SELECT id, event_id, device_id, point, event_time, zone_offset, kind, value, confidence, stage, lane, country,
       skew_s, record_time, matched_at
  FROM gate_reading
 WHERE checkpoint_id = %s AND direction = %s AND event_time >= %s AND event_time < %s
   AND matched_at IS NOT NULL
 ORDER BY matched_at, id
"""


def replayed(
    checkpoint: Checkpoint,
    direction: str,
    start: datetime,
    end: datetime,
    *,
    at: datetime | None = None,
    lead_in: bool = True,
) -> list[ReplayedPassage]:
    """Passages first seen in [start, end), computed from nothing.

    Args:
        at: the time of asking, after which an exit still missing counts as missed.
        lead_in: take readings from `due.MOST_WAIT` before `start` too, so that a truck that waited that long
            is known. Readings of a day after `end` are taken for trucks that were still inside.
    """
    first = start - MOST_WAIT if lead_in else start
    last = end + MOST_WAIT
    with fast_cursor() as cursor:
        cursor.execute(_MATCHED, [checkpoint.pk, direction, first, last])
        rows: Sequence[Sequence[Any]] = cursor.fetchall()
    passages = replay(
        (arrival_of(row) for row in rows),
        expected_bookings(checkpoint.pk, direction, first, last),
        _placed(checkpoint, direction, first, last, [row[14] for row in rows]),
        _decisions(checkpoint, direction),
        at=at,
    )
    return [passage for passage in passages if _begins_in(passage, start, end)]


def _begins_in(passage: ReplayedPassage, start: datetime, end: datetime) -> bool:
    standing = passage.timeline.effective
    return bool(standing) and start <= standing[0].event_time < end


def _placed(
    checkpoint: Checkpoint, direction: str, first: datetime, last: datetime, stamps: Sequence[datetime]
) -> list[PlacedEvent]:
    """Events that no matching made, each after the readings whose step came before it.

    A reading that an officer resolved is among `stamps` by the step that set it aside; its event came later.
    """
    resolved = Unclear.objects.filter(checkpoint=checkpoint, direction=direction, resolved_at__isnull=False)
    resolved_at = dict(resolved.values_list("reading_id", "resolved_at"))
    events = Event.objects.filter(
        passage__checkpoint=checkpoint,
        passage__direction=direction,
        event_time__gte=first,
        event_time__lt=last,
        method__in=[Event.Method.OFFICER, Event.Method.PLATFORM],
    ).select_related("passage")
    placed: list[tuple[datetime, PlacedEvent]] = []
    for event in events.order_by("record_time", "pk"):
        told_at = resolved_at.get(event.reading_id) if event.reading_id else None
        stamp = told_at or event.record_time
        placed.append(
            (
                stamp,
                PlacedEvent(
                    passage=event.passage.opened_by,
                    event=stored_event(event),
                    plate=event.plate,
                    country=event.country,
                    after=bisect_left(stamps, stamp),
                ),
            )
        )
    # Of one step, what strikes out came before what was put in its place.
    placed.sort(key=lambda pair: (pair[0], pair[1].event.corrects is None))
    return [event for _, event in placed]


def _decisions(checkpoint: Checkpoint, direction: str) -> list[Decision]:
    columns = ("pk", "channel", "pre_arrival", "decided_at", "booking_id", "plate_key")
    rows = ChannelDecision.objects.filter(checkpoint=checkpoint, direction=direction).order_by("pk")
    return [Decision(*row) for row in rows.values_list(*columns)]
