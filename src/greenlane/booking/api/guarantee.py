"""The reciprocal guarantee over HTTP: a carrier's credits, their use, and what is published."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from greenlane.booking import commands, queries
from greenlane.booking.api.period import Published, period_of
from greenlane.booking.models import Credit
from greenlane.registry.clock import now
from greenlane.registry.commands import answer_once
from greenlane.registry.queries import call_of, caller_of

router = Router(tags=["guarantee"])

GuaranteeDirection = Literal["outbound", "inbound"]
MOST_CREDITS = 500


class CreditOut(Schema):
    """What a checkpoint owes: the fee back (`cents`), or priority once until `good_until`."""

    id: int
    kind: Literal["fee", "priority"]
    booking: str
    checkpoint: str
    direction: str
    cents: int
    behind_minutes: int
    at: datetime
    good_until: datetime | None
    used_at: datetime | None
    used_for: str | None


class CreditIn(Schema):
    credit: Annotated[int, Field(ge=1, lt=2**63)]


class CreditUsedOut(Schema):
    """The booking that has priority now."""

    code: str
    share: Literal["priority"]
    slot: int
    starts_at: datetime


class GuaranteeOut(Schema):
    """How often the guarantee was owed over some days, and what was paid; nobody is named."""

    since: date
    until: date
    guarantee_minutes: int
    fee_cents: int
    bookings: int
    moved: int
    cents: int
    priority: int
    priority_used: int
    worst_minutes: int


@router.get("/credits", response=list[CreditOut])
def credits(request: HttpRequest) -> list[dict[str, Any]]:
    """The carrier's credits (for a dispatcher) or the driver's own; at most 500, the latest first."""
    return [_shown(credit) for credit in queries.credits_of(caller_of(request).account)[:MOST_CREDITS]]


def _shown(credit: Credit) -> dict[str, Any]:
    return {
        "id": credit.pk,
        "kind": credit.kind,
        "booking": credit.booking.code,
        "checkpoint": credit.booking.checkpoint.code,
        "direction": credit.booking.direction,
        "cents": credit.cents,
        "behind_minutes": credit.behind_minutes,
        "at": credit.at,
        "good_until": credit.good_until,
        "used_at": credit.used_at,
        "used_for": credit.used_for.code if credit.used_for else None,
    }


@router.post("/bookings/{code}/credit", response=CreditUsedOut)
def use_credit(request: HttpRequest, code: str, chosen: CreditIn) -> dict[str, Any]:
    """Use a credit of priority for this booking."""
    call = call_of(request)

    def answer() -> dict[str, Any]:
        booking = commands.use_credit(call.account, code, chosen.credit, call.at)
        used = CreditUsedOut(
            code=booking.code,
            share="priority",
            slot=booking.slot_id,
            starts_at=booking.slot.starts_at,
        )
        return used.model_dump(mode="json")

    asked = {"code": code} | chosen.dict()
    return answer_once(call.account, call.key, "booking.use_credit", asked, answer, call.at)


@router.get("/public/checkpoints/{code}/{direction}/guarantee", response=GuaranteeOut, auth=None)
def published_guarantee(
    request: HttpRequest, code: str, direction: GuaranteeDirection, period: Query[Published]
) -> dict[str, Any]:
    """For everyone: what the checkpoint promises and how often it paid; by default the last 90 days."""
    of = period_of(code, direction, period, now())
    paid = queries.guarantee_published(of.checkpoint, direction, of.start, of.end)
    return {
        "since": of.since,
        "until": of.until,
        "guarantee_minutes": of.rules.guarantee_minutes,
        "fee_cents": of.rules.fee_cents,
        "bookings": paid.bookings,
        "moved": paid.moved,
        "cents": paid.cents,
        "priority": paid.priority,
        "priority_used": paid.priority_used,
        "worst_minutes": paid.worst_minutes,
    }
