"""Passages: which are where, and the timeline of one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from greenlane.errors import GreenlaneError
from greenlane.gate.due import MOST_WAIT
from greenlane.gate.models import Device, Event, Passage, Reading, Unclear
from greenlane.gate.queries.unseen import unseen_exits
from greenlane.registry.models import Checkpoint


def has_pending() -> bool:
    """Whether readings wait to be matched."""
    waiting = Reading.objects.filter(
        checkpoint=OuterRef("checkpoint"), direction=OuterRef("direction"), matched_at=None
    )
    return Device.objects.filter(Exists(waiting)).exists()


def lines_with_waiting() -> set[tuple[int, str]]:
    """Checkpoint keys and directions at which a truck waits in a park."""
    waiting = Passage.objects.filter(phase=Passage.Phase.WAITING).order_by()
    return set(waiting.values_list("checkpoint_id", "direction").distinct())


def _here(checkpoint: Checkpoint, direction: str) -> QuerySet[Passage]:
    return Passage.objects.filter(checkpoint=checkpoint, direction=direction)


def inside_now(checkpoint: Checkpoint, direction: str, at: datetime) -> int:
    """Trucks between entry and exit barrier, without those whose exit was not seen."""
    inside = _here(checkpoint, direction).filter(phase=Passage.Phase.INSIDE)
    return inside.exclude(pk__in=unseen_exits(at, checkpoint, direction)).count()


def trucks_in_park(checkpoint: Checkpoint, direction: str, at: datetime) -> QuerySet[Passage]:
    """Trucks that wait in the park and were not called, in order of arrival.

    Those that left it on a call which was taken back are there again once they are read coming in.
    """
    not_left = Q(park_out_at=None) | Q(park_out_at__lt=F("park_in_at")) | Q(last_point="park_in")
    return (
        _here(checkpoint, direction)
        .filter(not_left, phase=Passage.Phase.WAITING, last_at__gt=at - MOST_WAIT)
        .select_related("booking__slot", "booking__park")
        .order_by("park_in_at", "pk")
    )


def passages_of(checkpoint: Checkpoint, direction: str, start: datetime, end: datetime) -> QuerySet[Passage]:
    """Passages first seen in [start, end), in that order."""
    near = Q(first_at__gte=start, first_at__lt=end)
    # The range of last times lets the index narrow the search; no passage lasts longer than that.
    span = Q(last_at__gte=start, last_at__lt=end + 3 * MOST_WAIT)
    return (
        _here(checkpoint, direction).filter(near & span).select_related("booking").order_by("first_at", "pk")
    )


def passage_shown(passage_id: int) -> Passage:
    """One passage, with its checkpoint and booking.

    Raises:
        GreenlaneError: ``passage_unknown`` (404).
    """
    found = (
        Passage.objects.select_related("checkpoint__crossing", "booking__slot").filter(pk=passage_id).first()
    )
    if found is None:
        raise GreenlaneError(
            "passage_unknown",
            _("There is no passage %(passage)s.") % {"passage": passage_id},
            field="passage",
            mend=_("Take the id from the list of passages."),
            status=404,
        )
    return found


@dataclass(frozen=True, slots=True)
class TimelineEvent:
    """One event of a passage as told to staff; `superseded` when a correction stands in its place."""

    event_id: UUID
    point: str
    stage: str
    lane: str
    event_time: datetime
    record_time: datetime
    method: str
    score: float
    corrects: UUID | None
    error_reason: str
    why: str
    superseded: bool


def timeline(passage_id: int) -> list[TimelineEvent]:
    """Every event of a passage in order of time, corrections and what they replaced among them."""
    events = list(Event.objects.filter(passage_id=passage_id).order_by("event_time", "record_time", "pk"))
    corrected = {event.corrects for event in events if event.corrects}
    return [
        TimelineEvent(
            event_id=event.pk,
            point=event.point,
            stage=event.stage,
            lane=event.lane,
            event_time=event.event_time,
            record_time=event.record_time,
            method=event.method,
            score=event.score,
            corrects=event.corrects,
            error_reason=event.error_reason,
            why=event.why,
            superseded=event.pk in corrected,
        )
        for event in events
    ]


def unclear_of(checkpoint: Checkpoint, direction: str, at: datetime, most: int = 50) -> list[dict[str, Any]]:
    """Readings that wait for an officer, the newest first, each with the trucks that it may be."""
    rows = (
        Unclear.objects.filter(
            checkpoint=checkpoint, direction=direction, resolved_at=None, at__gt=at - timedelta(days=3)
        )
        .select_related("reading")
        .order_by("-reading__event_time", "-pk")[:most]
    )
    shown = list(rows)
    keys = {one["key"] for row in shown for one in row.candidates if one["sort"] == "passage"}
    passages = dict(Passage.objects.filter(opened_by__in=keys).values_list("opened_by", "pk"))
    return [_unclear(row, {str(key): pk for key, pk in passages.items()}) for row in shown]


def _unclear(row: Unclear, passages: dict[str, int]) -> dict[str, Any]:
    reading = row.reading
    return {
        "id": row.pk,
        "point": reading.point,
        "stage": reading.stage,
        "lane": reading.lane,
        "event_time": reading.event_time,
        "kind": reading.kind,
        "value": reading.value,
        "country": reading.country,
        "confidence": reading.confidence,
        "reason": row.reason,
        "candidates": [
            {
                "passage": passages.get(one["key"]) if one["sort"] == "passage" else None,
                "plate": one["plate"],
                "country": one["country"],
                "code": one["code"],
                "score": one["score"],
            }
            for one in row.candidates
        ],
    }
