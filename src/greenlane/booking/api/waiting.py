"""The waiting list over HTTP: the list, joining and leaving it, taking or declining an offer."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import AwareDatetime, Field

from greenlane.booking import commands, queries
from greenlane.booking.api.bookings import DirectionName, Id
from greenlane.booking.models import WaitingGroup
from greenlane.booking.queries import ListPlace
from greenlane.registry.commands import answer_once
from greenlane.registry.queries import Call, call_of, caller_of
from greenlane.registry.queries import checkpoint as checkpoint_of

router = Router(tags=["waiting list"])


class WaitingTruckIn(Schema):
    """A truck that is to wait, with what is known of its trip."""

    truck: Id
    trailer: Id | None = None
    driver: Id | None = None


class WaitingIn(Schema):
    """One truck, or a convoy that gets places in one slot for all its trucks or none."""

    checkpoint: str = Field(max_length=40)
    direction: DirectionName
    trucks: list[WaitingTruckIn] = Field(max_length=100)
    earliest: AwareDatetime = Field(description="The first start of a slot that suits.")
    latest: AwareDatetime = Field(description="The last start of a slot that suits, within the horizon.")
    park: Id | None = None


class WaitingTruckOut(Schema):
    """A truck of a group; with its booking's code and state while it has an offer or a place."""

    truck: int
    plate: str
    booking: str | None
    booking_state: str | None


class WaitingGroupOut(Schema):
    number: str
    checkpoint: str
    direction: str
    state: str = Field(description="waiting, offered, placed, left, or over when its times have passed.")
    earliest: datetime
    latest: datetime
    joined_at: datetime
    position: int | None = Field(description="In the whole list, from 1; null when it is not on it.")
    before: int | None = Field(description="Groups before it whose times overlap its own.")
    offers: int = Field(description="Offers made so far; after the second one not taken it leaves the list.")
    offer_until: datetime | None
    offered_slot: datetime | None = Field(description="The start of the slot offered or taken.")
    passed_over: int
    ended_at: datetime | None
    trucks: list[WaitingTruckOut]


class WaitingGroupsOut(Schema):
    count: int
    groups: list[WaitingGroupOut]


class ListedOut(Schema):
    """A group as everybody sees it."""

    number: str
    position: int
    trucks: int
    rank: int = Field(description="0: owed a place by the guarantee; 1: joined; from 2: turns of a ballot.")
    joined_at: datetime
    earliest: datetime
    latest: datetime
    state: str
    passed_over: int


class WaitingListOut(Schema):
    """The groups in the order in which they are served."""

    offer_minutes: int
    passed_over_limit: int
    groups: list[ListedOut]


@router.get("/checkpoints/{code}/{direction}/waiting", response=WaitingListOut, auth=None)
def waiting_list(request: HttpRequest, code: str, direction: DirectionName) -> dict[str, Any]:
    """The waiting list in its order, by numbers alone."""
    checkpoint = checkpoint_of(code)
    rules = queries.rules_of(checkpoint.pk, direction)
    return {
        "offer_minutes": rules.offer_minutes,
        "passed_over_limit": rules.passed_over_limit,
        "groups": queries.waiting_list(checkpoint.pk, direction),
    }


@router.post("/waiting", response={201: WaitingGroupOut})
def join_waiting_list(request: HttpRequest, wish: WaitingIn) -> dict[str, Any]:
    """Join the list. A place that is free already is offered at once."""
    call = call_of(request)
    checkpoint = checkpoint_of(wish.checkpoint)

    def join() -> WaitingGroup:
        return commands.join_list(
            call.account,
            checkpoint,
            wish.direction,
            [each.truck for each in wish.trucks],
            wish.earliest,
            wish.latest,
            call.at,
            park_id=wish.park,
            trailers={each.truck: each.trailer for each in wish.trucks if each.trailer},
            drivers={each.truck: each.driver for each in wish.trucks if each.driver},
        )

    number = _once(call, "join", wish.model_dump(mode="json"), join)
    commands.serve_line(checkpoint.pk, wish.direction, call.at)
    return _one(call, number)


