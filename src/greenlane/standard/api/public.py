"""The public board and the figures behind it, for everyone, without sign-in."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema
from pydantic import Field, TypeAdapter

from greenlane.registry.clock import now
from greenlane.registry.models import Checkpoint
from greenlane.registry.queries import checkpoint as checkpoint_of
from greenlane.standard import queries
from greenlane.standard.api.cacheable import cacheable
from greenlane.standard.api.schemas import (
    BoardOut,
    BreachesOut,
    BreachOut,
    CbpPort,
    ClockFigures,
    FiguresOut,
    StudyOut,
)
from greenlane.standard.api.shapes import board_out, revision_out
from greenlane.standard.cbp_feed import cbp_feed
from greenlane.standard.periods import Period
from greenlane.standard.queries import Chosen, exports
from greenlane.standard.release_study import csv_rows
from greenlane.standard.summary import as_row

router = Router(tags=["public"])

CSV = "text/csv; charset=utf-8"
CSV_RESPONSE: dict[str, Any] = {
    "responses": {200: {"description": "A table", "content": {"text/csv": {"schema": {"type": "string"}}}}}
}
LIVE, STEADY = 2, 60
"""Seconds for which any cache may keep what changes with every truck, and figures of a period."""


class PeriodIn(Schema):
    """The period: local dates, or times; seven days up to today when left out."""

    start: Annotated[
        str | None,
        Field(alias="from", description="Local date such as 2026-11-24, or a time.", max_length=40),
    ] = None
    end: Annotated[str | None, Field(alias="to", description="The last day, or a time.", max_length=40)] = (
        None
    )

    def of(self, checkpoint: Checkpoint, at: datetime) -> Period:
        """As instants."""
        return queries.asked_period(self.start, self.end, checkpoint.zone, at)


class FiguresIn(PeriodIn):
    clock: Annotated[
        str,
        Field(description="access, early_wait, outside, inside, touch, idle, two_sided, or stage:CODE."),
    ] = "inside"
    by: Annotated[str, Field(description=f"One of {', '.join(queries.BY)}.")] = "all"
    channel: Annotated[str, Field(description="green, amber or red; all when empty.")] = ""
    vehicle_class: Annotated[str, Field(alias="class", description="Code of a class; all when empty.")] = ""
    exact: Annotated[bool, Field(description="Quantiles from every passage.")] = False


@router.get("/public/board", auth=None, response=BoardOut, summary="The public board")
def board(request: HttpRequest) -> HttpResponse:
    """Waits now, the share within the standard today and this month, the next free slot: everywhere."""

    def make() -> bytes:
        at = now()
        return board_out(queries.board(at), at).model_dump_json().encode()

    return cacheable(request, LIVE, make)


@router.get("/public/board.csv", auth=None, summary="The public board as a table", openapi_extra=CSV_RESPONSE)
def board_table(request: HttpRequest) -> HttpResponse:
    """A line for each checkpoint and direction; what is not known is empty."""

    def make() -> bytes:
        at = now()
        return exports.board_csv(queries.board(at), at).encode()

    return cacheable(request, LIVE, make, CSV)


@router.get(
    "/public/checkpoints/{code}/{direction}/figures",
    auth=None,
    response=FiguresOut,
    summary="One clock over a period",
)
def figures(request: HttpRequest, code: str, direction: str, asked: Query[FiguresIn]) -> HttpResponse:
    """Share within the standard with interval and bounds, quantiles, match rate and verdict, by group.

    From hourly roll-ups: shares, means and verdicts are exact, quantiles within 3.3 %. Ask with `exact=true`
    for quantiles from every passage.
    """

    def make() -> bytes:
        at, checkpoint, chosen = (
            now(),
            _place(code, direction),
            Chosen(asked.clock, asked.channel, asked.vehicle_class),
        )
        period = asked.of(checkpoint, at)
        counted = queries.exact_figures if asked.exact else queries.figures
        groups = counted(checkpoint, direction, period, chosen, asked.by)
        promise = queries.promise_of(checkpoint)
        return (
            FiguresOut(
                checkpoint=code,
                direction=direction,
                clock=asked.clock,
                by=asked.by,
                start=period.start,
                end=period.end,
                limit_s=promise.limit_s(asked.clock),
                promised=promise.quantile,
                relative_error=max((each.relative_error for each in groups.values()), default=0.0),
                groups=[ClockFigures(label=label, figures=as_row(each)) for label, each in groups.items()],
                revisions=[
                    revision_out(each, checkpoint.zone, at)
                    for each in queries.latest_revisions(checkpoint, direction, period)
                ],
            )
            .model_dump_json()
            .encode()
        )

    return cacheable(request, STEADY, make)


@router.get(
    "/public/checkpoints/{code}/{direction}/breaches",
    auth=None,
    response=BreachesOut,
    summary="What broke the standard",
)
def breaches(request: HttpRequest, code: str, direction: str, asked: Query[PeriodIn]) -> HttpResponse:
    """Breaches by the stage that took the most over its plan, and the latest hundred; plates are masked."""

    def make() -> bytes:
        checkpoint = _place(code, direction)
        period = asked.of(checkpoint, now())
        latest = queries.breaches(checkpoint, direction, period)
        return (
            BreachesOut(
                checkpoint=code,
                direction=direction,
                start=period.start,
                end=period.end,
                causes=queries.breach_causes(checkpoint, direction, period),
                latest=[BreachOut.from_orm(each) for each in latest],
            )
            .model_dump_json()
            .encode()
        )

    return cacheable(request, STEADY, make)


@router.get(
    "/public/checkpoints/{code}/{direction}/waits.csv",
    auth=None,
    summary="Current waits as a table",
    openapi_extra=CSV_RESPONSE,
)
def waits(request: HttpRequest, code: str, direction: str) -> HttpResponse:
    """The waits outside and inside as open data: when, how and from how many trucks each was measured."""

    def make() -> bytes:
        return exports.waits_csv(_place(code, direction), direction, now()).encode()

    return cacheable(request, LIVE, make, CSV)


@router.get(
    "/public/waits/cbp.json", auth=None, response=list[CbpPort], summary="Waits in the shape of the CBP feed"
)
def cbp(request: HttpRequest) -> HttpResponse:
    """Every checkpoint and direction as a port, so that readers of that feed can read this one."""
    ports = TypeAdapter(list[CbpPort])
    return cacheable(
        request, LIVE, lambda: ports.dump_json(ports.validate_python(cbp_feed(queries.cbp_ports(now()))))
    )


@router.get(
    "/public/checkpoints/{code}/{direction}/release-study.json",
    auth=None,
    response=StudyOut,
    summary="Time release study",
)
def study(request: HttpRequest, code: str, direction: str, asked: Query[PeriodIn]) -> HttpResponse:
    """Each activity's time by channel, papers before arrival, class and hour, as the WCO's guide asks."""

    def make() -> bytes:
        at, checkpoint = now(), _place(code, direction)
        period = asked.of(checkpoint, at)
        found = queries.study(checkpoint, direction, period, at)
        return json.dumps(
            {
                "checkpoint": code,
                "direction": direction,
                "start": period.start.isoformat(),
                "end": period.end.isoformat(),
                "trucks": found.trucks,
                "outlier_rule": found.outlier_rule,
                "rows": list(csv_rows(found)),
            }
        ).encode()

    return cacheable(request, STEADY, make)


@router.get(
    "/public/checkpoints/{code}/{direction}/release-study.csv",
    auth=None,
    summary="Time release study as a table",
    openapi_extra=CSV_RESPONSE,
)
def study_table(request: HttpRequest, code: str, direction: str, asked: Query[PeriodIn]) -> HttpResponse:
    """The same as a table."""

    def make() -> bytes:
        at, checkpoint = now(), _place(code, direction)
        return exports.study_csv(checkpoint, direction, asked.of(checkpoint, at), at).encode()

    return cacheable(request, STEADY, make, CSV)


def _place(code: str, direction: str) -> Checkpoint:
    checkpoint = checkpoint_of(code)
    queries.check_direction(checkpoint, direction)
    return checkpoint
