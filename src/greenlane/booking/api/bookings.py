"""Bookings over HTTP: free slots, taking a place, and what its holder may do with it.

`POST /places` is the fast door for taking places (the turnstile); `POST /bookings` here is the ordinary one,
under the same rule.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from greenlane.booking import commands, queries
from greenlane.booking.models import Booking, State
from greenlane.errors import GreenlaneError
from greenlane.registry.clock import now
from greenlane.registry.commands import answer_once
from greenlane.registry.queries import Call, call_of, caller_of
from greenlane.registry.queries import checkpoint as checkpoint_of

router = Router(tags=["bookings"])

Id = Annotated[int, Field(ge=1, lt=2**63)]
LONGEST_SPAN = timedelta(days=31)
VehicleClassName = Literal[
    "laden", "empty", "perishable", "livestock", "dangerous", "oversize", "humanitarian", "bus"
]
DirectionName = Literal["outbound", "inbound"]


class SlotOut(Schema):
    """A slot and the places left in it for such a truck."""

    id: int
    starts_at: datetime
    ends_at: datetime
    state: str
    free: int


class SlotsOut(Schema):
    lag_minutes: float = Field(description="How far the checkpoint is behind its booked times now.")
    zone: str
    slots: list[SlotOut]


class SlotTimes(Schema):
    id: int
    starts_at: datetime
    ends_at: datetime


class BookingOut(Schema):
    code: str
    checkpoint: str
    direction: str
    slot: SlotTimes
    state: str
    share: str
    vehicle_class: str
    plate: str
    truck: int | None
    trailer: int | None
    driver: int | None
    park: str | None
    asked_for: datetime
    made_at: datetime
    confirmed_at: datetime | None
    held_until: datetime | None
    called_at: datetime | None
    gate_by: datetime | None
    ended_at: datetime | None
    moves: int
    changed_at: datetime
    # With defaults, since a retry gets the answer that was kept before these existed.
    swaps: int = 0
    strike: int = Field(0, description="2 for a no-show, 1 for a late cancellation.")
    excused: bool = Field(False, description="Its strike does not count.")


class BookingsOut(Schema):
    count: int
    bookings: list[BookingOut]


class BookingIn(Schema):
    """One place wanted; with `confirm` the truck must be named and the booking stands at once."""

    slot: Id
    truck: Id | None = None
    vehicle_class: VehicleClassName = "laden"
    share: Literal["booked"] = "booked"
    park: Id | None = None
    trailer: Id | None = None
    driver: Id | None = None
    confirm: bool = False
    asked_for: datetime | None = None


class PartsIn(Schema):
    truck: Id
    trailer: Id | None = None
    driver: Id | None = None


class SwapIn(Schema):
    truck: Id | None = None
    trailer: Id | None = None
    driver: Id | None = None


class MoveIn(Schema):
    slot: Id


class CancelIn(Schema):
    why: str = Field("", max_length=200)


class BookingsFilter(Schema):
    state: Literal["held", "confirmed", "called", "entered", "cancelled", "expired", "no_show"] | None = None
    checkpoint: str | None = None
    changed_since: datetime | None = None
    page: int = Field(1, ge=1, le=100_000)
    page_size: int = Field(100, ge=1, le=500)


@router.get("/checkpoints/{code}/{direction}/slots", response=SlotsOut, auth=None)
def slots(
    request: HttpRequest,
    code: str,
    direction: DirectionName,
    start: Annotated[datetime | None, Query(alias="from")] = None,
    end: Annotated[datetime | None, Query(alias="to")] = None,
    vehicle_class: VehicleClassName = "laden",
) -> dict[str, Any]:
    """Slots that start in [from, to) with the places left; the next 24 hours by default, at most 31 days."""
    checkpoint = checkpoint_of(code)
    first = _aware(start, "from") or now()
    after = _aware(end, "to") or first + timedelta(days=1)
    if not first < after <= first + LONGEST_SPAN:
        raise GreenlaneError(
            "bad_request",
            "The end must be after the start, and at most 31 days.",
            field="to",
            mend="Ask for a shorter time.",
            status=422,
        )
    return {
        "lag_minutes": queries.lag_minutes(checkpoint, direction, now()),
        "zone": checkpoint.zone,
        "slots": queries.free_slots(checkpoint, direction, first, after, vehicle_class),
    }


@router.post("/bookings", response={201: BookingOut})
def make_booking(request: HttpRequest, wish: BookingIn) -> dict[str, Any]:
    """Hold or book one place through the ordinary door."""
    call = call_of(request)
    if not wish.confirm:
        booking = commands.hold(
            call.account,
            wish.slot,
            wish.vehicle_class,
            call.at,
            call.key,
            park_id=wish.park,
            asked_for=_aware(wish.asked_for, "asked_for"),
        )
    elif wish.truck is None:
        raise GreenlaneError(
            "bad_request",
            "A booking needs its truck.",
            field="truck",
            mend="Name a truck, or send confirm false to hold the place.",
            status=422,
        )
    else:
        booking = commands.book(
            call.account,
            wish.slot,
            wish.truck,
            call.at,
            call.key,
            trailer_id=wish.trailer,
            driver_id=wish.driver,
            park_id=wish.park,
            asked_for=_aware(wish.asked_for, "asked_for"),
        )
    return _shown(booking)


@router.get("/bookings", response=BookingsOut)
def list_bookings(request: HttpRequest, wanted: Query[BookingsFilter]) -> dict[str, Any]:
    """The carrier's bookings (for a dispatcher) or the driver's own, newest slot first."""
    found = queries.bookings_of(caller_of(request).account)
    if wanted.state:
        found = found.filter(state=wanted.state)
    if wanted.checkpoint:
        found = found.filter(checkpoint=checkpoint_of(wanted.checkpoint))
    if wanted.changed_since:
        found = found.filter(changed_at__gte=_aware(wanted.changed_since, "changed_since"))
    first = (wanted.page - 1) * wanted.page_size
    page = list(found[first : first + wanted.page_size].prefetch_related("calls"))
    return {"count": found.count(), "bookings": [_shown(booking) for booking in page]}


@router.get("/bookings/{code}", response=BookingOut)
def show_booking(request: HttpRequest, code: str) -> dict[str, Any]:
    """One booking."""
    return _shown(queries.booking_of(caller_of(request).account, code))


@router.post("/bookings/{code}/confirm", response=BookingOut)
def confirm_booking(request: HttpRequest, code: str, parts: PartsIn) -> dict[str, Any]:
    """Turn a hold into a booking by naming the truck."""
    call = call_of(request)
    return _once(
        call,
        "confirm",
        {"code": code} | parts.dict(),
        lambda: commands.confirm(
            call.account, code, parts.truck, call.at, trailer_id=parts.trailer, driver_id=parts.driver
        ),
    )


@router.post("/bookings/{code}/move", response=BookingOut)
def move_booking(request: HttpRequest, code: str, to: MoveIn) -> dict[str, Any]:
    """Move to another slot of the same checkpoint and direction."""
    call = call_of(request)
    return _once(
        call, "move", {"code": code} | to.dict(), lambda: commands.move(call.account, code, to.slot, call.at)
    )


@router.post("/bookings/{code}/swap", response=BookingOut)
def swap_booking(request: HttpRequest, code: str, parts: SwapIn) -> dict[str, Any]:
    """Exchange truck, trailer or driver inside the carrier."""
    call = call_of(request)
    return _once(
        call,
        "swap",
        {"code": code} | parts.dict(),
        lambda: commands.swap(
            call.account,
            code,
            call.at,
            truck_id=parts.truck,
            trailer_id=parts.trailer,
            driver_id=parts.driver,
        ),
    )


@router.post("/bookings/{code}/cancel", response=BookingOut)
def cancel_booking(request: HttpRequest, code: str, reason: CancelIn) -> dict[str, Any]:
    """Give the place back."""
    call = call_of(request)
    return _once(
        call,
        "cancel",
        {"code": code} | reason.dict(),
        lambda: commands.cancel(call.account, code, reason.why, call.at),
    )


def _once(call: Call, command: str, asked: dict[str, Any], do: Callable[[], Booking]) -> dict[str, Any]:
    def answer() -> dict[str, Any]:
        return BookingOut(**_shown(do())).model_dump(mode="json")

    return answer_once(call.account, call.key, f"booking.{command}", asked, answer, call.at)


def _shown(booking: Booking) -> dict[str, Any]:
    call = max(booking.calls.all(), key=lambda each: each.called_at, default=None)
    is_called = call is not None and call.recalled_at is None and booking.state != State.CONFIRMED
    return {
        "code": booking.code,
        "checkpoint": booking.checkpoint.code,
        "direction": booking.direction,
        "slot": {
            "id": booking.slot_id,
            "starts_at": booking.slot.starts_at,
            "ends_at": booking.slot.ends_at,
        },
        "state": booking.state,
        "share": booking.share,
        "vehicle_class": booking.vehicle_class,
        "plate": booking.plate,
        "truck": booking.truck_id,
        "trailer": booking.trailer_id,
        "driver": booking.driver_id,
        "park": booking.park.code if booking.park else None,
        "asked_for": booking.asked_for,
        "made_at": booking.made_at,
        "confirmed_at": booking.confirmed_at,
        "held_until": booking.held_until,
        "called_at": call.called_at if call and is_called else None,
        "gate_by": call.gate_by if call and is_called else None,
        "ended_at": booking.ended_at,
        "moves": booking.moves,
        "swaps": booking.swaps,
        "strike": booking.strike,
        "excused": booking.excused,
        "changed_at": booking.changed_at,
    }


def _aware(at: datetime | None, field: str) -> datetime | None:
    if at is not None and at.tzinfo is None:
        raise GreenlaneError(
            "bad_request",
            "The time has no offset.",
            field=field,
            mend="Write it as 2026-11-24T06:00:00+00:00.",
            status=422,
        )
    return at