@router.get("/waiting", response=WaitingGroupsOut)
def my_waiting(
    request: HttpRequest,
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
    page_size: Annotated[int, Query(ge=1, le=500)] = 100,
) -> dict[str, Any]:
    """The carrier's groups (for a dispatcher) or the driver's own, the newest first."""
    found = queries.waiting_groups_of(caller_of(request).account)
    first = (page - 1) * page_size
    return {"count": found.count(), "groups": _shown(found[first : first + page_size])}


@router.get("/waiting/{number}", response=WaitingGroupOut)
def show_waiting(request: HttpRequest, number: str) -> dict[str, Any]:
    """One group and where it stands."""
    (shown,) = _shown([queries.waiting_group_of(caller_of(request).account, number)])
    return shown


@router.post("/waiting/{number}/accept", response=WaitingGroupOut)
def accept_waiting_offer(request: HttpRequest, number: str) -> dict[str, Any]:
    """Take the places offered: all bookings of the group stand."""
    call = call_of(request)
    return _one(call, _once(call, "accept", {"number": number},
                            lambda: commands.accept_offer(call.account, number, call.at)))  # fmt: skip


@router.post("/waiting/{number}/decline", response=WaitingGroupOut)
def decline_waiting_offer(request: HttpRequest, number: str) -> dict[str, Any]:
    """Let the offer go and wait for another slot."""
    call = call_of(request)
    return _one(call, _once(call, "decline", {"number": number},
                            lambda: commands.decline_offer(call.account, number, call.at)))  # fmt: skip


@router.post("/waiting/{number}/leave", response=WaitingGroupOut)
def leave_waiting_list(request: HttpRequest, number: str) -> dict[str, Any]:
    """Wait no longer; an open offer is given back."""
    call = call_of(request)
    return _one(call, _once(call, "leave", {"number": number},
                            lambda: commands.leave_list(call.account, number, call.at)))  # fmt: skip


def _once(call: Call, command: str, asked: dict[str, Any], do: Callable[[], WaitingGroup]) -> str:
    """The number of the group; what is answered is its present state."""
    answer = answer_once(
        call.account, call.key, f"waiting.{command}", asked, lambda: {"number": do().number}, call.at
    )
    return str(answer["number"])


def _one(call: Call, number: str) -> dict[str, Any]:
    (shown,) = _shown([queries.waiting_group_of(call.account, number)])
    return shown


def _shown(groups: Iterable[WaitingGroup]) -> list[dict[str, Any]]:
    groups = list(groups)
    places = queries.list_places(groups)
    return [_group(group, places.get(group.number)) for group in groups]


def _group(group: WaitingGroup, place: ListPlace | None) -> dict[str, Any]:
    entries = list(group.entries.all())
    states = WaitingGroup.GroupState
    has_slot = group.state in (states.OFFERED, states.PLACED)
    bookings = [entry.booking if has_slot else None for entry in entries]
    return {
        "number": group.number,
        "checkpoint": group.checkpoint.code,
        "direction": group.direction,
        "state": group.state,
        "earliest": group.earliest,
        "latest": group.latest,
        "joined_at": group.made_at,
        "position": place.position if place else None,
        "before": place.before if place else None,
        "offers": group.offers,
        "offer_until": group.offer_until,
        "offered_slot": next((booking.slot.starts_at for booking in bookings if booking), None),
        "passed_over": group.passed_over,
        "ended_at": group.ended_at,
        "trucks": [
            {
                "truck": entry.truck_id,
                "plate": entry.truck.plate,
                "booking": booking.code if booking else None,
                "booking_state": booking.state if booking else None,
            }
            for entry, booking in zip(entries, bookings, strict=True)
        ],
    }
