"""Asking for places: the request and the answer that both doors share. Pure: no Django.

The rule itself is the SQL function `booking_take` (sql/take.sql); here are its input, its output and the
words in which a refusal is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from greenlane.booking.codes import new_code
from greenlane.errors import GreenlaneError


class PlaceRequest(msgspec.Struct, frozen=True, omit_defaults=False):
    """A wish for one place in one slot.

    With ``confirm`` the truck must be named and the booking stands at once; without it the place is held
    for the minutes that the rules give, for one person at a time. An ``offer`` of the waiting list is held
    for its truck, and takes places that others must leave to the list.
    """

    slot: int
    account: int
    carrier: int | None = None
    truck: int | None = None
    trailer: int | None = None
    driver: int | None = None
    vehicle_class: str = msgspec.field(default="laden", name="class")
    share: str = "booked"
    park: int | None = None
    confirm: bool = False
    key: str = ""
    asked_for: datetime | None = None
    by: int | None = None
    why: str = ""
    offer: bool = False
    code: str = msgspec.field(default_factory=new_code)


@dataclass(frozen=True, slots=True)
class PlaceAnswer:
    """What became of a request: ``taken``, ``again`` (this key was answered before), or the reason of the
    refusal.
    """

    outcome: str
    booking_id: int | None
    code: str | None
    state: str | None
    held_until: datetime | None
    detail: str

    @property
    def has_place(self) -> bool:
        return self.outcome in ("taken", "again")


TAKE = "SELECT outcome, booking_id, booking_code, booking_state, held_until, detail FROM booking_take({}, {})"
"""The statement of both doors; the two places are for the requests as JSON and for the time."""


def as_json(requests: Sequence[PlaceRequest]) -> str:
    """The requests as `booking_take` reads them."""
    return msgspec.json.encode(requests).decode()


def read_answers(rows: Iterable[Sequence[Any]]) -> list[PlaceAnswer]:
    """Rows of `TAKE` as answers, in the order of the requests."""
    return [PlaceAnswer(*row) for row in rows]


_REFUSALS: dict[str, tuple[int, str | None, str, str]] = {
    "slot_unknown": (404, "slot", "There is no such slot.", "Choose a slot from the list of free slots."),
    "slot_closed": (409, "slot", "This slot takes no bookings.", "Choose another slot."),
    "by_lot": (
        409,
        "slot",
        "The places of this day are drawn by lot.",
        "Enter the day's ballot; when in its window does not matter.",
    ),
    "slot_past": (409, "slot", "This slot is over.", "Choose a later slot."),
    "slot_too_far": (409, "slot", "This slot cannot be booked yet.", "Choose a slot within {detail} days."),
    "full": (409, "slot", "This slot is full ({detail}).", "Choose the nearest slot before or after it."),
    "truck_unknown": (
        422,
        "truck",
        "The truck is not among your carrier's trucks.",
        "Add the truck first, then book.",
    ),
    "trailer_unknown": (
        422,
        "trailer",
        "The trailer is not among your carrier's trailers.",
        "Add the trailer first, then book.",
    ),
    "driver_unknown": (
        422,
        "driver",
        "The driver is not among your carrier's drivers.",
        "Add the driver first, then book.",
    ),
    "truck_busy": (
        409,
        "truck",
        "This truck already has an active booking {detail}.",
        "Cancel that booking or move it; a truck has one active booking over all checkpoints.",
    ),
    "truck_limited": (
        409,
        "truck",
        "This truck missed its bookings and cannot book before {detail}.",
        "Use the live queue, or appeal to the checkpoint.",
    ),
    "park_unknown": (422, "park", "The checkpoint has no such park.", "Choose one of its parks."),
    "waiting_first": (
        409,
        "slot",
        "A place became free here, and the waiting list is asked first.",
        "Join the waiting list, choose another slot, or try again in a minute.",
    ),
    "truck_waits": (
        409,
        "trucks",
        "The truck waits on a list already {detail}.",
        "Leave that list first; a truck waits once, over all checkpoints.",
    ),
    "offer_of_list": (
        409,
        "booking",
        "This place is an offer of the waiting list {detail}.",
        "Accept or decline the offer there; it is for the truck that waited.",
    ),
    "quota_kept": (
        409,
        "quota",
        "A quota that limits slots cannot be deleted.",
        "Change its capacity; that is logged with who and why.",
    ),
    "hold_elsewhere": (
        409,
        "slot",
        "You are holding another place {detail}.",
        "Confirm it or let it go; one person holds one place.",
    ),
    "hold_used": (
        409,
        "slot",
        "You have held this slot before and let it go.",
        "Choose another slot; a hold is not renewable.",
    ),
    "unstorable": (
        422,
        None,
        "A value of this request cannot be stored.",
        "Use printable text and times with an offset of less than 16 hours.",
    ),
    "key_reused": (
        422,
        "key",
        "This key was used for another request.",
        "Send a new idempotency key with a new request.",
    ),
}

REFUSALS = tuple(_REFUSALS)
BY_LOT = "ballot"
"""The state of a slot whose day is still to be drawn by lot."""


def refusal(outcome: str, detail: str = "") -> GreenlaneError:
    """The error for an outcome that is neither ``taken`` nor ``again``."""
    if (outcome, detail) == ("slot_closed", BY_LOT):
        outcome = "by_lot"
    status, field, message, mend = _REFUSALS[outcome]
    return GreenlaneError(
        outcome,
        " ".join(message.format(detail=detail).split()).replace(" .", ".").replace(" ()", ""),
        field=field,
        mend=mend.format(detail=detail),
        status=status,
    )
