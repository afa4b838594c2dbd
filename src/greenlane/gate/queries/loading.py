"""What a line needs to know from the database before it takes readings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q
from psycopg.types.datetime import TimestamptzLoader

from greenlane.booking.models import State
from greenlane.booking.queries import ExpectedTruck, expected
from greenlane.gate.cohorts import Decision
from greenlane.gate.due import AFTER_EXIT, EARLIEST, LATEST, MOST_WAIT, ExpectedBooking
from greenlane.gate.effective import PassageEvent
from greenlane.gate.line import Arrival, Line, OpenPassage
from greenlane.gate.models import ChannelDecision, Event, Passage
from greenlane.gate.order import ENTRY, PHASE
from greenlane.gate.readings import Reading
from greenlane.gate.timeline import T_MAX

_ENDED = (State.CANCELLED, State.EXPIRED, State.NO_SHOW)
_ENTERED_POINTS = [point for point, phase in PHASE.items() if phase >= ENTRY]

_UNMATCHED = """
SELECT id, event_id, device_id, point, event_time, zone_offset, kind, value, confidence, stage, lane, country,
       skew_s, record_time
  FROM gate_reading
 WHERE checkpoint_id = %s AND direction = %s AND matched_at IS NULL
   AND (record_time - event_time <= %s) = %s
 ORDER BY id
 LIMIT %s
"""
LATE_UPLOAD = timedelta(hours=6)
"""A reading told of later than this waits until no fresher one does: an old upload never holds up the
gate."""


@contextmanager
def fast_cursor() -> Iterator[Any]:
    """A cursor that reads times with psycopg's own loader, three times as fast as Django's. The session is
    in UTC, so both give the same."""
    with connection.cursor() as cursor:
        cursor.cursor.adapters.register_loader("timestamptz", TimestamptzLoader)
        yield cursor


def unmatched(checkpoint_id: int, direction: str, limit: int) -> list[tuple[int, Arrival]]:
    """The next readings of a line with their keys, in order of arrival; late uploads after all others."""
    with fast_cursor() as cursor:
        for is_fresh in (True, False):
            cursor.execute(_UNMATCHED, [checkpoint_id, direction, LATE_UPLOAD, is_fresh, limit])
            if rows := cursor.fetchall():
                return [(row[0], arrival_of(row)) for row in rows]
    return []


def arrival_of(row: Sequence[Any]) -> Arrival:
    """A stored reading as the line takes it; columns as in `_UNMATCHED`."""
    return Arrival(
        Reading(
            event_id=row[1],
            device=str(row[2]),
            point=row[3],
            event_time=row[4],
            event_time_zone_offset=row[5],
            kind=row[6],
            value=row[7],
            confidence=row[8],
            stage=row[9] or None,
            lane=row[10] or None,
            country=row[11] or None,
            skew_s=row[12],
        ),
        record_time=row[13],
    )


def load_line(checkpoint_id: int, direction: str, start: datetime, end: datetime) -> Line:
    """The line with every booking and passage to which a reading between `start` and `end` can belong."""
    passages = list(_passages(checkpoint_id, direction, start, end))
    bookings = expected_bookings(checkpoint_id, direction, start, end)
    used = set(
        Passage.objects.filter(booking_id__in=[booking.id for booking in bookings]).values_list(
            "booking_id", flat=True
        )
    )
    return Line((booking for booking in bookings if booking.id not in used), passages)


def expected_bookings(
    checkpoint_id: int, direction: str, start: datetime, end: datetime
) -> list[ExpectedBooking]:
    """Bookings whose truck may be seen between `start` and `end`, used ones among them."""
    rows = expected(checkpoint_id, direction, start - LATEST, end + EARLIEST)
    return [_expected_booking(truck) for truck in rows]


def _expected_booking(truck: ExpectedTruck) -> ExpectedBooking:
    return ExpectedBooking(
        id=truck.id,
        code=truck.code,
        plate=truck.plate,
        country=truck.country,
        slot_start=truck.slot_start,
        firm_from=truck.confirmed_at,
        firm_until=truck.ended_at if truck.state in _ENDED else None,
        vehicle_class=truck.vehicle_class,
        trailer_plate=truck.trailer_plate or "",
    )


def _passages(checkpoint_id: int, direction: str, start: datetime, end: datetime) -> Iterable[OpenPassage]:
    near = (
        Q(last_at__gte=start - AFTER_EXIT)
        | (Q(last_at__gte=start - T_MAX) & ~Q(last_point="exit"))
        | ~Q(last_point__in=_ENTERED_POINTS)
    )
    rows = Passage.objects.filter(
        near,
        checkpoint_id=checkpoint_id,
        direction=direction,
        last_at__gte=start - MOST_WAIT,
        first_at__lte=end + T_MAX,
    )
    return open_passages(rows.order_by("pk"))


def open_passages(rows: Any) -> list[OpenPassage]:
    """Stored passages as the line knows them, without their events."""
    columns = (
        *("opened_by", "plate", "country", "first_at", "last_at", "last_point", "revision", "booking_id"),
        *("booking__code", "booking__plate", "booking__plate_country", "booking__slot__starts_at"),
        *("booking__confirmed_at", "booking__vehicle_class", "booking__trailer__plate"),
    )
    statement, parameters = rows.values_list(*columns).query.sql_with_params()
    with fast_cursor() as cursor:
        cursor.execute(statement, parameters)
        return [_open_passage(row) for row in cursor.fetchall()]


def _open_passage(row: Sequence[Any]) -> OpenPassage:
    booking = None
    if row[7] is not None:
        booking = ExpectedBooking(
            id=row[7],
            code=row[8],
            plate=row[9],
            country=row[10],
            slot_start=row[11],
            firm_from=row[12],
            vehicle_class=row[13],
            trailer_plate=row[14] or "",
        )
    return OpenPassage(
        key=row[0],
        plate=row[1],
        country=row[2],
        first_at=row[3],
        last_at=row[4],
        last_point=row[5],
        booking=booking,
        revision=row[6],
    )


_EVENTS = """
SELECT passage.opened_by, event.event_id, event.point, event.event_time, event.record_time, event.stage,
       event.lane, event.skew_s, event.corrects, event.error_reason
  FROM gate_passage passage JOIN gate_event event ON event.passage_id = passage.id
 WHERE passage.opened_by = ANY (%s)
