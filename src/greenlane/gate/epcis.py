"""Events in the shape of GS1 EPCIS 2.0 (JSON-LD), in words of the Core Business Vocabulary (CBV).

An event of a truck alone is an ``ObjectEvent``; one where the trailer was seen with it an
``AssociationEvent`` with the truck as parent. What CBV has no word for (the end of the queue, the call-up,
the channel, the lane) is written in the namespace ``greenlane:`` rather than with a bent CBV word. The plate
never appears: a vehicle is named by a pseudonym.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Final, Literal
from urllib.parse import quote
from uuid import UUID

from greenlane.gate.plates import match_key

EPCIS_CONTEXT: Final = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
SCHEMA_VERSION: Final = "2.0"
PREFIX: Final = "greenlane"
PSEUDONYM_LENGTH: Final = 32
"""Hexadecimal digits of a pseudonym: 128 bits, so that two vehicles never share one."""

BUSINESS_STEP: Final = {
    "queue_end": f"{PREFIX}:queueing",
    "park_in": "arriving",
    "park_out": "departing",
    "call": f"{PREFIX}:call_up",
    "entry": "arriving",
    "stage_in": "inspecting",
    "stage_out": "inspecting",
    "exit": "departing",
}
"""CBV bizStep of each point. ``entering_exiting`` is not used for the barriers: CBV describes it by customers
who carry goods through the door of a facility."""
DISPOSITION: Final = {"exit": "in_transit"}
"""CBV disposition by point; ``in_progress`` for all others."""

ErrorReason = Literal["did_not_occur", "incorrect_data"]


@dataclass(frozen=True, slots=True)
class ErrorDeclaration:
    """That an event was wrong: since when this is known, why, and the events that hold instead."""

    declaration_time: datetime
    reason: ErrorReason
    corrective_event_ids: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class GateEvent:
    """One event of a passage, ready to be told to others.

    Attributes:
        event_id: of the event; with `error`, of the event that is declared wrong.
        point: one of `readings.POINTS`.
        event_time, record_time: aware.
        offset: offset from UTC at the checkpoint, ``+hh:mm``.
        checkpoint, device, stage, lane: codes; stage and lane where they apply.
        passage: id of the passage. booking: public code of the booking, or None.
        vehicle, trailer: pseudonyms, see `vehicle_pseudonym`; trailer where it was seen with the truck.
        channel: risk channel, or None when not known.
        error: that this event was wrong.
    """

    event_id: UUID
    point: str
    event_time: datetime
    offset: str
    record_time: datetime
    checkpoint: str
    device: str
    passage: str
    vehicle: str
    booking: str | None = None
    stage: str | None = None
    lane: str | None = None
    trailer: str | None = None
    channel: str | None = None
    error: ErrorDeclaration | None = None


def vehicle_pseudonym(secret: bytes, country: str, plate: str) -> str:
    """A name for a vehicle that nobody without the secret can lead back to its plate (HMAC-SHA-256).

    The same plate gives the same pseudonym under one secret, so that the events of a vehicle can be put
    together; with a new secret (say each year) they cannot be put together across the change.
    """
    message = f"{country}/{match_key(plate)}".encode()
    return hmac.new(secret, message, "sha256").hexdigest()[:PSEUDONYM_LENGTH]


def to_epcis(event: GateEvent, *, base: str) -> dict[str, Any]:
    """One event as an EPCIS 2.0 object, without its ``@context`` (see `document`).

    Args:
        event: the event.
        base: address of the installation, such as ``https://queue.example.org``; identifiers are made below
        it.
    """
    told: dict[str, Any] = {
        "type": "AssociationEvent" if event.trailer else "ObjectEvent",
        "eventID": f"urn:uuid:{event.event_id}",
        "eventTime": _local(event.event_time, event.offset),
        "eventTimeZoneOffset": event.offset,
        "recordTime": _utc(event.record_time),
        "action": "OBSERVE",
        "bizStep": BUSINESS_STEP[event.point],
        "disposition": DISPOSITION.get(event.point, "in_progress"),
        "readPoint": {"id": _uri(base, "checkpoint", event.checkpoint, "device", event.device)},
        "bizLocation": {"id": _location(event, base)},
        "bizTransactionList": _transactions(event, base),
        f"{PREFIX}:point": event.point,
    }
    vehicle = _uri(base, "vehicle", event.vehicle)
    if event.trailer:
        told |= {"parentID": vehicle, "childEPCs": [_uri(base, "vehicle", event.trailer)]}
    else:
        told["epcList"] = [vehicle]
    for name in ("lane", "channel"):
        if value := getattr(event, name):
            told[f"{PREFIX}:{name}"] = value
    if event.error:
        told["errorDeclaration"] = _declaration(event.error)
    return told


def document(events: Iterable[GateEvent], *, base: str, created_at: datetime) -> dict[str, Any]:
    """An EPCIS 2.0 document of the events, in the order given. Arguments as for `to_epcis`; `created_at`
    aware."""
    return {
        "@context": [EPCIS_CONTEXT, {PREFIX: f"{base.rstrip('/')}/ns/gate#"}],
        "type": "EPCISDocument",
        "schemaVersion": SCHEMA_VERSION,
        "creationDate": _utc(created_at),
        "epcisBody": {"eventList": [to_epcis(event, base=base) for event in events]},
    }


def _transactions(event: GateEvent, base: str) -> list[dict[str, str]]:
    # CBV knows orders, bills and certificates, but neither a booking of a slot nor a passage.
    told = [{"type": f"{PREFIX}:passage", "bizTransaction": _uri(base, "passage", event.passage)}]
    if event.booking:
        told.append({"type": f"{PREFIX}:booking", "bizTransaction": _uri(base, "booking", event.booking)})
    return told


def _location(event: GateEvent, base: str) -> str:
    stage = ("stage", event.stage) if event.stage else ()
    return _uri(base, "checkpoint", event.checkpoint, *stage)


def _declaration(error: ErrorDeclaration) -> dict[str, Any]:
    told: dict[str, Any] = {"declarationTime": _utc(error.declaration_time), "reason": error.reason}
    if error.corrective_event_ids:
        told["correctiveEventIDs"] = [f"urn:uuid:{event_id}" for event_id in error.corrective_event_ids]
    return told


def _uri(base: str, *parts: str) -> str:
    return "/".join((base.rstrip("/"), "id", *(quote(part, safe="") for part in parts)))


def _utc(time: datetime) -> str:
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _local(time: datetime, offset: str) -> str:
    sign = -1 if offset[0] == "-" else 1
    zone = timezone(sign * timedelta(hours=int(offset[1:3]), minutes=int(offset[4:6])))
    return time.astimezone(zone).isoformat(timespec="milliseconds")
