"""The live queue over HTTP: how it stands, joining and leaving it, a ticket by its code."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from greenlane.booking.commands import join_live, join_live_here, leave_live
from greenlane.booking.models import LiveTicket
from greenlane.booking.queries import ticket_by_code, tickets_of
from greenlane.callup.queries.live import ExpectedCall, LiveQueue, live_queue
from greenlane.callup.queries.live_tickets import standing_call
from greenlane.registry.clock import now
from greenlane.registry.commands import answer_once
from greenlane.registry.queries import Call, call_of, caller_of, direction_document
from greenlane.registry.queries import checkpoint as checkpoint_of

router = Router(tags=["live queue"])

MOST = 100
"""So many tickets of one account are listed, the newest first."""
LiveDirection = Literal["outbound", "inbound"]


class ExpectedOut(Schema):
    """When a call is expected: half of the time before `middle`, four times of five within."""

    low: datetime
    middle: datetime
    high: datetime


class LiveOut(Schema):
    """The live queue now. `next_available` is for a truck that joins now; null where nothing is known."""

    at: datetime
    zone: str
    is_open: bool
    waiting: int
    in_park: int
    coming: int
    by_class: dict[str, int]
    live_share: float
    planned_per_hour: float
    released: int = Field(description="Trucks of the live queue called in the last three hours.")
    busy_minutes: float = Field(description="How long of these one of them was in the park to be called.")
    next_available: ExpectedOut | None


class TicketOut(Schema):
    """A ticket; `ahead` and `expected` while it waits."""

    code: str
    number: int
    day: str
    checkpoint: str
    direction: str
    vehicle_class: str
    state: str
    joined_at: datetime
    good_until: datetime
    ended_at: datetime | None
    ahead: int | None
    in_park: bool
    expected: ExpectedOut | None
    called_at: datetime | None
    gate_by: datetime | None


class TicketsOut(Schema):
    tickets: list[TicketOut]


class JoinIn(Schema):
    """A truck of your own carrier."""

    truck: Annotated[int, Field(ge=1, lt=2**63)]


class WalkUpIn(Schema):
    """A truck that is there, as an officer types it."""

    plate: str = Field(max_length=40)
    country: str = Field(max_length=2)
    vehicle_class: str = Field("laden", max_length=16)
    phone: str = Field("", max_length=40)
    language: Literal["en", "ru", "zh-hans"] = "en"


@router.get("/checkpoints/{code}/{direction}/live", response=LiveOut, auth=None)
def show_live(request: HttpRequest, code: str, direction: LiveDirection) -> dict[str, Any]:
    """Who waits in the live queue, and when a truck that joins now is called, with its interval."""
    here = checkpoint_of(code)
    direction_document(here, direction)
    queue = live_queue(here, direction, now())
    return {
        "at": queue.at,
        "zone": here.zone,
        "is_open": queue.is_open,
        "waiting": len(queue.trucks),
        "in_park": queue.in_park,
        "coming": queue.coming,
        "by_class": queue.by_class,
        "live_share": queue.rules.live_share,
        "planned_per_hour": queue.planned_per_hour,
        "released": queue.released,
        "busy_minutes": queue.busy.total_seconds() / 60,
        "next_available": _expected(queue.next_available),
    }


@router.post("/checkpoints/{code}/{direction}/live", response={201: TicketOut})
def join(request: HttpRequest, code: str, direction: LiveDirection, wish: JoinIn) -> dict[str, Any]:
    """Take a number for a truck of your carrier; one standing ticket a person and a truck."""
    call, here = call_of(request), checkpoint_of(code)
    asked = {"checkpoint": code, "direction": direction} | wish.dict()
    return _once(call, "join", asked, lambda: join_live(call.account, here, direction, wish.truck, call.at))


@router.post("/checkpoints/{code}/{direction}/live/desk", response={201: TicketOut})
def join_at_desk(request: HttpRequest, code: str, direction: LiveDirection, wish: WalkUpIn) -> dict[str, Any]:
    """Give a number to a truck that is there; for officers and shift leads of the checkpoint."""
    call, here = call_of(request), checkpoint_of(code)
    asked = {"checkpoint": code, "direction": direction} | wish.dict()
    return _once(
        call,
        "desk",
        asked,
        lambda: join_live_here(call.account, here, direction, call.at, **wish.dict()),
    )


@router.get("/live", response=TicketsOut)
def list_tickets(request: HttpRequest) -> dict[str, Any]:
    """Your tickets, and for a dispatcher those of the carrier's trucks, the newest first."""
    found = tickets_of(caller_of(request).account).select_related("checkpoint__crossing")
    at, lines = now(), dict[tuple[int, str], LiveQueue]()
    return {"tickets": [_ticket(ticket, at, lines) for ticket in found[:MOST]]}


@router.get("/live/{code}", response=TicketOut, auth=None)
def show_ticket(request: HttpRequest, code: str) -> dict[str, Any]:
    """A ticket, for whoever has its code."""
    return _ticket(ticket_by_code(code), now())


@router.post("/live/{code}/leave", response=TicketOut)
def leave(request: HttpRequest, code: str) -> dict[str, Any]:
    """Leave the queue; whoever has the code may."""
    call = call_of(request)
    return _once(call, "leave", {"code": code}, lambda: leave_live(code, call.at))


def _once(call: Call, command: str, asked: dict[str, Any], do: Callable[[], LiveTicket]) -> dict[str, Any]:
    def answer() -> dict[str, Any]:
        return TicketOut(**_ticket(ticket_by_code(do().code), call.at)).model_dump(mode="json")

    return answer_once(call.account, call.key, f"live.{command}", asked, answer, call.at)


def _ticket(
    ticket: LiveTicket, at: datetime, lines: dict[tuple[int, str], LiveQueue] | None = None
) -> dict[str, Any]:
    """A ticket as told; ``lines`` keeps the queues that several tickets of a list stand in."""
    queue = _queue(ticket, at, {} if lines is None else lines)
    place = queue.place_of(ticket.pk) if queue else None
    call = standing_call(ticket)
    return {
        "code": ticket.code,
        "number": ticket.number,
        "day": ticket.day.isoformat(),
        "checkpoint": ticket.checkpoint.code,
        "direction": ticket.direction,
        "vehicle_class": ticket.vehicle_class,
        "state": ticket.state,
        "joined_at": ticket.joined_at,
        "good_until": ticket.good_until,
        "ended_at": ticket.ended_at,
        "ahead": place - 1 if place else None,
        "in_park": bool(queue and queue.is_in_park(ticket.pk)),
        "expected": _expected(queue.expected(place)) if queue and place else None,
        "called_at": call.called_at if call else None,
        "gate_by": call.gate_by if call else None,
    }


def _queue(ticket: LiveTicket, at: datetime, lines: dict[tuple[int, str], LiveQueue]) -> LiveQueue | None:
    if ticket.state != LiveTicket.TicketState.WAITING:
        return None
    line = (ticket.checkpoint_id, ticket.direction)
    if line not in lines:
        lines[line] = live_queue(ticket.checkpoint, ticket.direction, at)
    return lines[line]


def _expected(call: ExpectedCall | None) -> dict[str, Any] | None:
    return {"low": call.low, "middle": call.middle, "high": call.high} if call else None