"""


def events_of(keys: Iterable[UUID]) -> dict[UUID, list[PassageEvent]]:
    """The stored events of passages, by the passage's key."""
    found: dict[UUID, list[PassageEvent]] = defaultdict(list)
    with fast_cursor() as cursor:
        cursor.execute(_EVENTS, [list(keys)])
        for key, event_id, point, event_time, record_time, stage, lane, skew_s, corrects, reason in cursor:
            found[key].append(
                PassageEvent(
                    event_id,
                    point,
                    event_time,
                    record_time,
                    stage or None,
                    lane or None,
                    skew_s,
                    corrects,
                    reason,
                )
            )
    return found


def stored_event(event: Event) -> PassageEvent:
    """One stored event as timelines take it."""
    return PassageEvent(
        event_id=event.event_id,
        point=event.point,
        event_time=event.event_time,
        record_time=event.record_time,
        stage=event.stage or None,
        lane=event.lane or None,
        skew_s=event.skew_s,
        corrects=event.corrects,
        error_reason=event.error_reason,
    )


class Decisions:
    """Channel decisions that may concern some trucks of a line."""

    def __init__(
        self, checkpoint_id: int, direction: str, bookings: Iterable[int], plate_keys: Iterable[str]
    ) -> None:
        here = ChannelDecision.objects.filter(checkpoint_id=checkpoint_id, direction=direction)
        concerned = here.filter(
            Q(booking_id__in=list(bookings)) | Q(booking=None, plate_key__in=list(plate_keys))
        )
        self._by_booking: dict[int, list[Decision]] = defaultdict(list)
        self._by_plate: dict[str, list[Decision]] = defaultdict(list)
        columns = ("pk", "channel", "pre_arrival", "decided_at", "booking_id", "plate_key")
        for row in concerned.values_list(*columns):
            decision = Decision(*row)
            if decision.booking is not None:
                self._by_booking[decision.booking].append(decision)
            else:
                self._by_plate[decision.plate_key].append(decision)

    def of(self, booking: int | None, plate_key: str) -> list[Decision]:
        """Those on the booking, and those on the plate alone."""
        return [*self._by_booking.get(booking or 0, ()), *self._by_plate.get(plate_key, ())]
