"""Events as an EPCIS 2.0 document: vehicles by pseudonym, corrections as error declarations."""

from __future__ import annotations

import os
from collections import defaultdict
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings

from greenlane.gate.effective import DID_NOT_OCCUR
from greenlane.gate.epcis import ErrorDeclaration, GateEvent, document, vehicle_pseudonym
from greenlane.gate.models import Device, Event
from greenlane.registry.models import Checkpoint

PLATFORM_DEVICE = "platform"
OFFICER_DEVICE = "officer"


def epcis_document(
    checkpoint: Checkpoint,
    start: datetime,
    end: datetime,
    *,
    base: str,
    at: datetime,
    direction: str = "",
    most: int | None = None,
) -> dict[str, Any]:
    """The events of a checkpoint in [start, end) as EPCIS JSON-LD, in order of time.

    Args:
        base: address of this installation, below which identifiers are made.
        direction: only this one; empty for both.
        most: at most so many events.
    """
    rows = Event.objects.filter(
        passage__checkpoint=checkpoint, event_time__gte=start, event_time__lt=end
    ).select_related("passage__booking", "reading")
    if direction:
        rows = rows.filter(passage__direction=direction)
    events = list(rows.order_by("event_time", "record_time", "pk")[:most])
    corrections = _corrections(events)
    devices = dict(Device.objects.filter(checkpoint=checkpoint).values_list("pk", "name"))
    secret = vehicle_secret()
    told = [
        gate_event
        for event in events
        for gate_event in _told(event, checkpoint.code, devices, secret, corrections)
    ]
    return document(told, base=base, created_at=at)


def _corrections(events: list[Event]) -> dict[UUID, list[Event]]:
    by_wrong: dict[UUID, list[Event]] = defaultdict(list)
    for event in Event.objects.filter(corrects__in=[event.pk for event in events]).order_by("record_time"):
        if event.corrects is not None:
            by_wrong[event.corrects].append(event)
    return by_wrong


def _told(
    event: Event,
    checkpoint: str,
    devices: dict[int, str],
    secret: bytes,
    corrections: dict[UUID, list[Event]],
) -> list[GateEvent]:
    """The event, and once more with its error declaration where it was declared wrong."""
    if event.error_reason == DID_NOT_OCCUR:
        return []
    declared: list[ErrorDeclaration | None] = [None]
    for correction in corrections.get(event.pk, ()):
        held = () if correction.error_reason == DID_NOT_OCCUR else (correction.pk,)
        declared.append(
            ErrorDeclaration(correction.record_time, correction.error_reason, held)  # type: ignore[arg-type]
        )
    return [_gate_event(event, checkpoint, devices, secret, error) for error in declared]


def _gate_event(
    event: Event, checkpoint: str, devices: dict[int, str], secret: bytes, error: ErrorDeclaration | None
) -> GateEvent:
    passage = event.passage
    if event.reading is not None:
        device = devices.get(event.reading.device_id, str(event.reading.device_id))
    else:
        device = OFFICER_DEVICE if event.by_id else PLATFORM_DEVICE
    return GateEvent(
        event_id=event.pk,
        point=event.point,
        event_time=event.event_time,
        offset=event.zone_offset,
        record_time=event.record_time,
        checkpoint=checkpoint,
        device=device,
        passage=str(passage.pk),
        vehicle=vehicle_pseudonym(secret, passage.country, passage.plate),
        booking=passage.booking.code if passage.booking else None,
        stage=event.stage or None,
        lane=event.lane or None,
        channel=passage.channel or None,
        error=error,
    )


def vehicle_secret() -> bytes:
    """The secret under which vehicles get their pseudonyms: made at first use, in a file of mode 0600."""
    directory = Path(settings.GREENLANE_KEYS)
    file = directory / "vehicle.secret"
    if not file.exists():
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = directory / f"vehicle.{os.getpid()}"
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as out:
            out.write(os.urandom(32))
        try:
            os.link(fresh, file)
        except FileExistsError:
            pass  # Another process made it first.
        finally:
            fresh.unlink()
    return file.read_bytes()
