"""What was read of the trucks of a checkpoint, out of the gate's passages, for calibration.

Passages are rebuilt whenever a reading is corrected, so that what is given here is what holds now.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from greenlane.registry.models import Checkpoint
from greenlane.twin.calibration.observations import Observations, numbered, resolution_of

Floats = NDArray[np.float64]

_HERE: Final = """
 p.checkpoint_id = %(checkpoint)s AND p.direction = %(direction)s
   AND p.first_at >= %(start)s AND p.first_at < %(end)s
"""
_PASSAGES: Final = f"""
SELECT p.id, p.channel, p.vehicle_class, 'invalid_clock' = ANY(p.flags),
       extract(epoch FROM least(p.queue_end_at, p.park_in_at) - %(start)s)::float8,
       extract(epoch FROM slot.starts_at - %(start)s)::float8,
       extract(epoch FROM p.called_at - %(start)s)::float8,
       extract(epoch FROM p.entry_at - %(start)s)::float8,
       extract(epoch FROM p.exit_at - %(start)s)::float8
  FROM gate_passage p
  LEFT JOIN booking_booking booking ON booking.id = p.booking_id
  LEFT JOIN booking_slot slot ON slot.id = booking.slot_id
 WHERE {_HERE}
 ORDER BY p.id
"""
_VISITS: Final = f"""
SELECT p.id, visit->>'stage', coalesce(visit->>'lane', ''),
       extract(epoch FROM (visit->>'in')::timestamptz - %(start)s)::float8,
       extract(epoch FROM (visit->>'out')::timestamptz - %(start)s)::float8
  FROM gate_passage p, jsonb_array_elements(p.visits) visit
 WHERE {_HERE} AND NOT 'invalid_clock' = ANY(p.flags)
 ORDER BY p.id
"""
_NO_SHOWS: Final = """
SELECT booking.vehicle_class, extract(epoch FROM slot.starts_at - %(start)s)::float8
  FROM booking_booking booking
  JOIN booking_slot slot ON slot.id = booking.slot_id
 WHERE booking.checkpoint_id = %(checkpoint)s AND booking.direction = %(direction)s
   AND booking.state = 'no_show' AND slot.starts_at >= %(start)s AND slot.starts_at < %(end)s
   AND NOT EXISTS (SELECT FROM gate_passage p WHERE p.booking_id = booking.id)
 ORDER BY booking.id
"""
_LAST: Final = """
SELECT extract(epoch FROM max(p.last_at) - %(start)s)::float8 FROM gate_passage p
 WHERE p.checkpoint_id = %(checkpoint)s AND p.direction = %(direction)s
"""


def observations(checkpoint: Checkpoint, direction: str, start: datetime, end: datetime) -> Observations:
    """The trucks first read in [start, end), and the bookings of slots that begin then and never came.

    A passage flagged ``invalid_clock`` counts for shares and punctuality at the park, and its times inside
    are left out. Where trucks line up before the park, they have come at the end of that line.

    Args:
        start: aware; minute 0.
    """
    asked = {"checkpoint": checkpoint.pk, "direction": direction, "start": start, "end": end}
    passages, visits, absent = (_rows(query, asked) for query in (_PASSAGES, _VISITS, _NO_SHOWS))
    ((last,),) = _rows(_LAST, asked)
    keys = np.array([row[0] for row in passages], dtype=np.int64)
    times = np.stack([_minutes(passages, column) for column in range(4, 9)])
    wrong = np.array([row[3] for row in passages], dtype=np.bool_)
    times[2:, wrong] = np.nan
    arrival, slot_start, called, entry, exit_at = (
        np.concatenate([each, fill]) for each, fill in zip(times, _absent_times(absent), strict=True)
    )
    channels, channel = numbered([row[1] for row in passages] + [""] * len(absent))
    classes, vehicle_class = numbered([row[2] for row in passages] + [row[0] for row in absent])
    stages, stage = numbered([row[1] for row in visits])
    lanes, lane = numbered([row[2] for row in visits])
    entered, left = _minutes(visits, 3), _minutes(visits, 4)
    return Observations(
        epoch=start.astimezone(ZoneInfo(checkpoint.zone)),
        until=last / 60.0 if last is not None else (end - start) / timedelta(minutes=1),
        resolution=resolution_of(entered, left),
        channels=channels,
        classes=classes,
        stages=stages,
        lanes=lanes,
        arrival=arrival,
        slot_start=slot_start,
        called=called,
        entry=entry,
        exit=exit_at,
        channel=channel,
        vehicle_class=vehicle_class,
        no_show=np.repeat([False, True], [len(passages), len(absent)]),
        passage=np.searchsorted(keys, [row[0] for row in visits]).astype(np.int32),
        stage=stage,
        lane=lane,
        entered=entered,
        left=left,
    )


def _rows(query: str, asked: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, asked)
        return list(cursor.fetchall())


def _minutes(rows: list[tuple[Any, ...]], column: int) -> Floats:
    """Seconds of a column to minutes; NULL to NaN."""
    return np.array([row[column] for row in rows], dtype=np.float64) / 60.0


def _absent_times(absent: list[tuple[Any, ...]]) -> list[Floats]:
    nothing = np.full(len(absent), np.nan)
    return [nothing, _minutes(absent, 1), nothing, nothing, nothing]
