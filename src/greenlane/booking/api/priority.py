"""Priority over HTTP: its uses, published for everyone, and granting it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema
from pydantic import Field

from greenlane.booking import commands, queries
from greenlane.booking.models import PriorityUse
from greenlane.booking.queries.priority import month_asked, officer_number
from greenlane.registry.clock import now
from greenlane.registry.commands import answer_once
from greenlane.registry.models import Checkpoint
from greenlane.registry.queries import call_of, direction_document
from greenlane.registry.queries import checkpoint as checkpoint_of

router = Router(tags=["priority"])

PriorityDirection = Literal["outbound", "inbound"]
ReasonName = Literal["perishable", "livestock", "humanitarian", "dangerous", "medical", "guarantee", "other"]
CSV_RESPONSE: dict[str, Any] = {
    "responses": {200: {"description": "A table", "content": {"text/csv": {"schema": {"type": "string"}}}}}
}
COLUMNS = ("at", "kind", "vehicle_class", "reason", "detail", "officer", "slot_starts_at")


class UseOut(Schema):
    """One use, without plate and name; `officer` is a number that stands for the same person every time."""

    at: datetime
    kind: Literal["booking", "ticket"]
    vehicle_class: str
    reason: str
    detail: str
    officer: str
    slot_starts_at: datetime | None


class PriorityOut(Schema):
    """The uses of one local month. `places` and `taken` are those of the priority share in its slots."""

    month: str
    zone: str
    priority_share: float
    places: int
    taken: int
    by_reason: dict[str, int]
    uses: list[UseOut]
    months: list[str]


class PriorityIn(Schema):
    """A booking or ticket by its code; `slot` is an earlier slot, null for the booking's own."""

    code: str = Field(max_length=20)
    reason: ReasonName
    detail: str = Field("", max_length=200)
    slot: Annotated[int, Field(ge=1, lt=2**63)] | None = None


class GrantedOut(Schema):
    code: str
    reason: str
    detail: str
    at: datetime
    slot_starts_at: datetime | None
    officer: str


@router.get("/checkpoints/{code}/{direction}/priority", response=PriorityOut, auth=None)
def show_priority(
    request: HttpRequest, code: str, direction: PriorityDirection, month: str = ""
) -> dict[str, Any]:
    """The uses of priority in a local month such as 2026-05, this one by default: counts, cap, each use."""
    here = _line(code, direction)
    found = queries.priority_month(here, direction, month_asked(month, here.zone, now()))
    return {
        "month": f"{found.first:%Y-%m}",
        "zone": here.zone,
        "priority_share": found.share,
        "places": found.places,
        "taken": found.taken,
        "by_reason": found.by_reason,
        "uses": [{name: getattr(use, name) for name in COLUMNS} for use in found.uses],
        "months": [f"{first:%Y-%m}" for first in queries.priority_months(here, direction)],
    }


@router.get(
    "/checkpoints/{code}/{direction}/priority.csv",
    auth=None,
    summary="Uses of priority as a table",
    openapi_extra=CSV_RESPONSE,
)
def priority_table(
    request: HttpRequest, code: str, direction: PriorityDirection, month: str = ""
) -> HttpResponse:
    """The same uses, a line each."""
    here = _line(code, direction)
    found = queries.priority_month(here, direction, month_asked(month, here.zone, now()))
    out = io.StringIO()
    csv.writer(out).writerows([COLUMNS, *(tuple(_cells(use)) for use in found.uses)])
    return HttpResponse(out.getvalue(), content_type="text/csv; charset=utf-8")


@router.post("/priority", response={201: GrantedOut})
def grant(request: HttpRequest, wish: PriorityIn) -> dict[str, Any]:
    """Put a booking or a ticket before others; for officers and shift leads of its checkpoint."""
    call = call_of(request)

    def answer() -> dict[str, Any]:
        use = commands.grant_priority(
            call.account, wish.code, wish.reason, wish.detail, call.at, slot_id=wish.slot
        )
        return GrantedOut(**_granted(use)).model_dump(mode="json")

    return answer_once(call.account, call.key, "priority.grant", wish.dict(), answer, call.at)


def _line(code: str, direction: str) -> Checkpoint:
    here = checkpoint_of(code)
    direction_document(here, direction)
    return here


def _cells(use: Any) -> Iterator[str]:
    for name in COLUMNS:
        value = getattr(use, name)
        text = value.isoformat() if isinstance(value, datetime) else str(value or "")
        # A spreadsheet takes a cell that begins so for a formula.
        yield f"'{text}" if text[:1] in "=+-@" and text else text


def _granted(use: PriorityUse) -> dict[str, Any]:
    place = use.booking or use.ticket
    assert place is not None
    return {
        "code": place.code,
        "reason": use.reason,
        "detail": use.detail,
        "at": use.at,
        "slot_starts_at": use.booking.slot.starts_at if use.booking else None,
        "officer": officer_number(use.checkpoint_id, use.officer_id),
    }
