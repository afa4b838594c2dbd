"""The turnstile's operations in the OpenAPI document, which Ninja cannot see."""

from __future__ import annotations

from collections.abc import MutableMapping
from datetime import datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from ninja import Schema
from pydantic import AwareDatetime, Field, TypeAdapter

from greenlane.gate.readings import MOST_READINGS
from greenlane.site.turnstile.wishes import MOST_IN_KEY, MOST_IN_LIST

Id = Annotated[int, Field(ge=0, lt=2**63)]
VehicleClass = Literal[
    "laden", "empty", "perishable", "livestock", "dangerous", "oversize", "humanitarian", "bus"
]


class PlaceIn(Schema, extra="forbid"):
    """One place wanted; with `confirm` the truck must be named and the booking stands at once."""

    slot: Id
    truck: Id | None = None
    vehicle_class: VehicleClass = "laden"
    share: Literal["booked"] = "booked"
    park: Id | None = None
    trailer: Id | None = None
    driver: Id | None = None
    confirm: bool = False
    key: Annotated[str, Field(max_length=MOST_IN_KEY, description="Idempotency key of this place.")] = ""
    asked_for: AwareDatetime | None = None


class PlaceOut(Schema):
    """A place taken."""

    code: str
    state: str
    slot: int
    held_until: datetime | None
    again: Annotated[bool, Field(description="This key was answered before; nothing new was taken.")]


class Refused(Schema):
    code: str
    message: str
    field: str | None
    mend: str | None


class PlaceTaken(Schema):
    ok: Literal[True]
    booking: PlaceOut


class PlaceRefused(Schema):
    ok: Literal[False]
    error: Refused


class PlacesOut(Schema):
    """One answer for each request of the list, in its order."""

    answers: list[PlaceTaken | PlaceRefused]


class ReadingIn(Schema):
    """What a device saw once. Fields that are not listed are ignored."""

    event_id: Annotated[UUID, Field(description="Made by the device; the same when it is sent again.")]
    point: Literal["queue_end", "park_in", "park_out", "call", "entry", "stage_in", "stage_out", "exit"]
    event_time: Annotated[AwareDatetime, Field(description="When it was seen, by the device's clock.")]
    event_time_zone_offset: Annotated[str, Field(pattern=r"^[+-](0\d|1[0-4]):[0-5]\d$")]
    kind: Annotated[
        Literal["plate", "tag", "qr", "tap"], Field(description="qr: the booking code of a verified pass.")
    ]
    value: Annotated[str, Field(min_length=1, max_length=64, description="Plate, tag or code as read.")]
    confidence: Annotated[float, Field(ge=0, le=1)]
    device: Annotated[str, Field(description="Name of the device; its token's own when left out.")] = ""
    stage: Annotated[str | None, Field(description="With stage_in and stage_out.")] = None
    lane: str | None = None
    country: Annotated[str | None, Field(description="Of the plate, ISO 3166-1 alpha-2.")] = None
    skew_s: Annotated[float | None, Field(description="Device clock less true time, in seconds.")] = None


class Fault(Schema):
    field: str
    code: str
    message: str
    mend: str


class BadReadingOut(Fault):
    """A reading that was not kept: its first fault, and all of them."""

    index: Annotated[int, Field(description="Its place in the batch, from 0.")]
    event_id: str | None
    problems: list[Fault]


class ReadingsOut(Schema):
    """What became of a batch; bad readings do no harm to the good ones."""

    accepted: int
    duplicates: int
    rejected: list[BadReadingOut]


_PLACES_IN: Final[Any] = PlaceIn | Annotated[list[PlaceIn], Field(min_length=1, max_length=MOST_IN_LIST)]
_READINGS_IN: Final[Any] = Annotated[list[ReadingIn], Field(max_length=MOST_READINGS)]
_BUSY: Final[dict[str, Any]] = {
    "description": "Too many wait, or the database is away: send the same again in a second",
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Refusal"}}},
}


def turnstile_paths(components: MutableMapping[str, Any]) -> dict[str, Any]:
    """The paths of the turnstile; the schemas that they need are added to the document's components."""
    components.setdefault("securitySchemes", {})["DeviceToken"] = {
        "type": "http",
        "scheme": "bearer",
        "description": "A device's token, gld_…",
    }

    def json_of(kind: Any, direction: Literal["validation", "serialization"]) -> dict[str, Any]:
        schema = TypeAdapter(kind).json_schema(mode=direction, ref_template="#/components/schemas/{model}")
        components.setdefault("schemas", {}).update(schema.pop("$defs", {}))
        return {"application/json": {"schema": schema}}

    return {
        "/api/v1/places": {
            "post": {
                "operationId": "turnstile_places",
                "summary": "Take places, fast",
                "description": f"One place, or a list of at most {MOST_IN_LIST}, under the rule of "
                "POST /bookings. Many waiting requests share one commit.",
                "tags": ["bookings"],
                "parameters": [],
                "requestBody": {"required": True, "content": json_of(_PLACES_IN, "validation")},
                "responses": {
                    200: {"description": "Of a list", "content": json_of(PlacesOut, "serialization")},
                    201: {"description": "Of one place", "content": json_of(PlaceOut, "serialization")},
                    503: _BUSY,
                },
                "security": [{"AccountToken": []}],
            }
        },
        "/api/v1/readings": {
            "post": {
                "operationId": "turnstile_readings",
                "summary": "Send what a device saw",
                "description": f"At most {MOST_READINGS} readings, kept before they are answered. A reading "
                "sent again counts as a duplicate, so a device repeats until it is answered.",
                "tags": ["gate"],
                "requestBody": {"required": True, "content": json_of(_READINGS_IN, "validation")},
                "responses": {
                    200: {"description": "Kept", "content": json_of(ReadingsOut, "serialization")},
                    503: _BUSY,
                },
                "security": [{"DeviceToken": []}],
            }
        },
        "/api/v1/stream/{code}/{direction}": {
            "get": {
                "operationId": "turnstile_stream",
                "summary": "Hear when a board changes",
                "description": "Server-sent events named `board`: they say that the board of a checkpoint "
                "and direction changed, never what, and carry no personal data.",
                "tags": ["public"],
                "parameters": [
                    {"name": "code", "in": "path", "required": True, "schema": {"type": "string"}},
                    {
                        "name": "direction",
                        "in": "path",
                        "required": True,
                        "schema": {"enum": ["outbound", "inbound"]},
                    },
                ],
                "responses": {
                    200: {
                        "description": "An endless stream",
                        "content": {"text/event-stream": {"schema": {"type": "string"}}},
                    },
                    503: _BUSY,
                },
            }
        },
    }
