"""What a line's step writes: events, passages, readings set aside; each kind in one statement."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from greenlane.booking.commands import mark_entered
from greenlane.gate.effective import PassageEvent
from greenlane.gate.line import Line, OpenPassage, SetAside
from greenlane.gate.matching import Scored
from greenlane.gate.models import Unclear
from greenlane.gate.plates import match_key
from greenlane.gate.queries.loading import Decisions, events_of
from greenlane.gate.replay import ReplayedPassage, finished
from greenlane.gate.timeline import build_timeline
from greenlane.gate.visits import StageVisit

_COLUMNS = {
    "opened_by": "uuid",
    "checkpoint_id": "bigint",
    "direction": "text",
    "booking_id": "bigint",
    "plate": "text",
    "plate_key": "text",
    "country": "text",
    "vehicle_class": "text",
    "channel": "text",
    "pre_arrival": "boolean",
    "phase": "text",
    "first_at": "timestamptz",
    "last_point": "text",
    "last_stage": "text",
    "last_lane": "text",
    "last_at": "timestamptz",
    "queue_end_at": "timestamptz",
    "park_in_at": "timestamptz",
    "park_out_at": "timestamptz",
    "called_at": "timestamptz",
    "entry_at": "timestamptz",
    "exit_at": "timestamptz",
    "visits": "jsonb",
    "flags": "text[]",
    "revision": "integer",
}
_SAVE_PASSAGES = """
INSERT INTO gate_passage ({columns})
SELECT {columns} FROM jsonb_to_recordset(%s) AS row ({typed}) ORDER BY opened_by
ON CONFLICT (opened_by) DO UPDATE SET {changes}
RETURNING opened_by, id
""".format(
    columns=", ".join(_COLUMNS),
    typed=", ".join(f"{name} {kind}" for name, kind in _COLUMNS.items()),
    changes=", ".join(f"{name} = excluded.{name}" for name in list(_COLUMNS)[3:]),
)
_COPY_EVENTS = """
COPY gate_event (event_id, reading_id, passage_id, point, stage, lane, event_time, zone_offset, record_time,
                 plate, country, method, score, skew_s, corrects, error_reason, by_id, why) FROM STDIN
"""
# What a reading says is in its row already: only what the matcher found goes over.
_MATCHED_EVENTS = """
INSERT INTO gate_event (event_id, reading_id, passage_id, point, stage, lane, event_time, zone_offset,
                        record_time, plate, country, method, score, skew_s, error_reason, why)
SELECT reading.event_id, reading.id, found.passage, reading.point, reading.stage, reading.lane,
       reading.event_time, reading.zone_offset, reading.record_time, '', '', found.method, found.score,
       reading.skew_s, '', ''
  FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::float8[]) AS found (reading, passage, method, score)
  JOIN gate_reading reading ON reading.id = found.reading
"""


@dataclass(frozen=True, slots=True)
class MatchedReading:
    """A reading that the matcher put on a passage; `method` and `score` as in `line.Taken`."""

    reading_id: int
    passage: UUID
    method: str
    score: float


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event that an officer or the platform made, with what the timeline does not need."""

    passage: UUID
    event: PassageEvent
    zone_offset: str
    method: str
    score: float
    reading_id: int | None = None
    plate: str = ""
    country: str = ""
    by_id: int | None = None
    why: str = ""


