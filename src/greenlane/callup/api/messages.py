"""Messages over HTTP: who was reached by a call, the holder's answer, and one's own channels."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Query, Router, Schema
from pydantic import Field

from greenlane.booking.queries import booking_of
from greenlane.callup import queries
from greenlane.callup.commands import answer_call, choose_channels
from greenlane.callup.messages.choices import Wishes
from greenlane.callup.queries.messages import CallTold
from greenlane.callup.queries.preferences import wishes_of
from greenlane.errors import GreenlaneError
from greenlane.gate.commands import log_look_up
from greenlane.registry.clock import now
from greenlane.registry.commands import answer_once
from greenlane.registry.models import Account, Checkpoint, Role
from greenlane.registry.queries import call_of, caller_of, require
from greenlane.registry.queries import checkpoint as checkpoint_of

router = Router(tags=["messages"])
DirectionName = Literal["outbound", "inbound"]
Key = Annotated[int, Field(ge=1, lt=2**63)]
Minutes = Annotated[int, Query(ge=0, le=1440)]


class MessageOut(Schema):
    """One message by one channel. `to` is shortened: enough to know it by."""

    kind: str
    channel: str
    to: str
    state: str = Field(description="waiting, sent, delivered, failed or overtaken.")
    made_at: datetime
    sent_at: datetime | None
    delivered_at: datetime | None
    read_at: datetime | None
    attempts: int
    error: str


class CallToldOut(Schema):
    """A call, what was sent of it, and whether its driver was reached."""

    call: int
    plate: str
    country: str
    booking: str | None
    ticket: int | None = Field(description="Number in the live queue.")
    called_at: datetime
    gate_by: datetime
    recalled_at: datetime | None
    missed_at: datetime | None
    answered_at: datetime | None = Field(description="When the driver said: I am coming.")
    reached_at: datetime | None
    messages: list[MessageOut]


class AnsweredOut(Schema):
    booking: str
    answered_at: datetime


class MessageChannelsOut(Schema):
    """Where one's own messages go."""

    language: str
    email: bool
    email_address: str
    sms: bool
    phone: str
    push: bool
    device: str


class MessageChannelsIn(Schema):
    """Everything at once; what is left out is off or empty."""

    language: str = Field("en", max_length=10)
    email: bool = True
    sms: bool = False
    phone: str = Field("", max_length=40)
    push: bool = False
    device: str = Field("", max_length=200)


@router.get("/checkpoints/{code}/{direction}/calls/told", response=list[CallToldOut])
def calls_told(request: HttpRequest, code: str, direction: DirectionName, minutes: Minutes = 60) -> Any:
    """The calls of the last minutes with what was sent of each, the newest first; for the shift."""
    at = now()
    checkpoint = _for_the_shift(request, code, "calls told", at)
    return queries.calls_told(checkpoint, direction, at - timedelta(minutes=minutes), at)


@router.get("/checkpoints/{code}/{direction}/calls/unreached", response=list[CallToldOut])
def calls_unreached(request: HttpRequest, code: str, direction: DirectionName, minutes: Minutes = 5) -> Any:
    """Standing calls older than so many minutes whose driver nobody knows to be reached; for the shift."""
    at = now()
    checkpoint = _for_the_shift(request, code, "calls unreached", at)
    return queries.unreached(checkpoint, direction, at, timedelta(minutes=minutes))


@router.get("/calls/{call_id}/messages", response=CallToldOut)
def call_told(request: HttpRequest, call_id: Key) -> CallTold:
    """One call and its messages; for the shift of its checkpoint."""
    caller, told = caller_of(request), queries.told_of_call(call_id)
    if told is None:
        raise GreenlaneError(
            "call_unknown",
            _("There is no such call."),
            field="call",
            mend=_("Take the id from the list of calls."),
            status=404,
        )
    _require_shift(caller.account, queries.checkpoint_of_call(call_id))
    log_look_up(caller.account, f"call {call_id}", "messages", now())
    return told


@router.get("/bookings/{code}/messages", response=list[MessageOut])
def booking_messages(request: HttpRequest, code: str) -> Any:
    """What was sent about a booking that one may see, the newest first."""
    return queries.told_of_booking(booking_of(caller_of(request).account, code))


@router.post("/bookings/{code}/coming", response=AnsweredOut)
def say_coming(request: HttpRequest, code: str) -> dict[str, Any]:
    """Answer the standing call: I am coming."""
    call = call_of(request)

    def answer() -> dict[str, Any]:
        answered = answer_call(call.account, code, call.at)
        return AnsweredOut(booking=code, answered_at=answered.at).model_dump(mode="json")

    return answer_once(call.account, call.key, "callup.coming", {"code": code}, answer, call.at)


@router.get("/messages/channels", response=MessageChannelsOut)
def channels(request: HttpRequest) -> dict[str, Any]:
    """Where one's own messages go."""
    return _channels(caller_of(request).account)


@router.post("/messages/channels", response=MessageChannelsOut)
def set_channels(request: HttpRequest, given: MessageChannelsIn) -> dict[str, Any]:
    """Choose the channels of one's own messages."""
    call = call_of(request)
    wishes = Wishes(**given.dict())
    return answer_once(
        call.account,
        call.key,
        "callup.channels",
        given.dict(),
        lambda: _channels(choose_channels(call.account, wishes)),
        call.at,
    )


def _channels(account: Account) -> dict[str, Any]:
    wishes = wishes_of(account)
    return {
        "language": wishes.language,
        "email": wishes.email,
        "email_address": account.email,
        "sms": wishes.sms,
        "phone": wishes.phone,
        "push": wishes.push,
        "device": wishes.device,
    }


def _for_the_shift(request: HttpRequest, code: str, subject: str, at: datetime) -> Checkpoint:
    account, checkpoint = caller_of(request).account, checkpoint_of(code)
    _require_shift(account, checkpoint)
    log_look_up(account, f"{subject} {checkpoint.code}"[:60], "messages", at)
    return checkpoint


def _require_shift(account: Account, checkpoint: Checkpoint) -> None:
    require(account, checkpoint, Role.SHIFT_LEAD, Role.OFFICER)
