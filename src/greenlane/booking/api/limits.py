"""Limits over HTTP: what a cancellation would cost, how trucks stand, appeals, and what is published."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from greenlane.booking import commands, queries
from greenlane.booking.api.period import Published, period_of
from greenlane.booking.limits import NO_SHOW_STRIKES
from greenlane.booking.models import Appeal, Booking
from greenlane.registry.clock import now
from greenlane.registry.commands import answer_once
from greenlane.registry.queries import call_of, caller_of, carrier_of

router = Router(tags=["limits"])

LimitDirection = Literal["outbound", "inbound"]
AppealId = Annotated[int, Field(ge=1, lt=2**63)]
MOST_APPEALS = 500


class CancellationOut(Schema):
    """What cancelling now would mean. `excuse` says why strikes would not count."""

    free_until: datetime
    strikes: int
    counts: bool
    excuse: Literal["", "behind", "slot_closed", "new_time", "guaranteed"]
    behind_minutes: float
    limited_until: datetime | None


class StrikeOut(Schema):
    """A booking that brought strikes: two for a no-show, one for a late cancellation."""

    booking: str
    checkpoint: str
    at: datetime | None
    kind: Literal["no_show", "late_cancel"]
    strikes: int
    counts: bool
    appeal: Literal["", "open", "granted", "refused"]


class LimitOut(Schema):
    checkpoint: str
    direction: str
    until: datetime


class StandingOut(Schema):
    """How a truck stands: `most` strikes bar it; the next no-show would bar it for `next_days`."""

    truck: int
    plate: str
    country: str
    strikes: int
    most: int
    next_days: int
    limits: list[LimitOut]
    struck: list[StrikeOut]


class AppealIn(Schema):
    text: str = Field(min_length=1, max_length=1000)


class DecisionIn(Schema):
    granted: bool
    why: str = Field(min_length=1, max_length=200)


class AppealOut(Schema):
    id: int
    booking: str
    checkpoint: str
    text: str
    made_at: datetime
    decision: Literal["", "granted", "refused"]
    decided_at: datetime | None
    why: str


class LimitsOut(Schema):
    """Counts over some days; no truck and no carrier is named."""

    since: date
    until: date
    late_cancel_minutes: int
    grace_behind_minutes: int
    no_show_limit: int
    no_show_window_days: int
    no_show_block_days: int
    bookings_ended: int
    no_shows: int
    late_cancels: int
    excused: int
    appeals: int
    appeals_granted: int
    appeals_refused: int
    appeals_open: int


@router.get("/bookings/{code}/cancellation", response=CancellationOut)
def cancellation(request: HttpRequest, code: str) -> Any:
    """What cancelling this booking now would mean; told before it is done."""
    return queries.cancellation_of(queries.booking_of(caller_of(request).account, code), now())


@router.get("/trucks/standing", response=list[StandingOut])
def standing(request: HttpRequest) -> list[dict[str, Any]]:
    """The carrier's trucks that have strikes or limits."""
    standings = queries.standings_of(carrier_of(caller_of(request).account), now())
    return [
        {
            "truck": each.truck.pk,
            "plate": each.truck.plate,
            "country": each.truck.country,
            "strikes": each.strikes,
            "most": each.most,
            "next_days": each.next_days,
            "limits": [
                {"checkpoint": limit.checkpoint.code, "direction": limit.direction, "until": limit.until}
                for limit in each.limits
            ],
            "struck": [_struck(booking) for booking in each.struck],
        }
        for each in standings
    ]


def _struck(booking: Booking) -> dict[str, Any]:
    made: Appeal | None = getattr(booking, "appeal", None)
    return {
        "booking": booking.code,
        "checkpoint": booking.checkpoint.code,
        "at": booking.ended_at,
        "kind": "no_show" if booking.strike == NO_SHOW_STRIKES else "late_cancel",
        "strikes": booking.strike,
        "counts": not booking.excused,
        "appeal": (made.decision or "open") if made else "",
    }


@router.post("/bookings/{code}/appeal", response=AppealOut)
def make_appeal(request: HttpRequest, code: str, told: AppealIn) -> dict[str, Any]:
    """Say why the strike of this booking should not count."""
    call = call_of(request)

    def answer() -> dict[str, Any]:
        return _kept(commands.appeal(call.account, code, told.text, call.at))

    return answer_once(
        call.account, call.key, "booking.appeal", {"code": code} | told.dict(), answer, call.at
    )


@router.get("/appeals", response=list[AppealOut])
def appeals(request: HttpRequest, open: bool = True) -> list[dict[str, Any]]:
    """Appeals at the checkpoints at which the caller decides them; at most 500, open ones by their age."""
    found = queries.appeals_for(caller_of(request).account, commands.DECIDED_BY)
    return [_told(each) for each in (found.filter(decision="") if open else found)[:MOST_APPEALS]]


@router.post("/appeals/{appeal_id}/decision", response=AppealOut)
def decide(request: HttpRequest, appeal_id: AppealId, decision: DecisionIn) -> dict[str, Any]:
    """Let the strike count or not, with the reason."""
    call = call_of(request)

    def answer() -> dict[str, Any]:
        decided = commands.decide_appeal(call.account, appeal_id, decision.granted, decision.why, call.at)
        return _kept(decided)

    asked = {"appeal": appeal_id} | decision.dict()
    return answer_once(call.account, call.key, "booking.decide_appeal", asked, answer, call.at)


def _kept(appeal: Appeal) -> dict[str, Any]:
    return AppealOut(**_told(appeal)).model_dump(mode="json")


def _told(appeal: Appeal) -> dict[str, Any]:
    return {
        "id": appeal.pk,
        "booking": appeal.booking.code,
        "checkpoint": appeal.booking.checkpoint.code,
        "text": appeal.text,
        "made_at": appeal.made_at,
        "decision": appeal.decision,
        "decided_at": appeal.decided_at,
        "why": appeal.why,
    }


@router.get("/public/checkpoints/{code}/{direction}/limits", response=LimitsOut, auth=None)
def published_limits(
    request: HttpRequest, code: str, direction: LimitDirection, period: Query[Published]
) -> dict[str, Any]:
    """For everyone: the limits of a checkpoint and how often they were met; by default the last 90 days."""
    of = period_of(code, direction, period, now())
    counted = queries.limits_published(of.checkpoint, direction, of.start, of.end)
    return {
        "since": of.since,
        "until": of.until,
        **{name: getattr(of.rules, name) for name in RULES_SHOWN},
        "bookings_ended": counted.confirmed,
        **{name: getattr(counted, name) for name in COUNTS_SHOWN},
    }


RULES_SHOWN = (
    "late_cancel_minutes",
    "grace_behind_minutes",
    "no_show_limit",
    "no_show_window_days",
    "no_show_block_days",
)
COUNTS_SHOWN = (
    "no_shows",
    "late_cancels",
    "excused",
    "appeals",
    "appeals_granted",
    "appeals_refused",
    "appeals_open",
)
