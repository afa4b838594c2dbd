"""What the gate's routes take and give."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Schema
from pydantic import AwareDatetime, Field, StringConstraints

DirectionName = Literal["outbound", "inbound"]
ChannelName = Literal["green", "amber", "red"]
PointName = Literal["queue_end", "park_in", "park_out", "call", "entry", "stage_in", "stage_out", "exit"]
Id = Annotated[int, Field(ge=1, lt=2**63)]
Country = Annotated[str, StringConstraints(pattern="^([A-Z]{2})?$")]
Plate = Annotated[str, StringConstraints(max_length=64)]
Why = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class PassOut(Schema):
    token: str = Field(description="A JSON Web Signature (Ed25519); shown as a QR code.")
    valid_from: datetime
    valid_until: datetime


class KeysOut(Schema):
    keys: list[dict[str, Any]] = Field(description="JSON Web Keys (RFC 8037), each with its PEM.")


class VisitOut(Schema):
    stage: str
    lane: str | None
    entered: datetime | None = Field(alias="in")
    left: datetime | None = Field(alias="out")


class PassageOut(Schema):
    """One truck's crossing; a time that was not read is null."""

    id: int
    checkpoint: str
    direction: str
    booking: str | None
    plate: str
    country: str
    vehicle_class: str
    channel: str
    pre_arrival: bool
    phase: str
    queue_end_at: datetime | None
    park_in_at: datetime | None
    park_out_at: datetime | None
    called_at: datetime | None
    entry_at: datetime | None
    exit_at: datetime | None
    visits: list[VisitOut]
    flags: list[str]
    revision: int


class EventOut(Schema):
    """One event; `superseded` when a correction stands in its place."""

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


class PassageWithEvents(PassageOut):
    events: list[EventOut]


class PassagesOut(Schema):
    count: int
    passages: list[PassageOut]


class CandidateOut(Schema):
    passage: int | None
    plate: str
    country: str
    code: str
    score: float


class UnclearOut(Schema):
    id: int
    point: str
    stage: str
    lane: str
    event_time: datetime
    kind: str
    value: str
    country: str
    confidence: float
    reason: str
    candidates: list[CandidateOut]


class ResolveIn(Schema):
    """Which truck it was: a passage, or the plate as the officer reads it."""

    passage: Id | None = None
    plate: Plate = ""
    country: Country = ""
    why: Why


class ResolvedOut(Schema):
    passage: int


class CorrectIn(Schema):
    """`did_not_occur` alone, or `incorrect_data` with the right time or the right plate."""

    reason: Literal["did_not_occur", "incorrect_data"]
    event_time: AwareDatetime | None = None
    plate: Plate = ""
    country: Country = ""
    why: Why


class CorrectedOut(Schema):
    passages: list[int]


class ChannelIn(Schema):
    """The channel of a truck: by its booking, or by its plate where it has none."""

    booking: Annotated[str, StringConstraints(max_length=40)] = ""
    plate: Plate = ""
    checkpoint: str
    direction: DirectionName
    channel: ChannelName
    pre_arrival: bool = Field(False, description="The papers came before the truck.")
    decided_at: AwareDatetime | None = None


class RefusedChannel(Schema):
    index: int
    code: str
    message: str
    field: str | None
    mend: str | None


class ChannelsOut(Schema):
    accepted: int
    rejected: list[RefusedChannel]


class DeviceIn(Schema):
    direction: DirectionName
    name: Annotated[str, StringConstraints(min_length=1, max_length=60)]
    kind: Literal["camera", "tag_reader", "kiosk", "handset", "sign"]
    points: Annotated[list[PointName], Field(min_length=1, max_length=8)]


class DeviceToken(Schema):
    token: str = Field(description="Shown this once.")


class DeviceOut(Schema):
    id: int
    name: str
    direction: str
    kind: str
    points: list[str]
    enabled: bool
    made_at: datetime


class LiveBoardOut(Schema):
    """The live state, as on the shift lead's board."""

    board: dict[str, Any]
    next_up: list[dict[str, Any]]
    unclear: list[UnclearOut]
