"""What call-up's routes take and give."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import AwareDatetime, Field

from greenlane.registry.commands import answer_once
from greenlane.registry.queries import Call

CallDirection = Literal["outbound", "inbound"]
CallId = Annotated[int, Field(ge=1, lt=2**63)]
Why = Annotated[str, Field(min_length=1, max_length=200)]


class TurnOut(Schema):
    """A truck of the park; `place` counts from 1 and is null where it may not be called now."""

    place: int | None
    passage: int
    plate: str
    country: str
    vehicle_class: str
    channel: str
    slot_start: datetime | None
    joined_at: datetime | None
    arrived_at: datetime
    by: str
    reason: str = Field(description="Why not now: rest, papers, not_due, returned, room; empty: goes next.")
    until: datetime | None
    what: str
    hindrance: int | None
    behind: int
    missed: int
    clock: float | None = Field(description="Predicted minutes inside, if it were called now.")


class StandingCallOut(Schema):
    call: int
    passage: int
    plate: str
    country: str
    called_at: datetime
    gate_by: datetime
    turn: str
    why: str


class CallDriveOut(Schema):
    """From the call to the barrier; `measured` on so many trucks, 0: as described."""

    park: str
    usual_minutes: float
    long_minutes: float
    measured: int


class CallPauseOut(Schema):
    starts_at: datetime
    ends_at: datetime
    why: str


class MassCallOut(Schema):
    id: int
    count: int
    why: str
    state: str
    asked_at: datetime
    good_until: datetime
    decided_at: datetime | None


class TurnsOut(Schema):
    """The park as call-up sees it. `policy` is the one in force; `fallback` says why it is not that of the
    rules: silent (no device inside has told anything), behind (readings wait)."""

    policy: str
    fallback: str
    room: int
    inside: int
    on_the_way: int
    calls_left_this_minute: int
    pause: CallPauseOut | None
    turns: list[TurnOut]
    called: list[StandingCallOut]
    mass_calls: list[MassCallOut]
    drives: list[CallDriveOut]


class CallNowIn(Schema):
    passages: Annotated[list[CallId], Field(min_length=1, max_length=500)]
    why: Why


class CallOut(Schema):
    call: int
    passage: int
    called_at: datetime
    gate_by: datetime


class CallsOut(Schema):
    calls: list[CallOut]


class MassCallIn(Schema):
    """Either a number of trucks, the first in the order of turns, or all of one park."""

    count: Annotated[int, Field(ge=1, le=5000)] | None = None
    park: Annotated[str, Field(max_length=40)] | None = None
    why: Why


class DryRunOut(Schema):
    """What the mass call would do; nobody is called before another shift lead has approved it."""

    mass: MassCallOut
    first: list[int] = Field(description="Passages of the first trucks.")
    inside: int
    on_the_way: int
    then: int = Field(description="Inside and on the way when all have been called.")
    limit: int
    minutes: float = Field(description="How long the calls go out, at the rate of the rules.")


class ApproveIn(Schema):
    count: Annotated[int, Field(ge=1, le=5000, description="The number of trucks, read and typed again.")]


class RecallIn(Schema):
    why: Annotated[str, Field(max_length=200)] = ""


class RecalledOut(Schema):
    call: int
    recalled_at: datetime | None
    why: str


class RecallAllIn(Schema):
    why: Why
    since: AwareDatetime | None = None
    mass: CallId | None = None
    pause_minutes: Annotated[float, Field(ge=0, le=1440)] = 15


class RecalledAllOut(Schema):
    recalled: int


class PauseIn(Schema):
    why: Why
    minutes: Annotated[float, Field(gt=0, le=1440)] = 15


class ResumedOut(Schema):
    ended: int


def once(call: Call, command: str, asked: dict[str, Any], do: Callable[[], Schema]) -> dict[str, Any]:
    """Run a command once for its key, and give its answer as it is kept."""

    def answer() -> dict[str, Any]:
        return do().model_dump(mode="json")

    return answer_once(call.account, call.key, f"callup.{command}", asked, answer, call.at)
