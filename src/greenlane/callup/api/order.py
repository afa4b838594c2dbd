"""The order log over HTTP, for everyone: its state and roots, its lines as a file, one's own place in it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest, StreamingHttpResponse
from ninja import Query, Router, Schema
from pydantic import Field

from greenlane.callup.models import OrderRoot
from greenlane.callup.queries.order import log_lines, log_state, roots_of, span_of, span_of_day
from greenlane.callup.queries.order_place import followed
from greenlane.gate.queries import all_public_keys
from greenlane.registry.clock import now
from greenlane.registry.models import Checkpoint
from greenlane.registry.queries import checkpoint as checkpoint_of

router = Router(tags=["order log"])

OrderDirection = Literal["outbound", "inbound"]
JSON_LINES = "application/x-ndjson; charset=utf-8"
LOG_FILE: dict[str, Any] = {
    "responses": {
        200: {
            "description": "A header, then entries with their hashes and signed roots, a line each",
            "content": {"application/x-ndjson": {"schema": {"type": "string"}}},
        }
    }
}


class OrderRootOut(Schema):
    """A signed root: the log reached `last_seq`, with that hash, when the day was over."""

    day: date
    first_seq: int
    last_seq: int
    head: str
    token: str = Field(description="The signature over it: a JSON Web Signature (Ed25519).")
    signed_at: datetime


class OrderLogOut(Schema):
    """How far the log reaches; entries that wait have happened, and are sealed within seconds."""

    checkpoint: str
    direction: str
    zone: str
    last_seq: int
    head: str
    last_at: datetime | None
    unsealed: int
    unsealed_since: datetime | None
    roots: list[OrderRootOut]


class OrderKeysOut(Schema):
    """Every key that ever signed a root, as JSON Web Keys with their PEM beside."""

    keys: list[dict[str, str]]


class MomentOut(Schema):
    """What happened to the place itself, or, where `kind` is empty, to how many are before it."""

    seq: int
    at: datetime
    kind: str
    before: int | None


class WentOut(Schema):
    """Another truck that was called meanwhile, and why first."""

    seq: int
    at: datetime
    truck: str
    turn: str
    why: str


class OwnPlaceOut(Schema):
    """One place in the order over time, as the log tells it."""

    code: str
    checkpoint: str
    direction: str
    subject: str = Field(description="The masked id under which the log has it.")
    sealed_to: int
    moments: list[MomentOut]
    went: list[WentOut]


@router.get("/public/order/keys", response=OrderKeysOut, auth=None)
def order_keys(request: HttpRequest) -> dict[str, Any]:
    """The public keys with which anyone can check the roots, retired ones too."""
    return {"keys": all_public_keys()}


@router.get("/public/order/places/{code}", response=OwnPlaceOut, auth=None)
def order_place(request: HttpRequest, code: str) -> dict[str, Any]:
    """The place of a booking, a ticket or a number on the list over time, for whoever has its code."""
    found = followed(code, now())
    return {
        "code": found.code,
        "checkpoint": found.checkpoint.code,
        "direction": found.direction,
        "subject": found.way.subject,
        "sealed_to": found.sealed_to,
        "moments": found.way.moments,
        "went": found.way.went,
    }


@router.get("/public/order/{code}/{direction}", response=OrderLogOut, auth=None)
def order_log(request: HttpRequest, code: str, direction: OrderDirection) -> dict[str, Any]:
    """How far the log of a checkpoint and direction reaches, and its signed roots, the latest first."""
    here = checkpoint_of(code)
    state = log_state(here, direction)
    return {
        "checkpoint": here.code,
        "direction": direction,
        "zone": here.zone,
        "last_seq": state.last_seq,
        "head": state.head,
        "last_at": state.last_at,
        "unsealed": state.unsealed,
        "unsealed_since": state.unsealed_since,
        "roots": [_root(root) for root in roots_of(here, direction)],
    }


@router.get("/public/order/{code}/{direction}/log", auth=None, openapi_extra=LOG_FILE)
def order_lines(
    request: HttpRequest,
    code: str,
    direction: OrderDirection,
    first: Annotated[int | None, Query(alias="from", ge=1, lt=2**53)] = None,
    last: Annotated[int | None, Query(alias="to", ge=1, lt=2**53)] = None,
    day: date | None = None,
) -> StreamingHttpResponse:
    """The log as JSON Lines: from one number to another, of a local day, or everything."""
    return log_response(checkpoint_of(code), direction, first, last, day)


def log_response(
    here: Checkpoint, direction: str, first: int | None, last: int | None, day: date | None
) -> StreamingHttpResponse:
    """The log as a download."""
    span = span_of(here, direction, first, last) if day is None else span_of_day(here, direction, day)
    name = f"order-{here.code}-{direction}-{day.isoformat() if day else f'{span.first}-{span.last}'}.jsonl"

    def lines() -> Iterator[str]:
        for line in log_lines(here, direction, span):
            yield line + "\n"

    return StreamingHttpResponse(
        lines(),
        content_type=JSON_LINES,
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Access-Control-Allow-Origin": "*",
            "Cache-Control": "no-store" if day is None else "public, max-age=3600",
        },
    )


def _root(root: OrderRoot) -> dict[str, Any]:
    return {name: getattr(root, name) for name in OrderRootOut.model_fields}