@dataclass(slots=True)
class Step:
    """One step of a line: what it did, to be written together.

    `stamp` is the step's place in the order of the line's steps, see `models.Line`.
    """

    checkpoint_id: int
    direction: str
    line: Line
    stamp: datetime
    matched: list[MatchedReading] = field(default_factory=list)
    events: list[NewEvent] = field(default_factory=list)
    set_aside: list[tuple[int, SetAside]] = field(default_factory=list)

    def write(self) -> set[int]:
        """Write everything; the keys of the passages that changed. Must run in a transaction."""
        pks = self._write_passages()
        self._write_matched(pks)
        self._write_events(pks)
        self._write_unclear()
        tell_board(self.checkpoint_id, self.direction)
        return set(pks.values())

    def _write_passages(self) -> dict[UUID, int]:
        touched = self.line.touched
        if not touched:
            return {}
        before = events_of(touched)
        decisions = Decisions(
            self.checkpoint_id,
            self.direction,
            (passage.booking.id for passage in touched.values() if passage.booking),
            {match_key(passage.plate) for passage in touched.values()},
        )
        rows: list[dict[str, Any]] = []
        entered: dict[int, datetime] = {}
        for key, passage in touched.items():
            timeline = build_timeline([*before.get(key, ()), *passage.events], at=self.stamp)
            booking_id = passage.booking.id if passage.booking else None
            known = decisions.of(booking_id, match_key(passage.plate))
            rows.append(self._row(passage, finished(passage, timeline, known)))
            if booking_id is not None and timeline.entry_at is not None:
                entered[booking_id] = timeline.entry_at
        with connection.cursor() as cursor:
            cursor.execute(_SAVE_PASSAGES, [json.dumps(rows)])
            pks = dict(cursor.fetchall())
        if entered:
            mark_entered(list(entered), self.stamp, entered)
        return pks

    def _row(self, passage: OpenPassage, done: ReplayedPassage) -> dict[str, Any]:
        timeline = done.timeline
        last = timeline.last
        return {
            "opened_by": str(done.key),
            "checkpoint_id": self.checkpoint_id,
            "direction": self.direction,
            "booking_id": done.booking.id if done.booking else None,
            "plate": done.plate,
            "plate_key": match_key(done.plate),
            "country": done.country,
            "vehicle_class": done.vehicle_class,
            "channel": done.channel,
            "pre_arrival": done.pre_arrival,
            "phase": timeline.phase,
            "first_at": passage.first_at.isoformat(),
            "last_point": passage.last_point,
            "last_stage": (last.stage or "") if last else "",
            "last_lane": (last.lane or "") if last else "",
            "last_at": passage.last_at.isoformat(),
            "queue_end_at": _text(timeline.queue_end_at),
            "park_in_at": _text(timeline.park_in_at),
            "park_out_at": _text(timeline.park_out_at),
            "called_at": _text(timeline.called_at),
            "entry_at": _text(timeline.entry_at),
            "exit_at": _text(timeline.exit_at),
            "visits": [visit_document(visit) for visit in timeline.visits],
            "flags": sorted(timeline.flags),
            "revision": done.revision,
        }

    def _write_matched(self, pks: dict[UUID, int]) -> None:
        if not self.matched:
            return
        rows = [(one.reading_id, pks[one.passage], one.method, one.score) for one in self.matched]
        with connection.cursor() as cursor:
            cursor.execute(_MATCHED_EVENTS, [list(column) for column in zip(*rows, strict=True)])

    def _write_events(self, pks: dict[UUID, int]) -> None:
        if not self.events:
            return
        # Django turns the driver's errors into its own, but not those of a copy.
        with (
            connection.cursor() as cursor,
            connection.wrap_database_errors,
            cursor.copy(_COPY_EVENTS) as copy,
        ):
            for new in self.events:
                event = new.event
                copy.write_row(
                    (
                        *(event.event_id, new.reading_id, pks[new.passage], event.point, event.stage or ""),
                        *(event.lane or "", event.event_time, new.zone_offset, event.record_time, new.plate),
                        *(new.country, new.method, new.score, event.skew_s, event.corrects),
                        *(event.error_reason, new.by_id, new.why),
                    )
                )

    def _write_unclear(self) -> None:
        Unclear.objects.bulk_create(
            Unclear(
                reading_id=reading_id,
                checkpoint_id=self.checkpoint_id,
                direction=self.direction,
                reason=aside.reason,
                detail=aside.detail,
                candidates=[_candidate_document(scored) for scored in aside.candidates[:8]],
                at=self.stamp,
            )
            for reading_id, aside in self.set_aside
        )


def visit_document(visit: StageVisit) -> dict[str, str | None]:
    """A stage visit as it is stored: stage, lane, and its times in ISO form, UTC."""
    return {
        "stage": visit.stage,
        "lane": visit.lane,
        "in": _text(visit.in_at),
        "out": _text(visit.out_at),
    }


def _text(time: datetime | None) -> str | None:
    return time.isoformat() if time else None


def _candidate_document(scored: Scored) -> dict[str, Any]:
    candidate = scored.candidate
    return {
        "sort": candidate.sort,
        "key": candidate.id.partition(":")[2],
        "plate": candidate.plate,
        "country": candidate.country or "",
        "code": candidate.codes[0] if candidate.codes else "",
        "method": scored.method,
        "score": round(scored.score, 3),
    }


def tell_board(checkpoint_id: int, direction: str) -> None:
    """Tell the streams, once the transaction is through, that a live board has changed."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify('greenlane_board', %s)", [f"{checkpoint_id}:{direction}"])


def mark_matched(reading_ids: Iterable[int], stamp: datetime) -> None:
    """Note that readings were taken in the step of that stamp."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE gate_reading SET matched_at = %s WHERE id = ANY (%s)", [stamp, list(reading_ids)]
        )
