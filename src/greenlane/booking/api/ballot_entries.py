"""Wishes in a ballot over HTTP: entering a truck, one's own entries and their results."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import AwareDatetime, Field

from greenlane.booking import commands, queries
from greenlane.booking.api.ballots import BallotId
from greenlane.booking.api.bookings import Id
from greenlane.booking.models import BallotEntry
from greenlane.registry.commands import answer_once
from greenlane.registry.queries import Call, call_of, caller_of

router = Router(tags=["ballots"])

ReasonName = Literal["perishable", "livestock", "humanitarian", "dangerous", "medical", "other"]


class BallotEntryIn(Schema):
    """A truck's wish: slots, best first, then those that start around a time. Sent again, it is replaced."""

    truck: Id
    slots: list[Id] = Field([], max_length=300)
    around: AwareDatetime | None = Field(None, description="A wished time; slots near it suit too.")
    tolerance_minutes: int = Field(120, ge=0, le=24 * 60)
    trailer: Id | None = None
    driver: Id | None = None
    park: Id | None = None
    joins_list: bool = Field(True, description="Goes on the waiting list when it gets no place.")


class BallotEntryOut(Schema):
    number: str
    ballot: int
    checkpoint: str
    direction: str
    truck: int
    plate: str
    slots: list[int]
    asked_for: datetime
    share: str
    joins_list: bool
    outcome: str = Field(description="entered, withdrawn, placed, listed, unplaced or ineligible.")
    why: str
    turn: int | None
    booking: str | None
    slot: int | None


class BallotEntriesOut(Schema):
    count: int
    entries: list[BallotEntryOut]


class EntryPriorityIn(Schema):
    """Why an officer lets an entry try the priority share first; published without the plate."""

    reason: ReasonName
    detail: str = Field("", max_length=200)


@router.post("/ballots/{ballot_id}/entries", response={201: BallotEntryOut})
def enter_truck(request: HttpRequest, ballot_id: BallotId, wish: BallotEntryIn) -> dict[str, Any]:
    """Enter a truck in a ballot, or change its wish. When in the window does not matter."""
    call = call_of(request)

    def enter() -> BallotEntry:
        return commands.enter_ballot(
            call.account,
            ballot_id,
            wish.truck,
            commands.Wish(wish.slots, wish.around, wish.tolerance_minutes),
            call.at,
            trailer_id=wish.trailer,
            driver_id=wish.driver,
            park_id=wish.park,
            joins_list=wish.joins_list,
        )

    return _once(call, "enter", {"ballot": ballot_id} | wish.model_dump(mode="json"), enter)


@router.get("/ballot-entries", response=BallotEntriesOut)
def my_ballot_entries(
    request: HttpRequest,
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
    page_size: Annotated[int, Query(ge=1, le=500)] = 100,
) -> dict[str, Any]:
    """The carrier's entries (for a dispatcher) or the driver's own, newest first."""
    found = queries.entries_of(caller_of(request).account)
    first = (page - 1) * page_size
    shown = found[first : first + page_size]
    return {"count": found.count(), "entries": [_shown(entry) for entry in shown]}


@router.get("/ballot-entries/{number}", response=BallotEntryOut)
def show_ballot_entry(request: HttpRequest, number: str) -> dict[str, Any]:
    """One entry, and from the draw on what became of it."""
    return _shown(queries.entry_of(caller_of(request).account, number))


@router.post("/ballot-entries/{number}/withdraw", response=BallotEntryOut)
def withdraw_ballot_entry(request: HttpRequest, number: str) -> dict[str, Any]:
    """Take a wish back while the window is open."""
    call = call_of(request)
    return _once(
        call,
        "withdraw",
        {"number": number},
        lambda: commands.withdraw_entry(call.account, number, call.at),
    )


@router.post("/ballot-entries/{number}/priority", response=BallotEntryOut)
def grant_ballot_priority(request: HttpRequest, number: str, grant: EntryPriorityIn) -> dict[str, Any]:
    """For officers: let an entry try the priority share of its slots first."""
    call = call_of(request)
    return _once(
        call,
        "priority",
        {"number": number} | grant.dict(),
        lambda: commands.grant_entry_priority(call.account, number, grant.reason, grant.detail, call.at),
    )


def _once(call: Call, command: str, asked: dict[str, Any], do: Callable[[], BallotEntry]) -> dict[str, Any]:
    def answer() -> dict[str, Any]:
        return BallotEntryOut(**_shown(do())).model_dump(mode="json")

    return answer_once(call.account, call.key, f"ballot.{command}", asked, answer, call.at)


def _shown(entry: BallotEntry) -> dict[str, Any]:
    return {
        "number": entry.number,
        "ballot": entry.ballot_id,
        "checkpoint": entry.ballot.checkpoint.code,
        "direction": entry.ballot.direction,
        "truck": entry.truck_id,
        "plate": entry.truck.plate,
        "slots": entry.slots,
        "asked_for": entry.asked_for,
        "share": entry.share,
        "joins_list": entry.joins_list,
        "outcome": entry.outcome,
        "why": entry.why,
        "turn": entry.rank,
        "booking": entry.booking.code if entry.booking else None,
        "slot": entry.slot_id,
    }
