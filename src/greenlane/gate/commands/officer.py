"""What an officer says of readings: which truck one was, and which event was wrong."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID, uuid4

from django.db import connection, transaction
from django.utils.translation import gettext as _

from greenlane.errors import GreenlaneError
from greenlane.gate.commands.matching import locked_line
from greenlane.gate.commands.writing import NewEvent, Step
from greenlane.gate.effective import DID_NOT_OCCUR, INCORRECT_DATA, PassageEvent
from greenlane.gate.line import Arrival, PlacedEvent
from greenlane.gate.models import Event, Passage, Unclear
from greenlane.gate.plates import normalise
from greenlane.gate.queries.loading import arrival_of, events_of, load_line, open_passages, stored_event
from greenlane.gate.readings import Reading
from greenlane.registry.models import Account, LookUp, Role
from greenlane.registry.queries import require

_READING = """
SELECT id, event_id, device_id, point, event_time, zone_offset, kind, value, confidence, stage, lane, country,
       skew_s, record_time
  FROM gate_reading WHERE id = %s
"""


def resolve_unclear(
    account: Account,
    unclear_id: int,
    why: str,
    at: datetime,
    *,
    passage_id: int | None = None,
    plate: str = "",
    country: str = "",
) -> int:
    """Say which truck a reading was that no single truck fitted; the raw reading stays as it came.

    Args:
        passage_id: the passage that it belongs to; or
        plate, country: the plate that the officer reads. The passage under way with that plate gets the
            event; where there is none, a new one begins.

    Returns:
        Key of the passage.

    Raises:
        GreenlaneError: ``unclear_unknown`` (404), ``already_resolved`` (409), ``which_truck`` (422),
            ``passage_unknown`` (404), ``not_allowed`` (403).
    """
    unclear = Unclear.objects.select_related("checkpoint").filter(pk=unclear_id).first()
    if unclear is None:
        raise GreenlaneError(
            "unclear_unknown",
            _("There is no such reading to resolve."),
            mend=_("Take it from the list of unclear readings."),
            status=404,
        )
    require(account, unclear.checkpoint, Role.OFFICER)
    if passage_id is None and not normalise(plate):
        raise GreenlaneError(
            "which_truck",
            _("Neither a passage nor a plate is given."),
            field="plate",
            mend=_("Choose one of the trucks, or type the plate as you read it."),
            status=422,
        )
    with transaction.atomic():
        stamp = locked_line(unclear.checkpoint_id, unclear.direction, at)
        unclear = Unclear.objects.select_for_update(of=("self",)).get(pk=unclear_id)
        if unclear.resolved_at is not None:
            raise GreenlaneError(
                "already_resolved",
                _("Another officer has resolved this reading."),
                mend=_("Look at the passage; correct the event if it is wrong."),
                status=409,
            )
        arrival = _reading(unclear.reading_id)
        step = _step(unclear.checkpoint_id, unclear.direction, arrival.reading.event_time, stamp)
        if passage_id is not None:
            key = _passage_here(unclear, passage_id)
            _know(step, key)
        else:
            key = _passage_with_plate(step, arrival.reading, plate, country)
        event = _event_of(arrival)
        new = key == event.event_id
        _put(
            step,
            PlacedEvent(key, event, plate if new else "", country if new else ""),
            arrival.reading.event_time_zone_offset,
            account,
            why,
            unclear.reading_id,
        )
        (changed,) = step.write()
        unclear.resolved_at, unclear.resolved_by, unclear.resolved_to_id = stamp, account, changed
        unclear.why = why[:200]
        unclear.save(update_fields=["resolved_at", "resolved_by", "resolved_to", "why"])
        log_look_up(account, f"reading {arrival.reading.event_id}", why, at)
    return changed


def correct_event(
    account: Account,
    event_id: UUID,
    reason: str,
    why: str,
    at: datetime,
    *,
    event_time: datetime | None = None,
    plate: str = "",
    country: str = "",
) -> set[int]:
    """Declare an event wrong by a new event; the passage gets its next revision.

    Args:
        reason: ``did_not_occur``, or ``incorrect_data`` with what is right:
        event_time: the right time (aware); or
        plate, country: the right truck. The event is struck out here and put on that truck's passage.

    Returns:
        Keys of the passages that changed.

    Raises:
        GreenlaneError: ``event_unknown`` (404), ``reason_unknown``, ``what_is_right`` or ``is_correction``
            (422: a correction can only be struck out), ``not_allowed`` (403).
    """
    event = Event.objects.select_related("passage__checkpoint").filter(pk=event_id).first()
    if event is None:
        raise GreenlaneError(
            "event_unknown",
            _("There is no event %(event)s.") % {"event": event_id},
            field="event_id",
            mend=_("Take the id from the passage's timeline."),
            status=404,
        )
    passage = event.passage
    require(account, passage.checkpoint, Role.OFFICER)
    _sound(reason, event_time, plate)
    if event.corrects is not None and reason != DID_NOT_OCCUR:
        raise GreenlaneError(
            "is_correction",
            _("This event is itself a correction."),
            field="event_id",
            mend=_("Correct the event that it corrects, or strike the correction out."),
            status=422,
        )
    with transaction.atomic():
        stamp = locked_line(passage.checkpoint_id, passage.direction, at)
        when = event_time or event.event_time
        step = _step(passage.checkpoint_id, passage.direction, when, stamp)
        _know(step, passage.opened_by, with_events=True)
        moved = bool(plate)
        correction = replace(
            stored_event(event),
            event_id=uuid4(),
            event_time=event.event_time if moved else when,
            record_time=stamp,
            corrects=event.pk,
            error_reason=DID_NOT_OCCUR if moved else reason,
        )
        _put(step, PlacedEvent(passage.opened_by, correction), event.zone_offset, account, why)
        if moved:
            right = replace(stored_event(event), event_id=uuid4(), event_time=when, record_time=stamp)
            reading = Reading(
                event_id=right.event_id,
                device="",
                point=right.point,
                event_time=when,
                event_time_zone_offset=event.zone_offset,
                kind="plate",
                value=plate,
                confidence=1.0,
                stage=right.stage,
            )
            key = _passage_with_plate(step, reading, plate, country)
            new = key == right.event_id
            placed = PlacedEvent(key, right, plate if new else "", country if new else "")
            _put(step, placed, event.zone_offset, account, why)
        changed = step.write()
        log_look_up(account, f"passage {passage.pk}", why, at)
    return changed


def log_look_up(account: Account, subject: str, why: str, at: datetime) -> None:
    """Log that a member of staff looked up personal data."""
    LookUp.objects.create(account=account, subject=subject[:60], why=why[:200], at=at)


def _sound(reason: str, event_time: datetime | None, plate: str) -> None:
    if reason not in (DID_NOT_OCCUR, INCORRECT_DATA):
        raise GreenlaneError(
            "reason_unknown",
            _("“%(reason)s” is not a reason.") % {"reason": reason},
            field="reason",
            mend=_("Use did_not_occur or incorrect_data."),
            status=422,
        )
    if (reason == INCORRECT_DATA) != bool(event_time or normalise(plate)):
        raise GreenlaneError(
            "what_is_right",
            _("The reason does not go with what is given."),
            field="event_time",
            mend=_("With incorrect_data give the right time or plate; with did_not_occur give neither."),
            status=422,
        )


def _reading(reading_id: int) -> Arrival:
    with connection.cursor() as cursor:
        cursor.execute(_READING, [reading_id])
        return arrival_of(cursor.fetchone())


def _event_of(arrival: Arrival) -> PassageEvent:
    reading = arrival.reading
    return PassageEvent(
        reading.event_id,
        reading.point,
        reading.event_time,
        arrival.record_time,
        reading.stage,
        reading.lane,
        reading.skew_s,
    )


def _step(checkpoint_id: int, direction: str, when: datetime, stamp: datetime) -> Step:
    return Step(checkpoint_id, direction, load_line(checkpoint_id, direction, when, when), stamp)


def _passage_here(unclear: Unclear, passage_id: int) -> UUID:
    key = (
        Passage.objects.filter(
            pk=passage_id, checkpoint_id=unclear.checkpoint_id, direction=unclear.direction
        )
        .values_list("opened_by", flat=True)
        .first()
    )
    if key is None:
        raise GreenlaneError(
            "passage_unknown",
            _("There is no such passage here."),
            field="passage",
            mend=_("Choose a truck of the same checkpoint and direction."),
            status=404,
        )
    return key


def _know(step: Step, key: UUID, *, with_events: bool = False) -> None:
    """Make sure that the step's line knows the passage, however long ago it was seen."""
    if key not in step.line.passages:
        for passage in open_passages(Passage.objects.filter(opened_by=key)):
            step.line.know(passage)
    if with_events:
        step.line.passages[key].events = events_of([key])[key]


def _passage_with_plate(step: Step, reading: Reading, plate: str, country: str) -> UUID:
    """Key of the passage under way with that plate, or of one that begins with the reading."""
    told = replace(reading, kind="plate", value=plate, country=country or None, confidence=1.0)
    found = step.line.find(told)
    return found.key if found else reading.event_id


def _put(
    step: Step,
    placed: PlacedEvent,
    zone_offset: str,
    account: Account | None,
    why: str,
    reading_id: int | None = None,
) -> None:
    step.line.place(placed)
    step.events.append(
        NewEvent(
            passage=placed.passage,
            event=placed.event,
            zone_offset=zone_offset,
            method=Event.Method.OFFICER if account else Event.Method.PLATFORM,
            score=1.0,
            reading_id=reading_id,
            plate=placed.plate,
            country=placed.country,
            by_id=account.pk if account else None,
            why=why[:200],
        )
    )
