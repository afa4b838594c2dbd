"""Rests and papers over HTTP: what keeps a truck from being called."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import AwareDatetime, Field

from greenlane.callup import commands
from greenlane.callup.api.call_forms import CallId, Why, once
from greenlane.callup.models import Hindrance
from greenlane.callup.rest import Tachograph
from greenlane.registry.queries import call_of

router = Router(tags=["call-up"])

RestKind = Literal["break", "second_break", "daily", "daily_reduced", "weekly", "weekly_reduced"]
DayHours = Annotated[float, Field(ge=0, le=24)]


class RestIn(Schema):
    """A rest of the driver: from now without a start, and as long as the law asks without an end."""

    kind: RestKind
    starts_at: AwareDatetime | None = None
    ends_at: AwareDatetime | None = None


class DrivingIn(Schema):
    """The driver's day, told or from a tachograph; hours, and aware times."""

    driven_hours: DayHours = Field(description="Since the last break of 45 minutes.")
    driven_today_hours: DayHours
    day_began: AwareDatetime = Field(description="When the last daily or weekly rest ended.")
    week_began: AwareDatetime | None = None
    standing_since: AwareDatetime | None = None
    break_begun: bool = False
    long_days_left: Annotated[int, Field(ge=0, le=2)] = 0
    reduced_left: Annotated[int, Field(ge=0, le=3)] = 0
    owes_whole_week: bool = False
    is_team: bool = False


class HindranceOut(Schema):
    id: int
    kind: str
    what: str
    starts_at: datetime
    ends_at: datetime | None
    lifted_at: datetime | None


class DrivingOut(Schema):
    """Whether the drive through the checkpoint fits now, the earliest lawful departure, and the law."""

    fits: bool
    departs_at: datetime
    article: str
    hindrance: HindranceOut | None


class PapersIn(Schema):
    """Of which truck: by its booking's or ticket's code, or its passage in the list of turns."""

    code: Annotated[str, Field(max_length=20)] = ""
    passage: CallId | None = None
    what: Why


@router.post("/rests/{code}", response=HindranceOut)
def tell_rest(request: HttpRequest, code: str, rest: RestIn) -> dict[str, Any]:
    """Tell a rest of the driver of a booking or ticket: nobody is called into it, and the place is kept."""
    call = call_of(request)
    return once(
        call,
        "rest",
        {"code": code, **rest.model_dump(mode="json")},
        lambda: _hindrance(
            commands.tell_rest(
                call.account, code, rest.kind, call.at, starts_at=rest.starts_at, ends_at=rest.ends_at
            )
        ),
    )


@router.post("/driving/{code}", response=DrivingOut)
def tell_driving(request: HttpRequest, code: str, day: DrivingIn) -> dict[str, Any]:
    """Tell the driver's day, or let a tachograph tell it: the rest that the law asks for is noted."""
    call = call_of(request)

    def tell() -> DrivingOut:
        told = commands.tell_driving(call.account, code, _tachograph(day), call.at)
        rest = told.verdict.rest
        return DrivingOut(
            fits=told.verdict.fits,
            departs_at=told.verdict.departs_at,
            article=rest.article if rest is not None else "",
            hindrance=_hindrance(told.hindrance) if told.hindrance is not None else None,
        )

    return once(call, "driving", {"code": code, **day.model_dump(mode="json")}, tell)


@router.post("/papers", response=HindranceOut)
def tell_missing(request: HttpRequest, papers: PapersIn) -> dict[str, Any]:
    """Say that a truck's papers are not ready: it is not called until that is lifted."""
    call = call_of(request)
    return once(
        call,
        "papers",
        papers.dict(),
        lambda: _hindrance(
            commands.tell_missing(
                call.account, papers.what, call.at, code=papers.code, passage=papers.passage
            )
        ),
    )


@router.post("/hindrances/{hindrance_id}/lift", response=HindranceOut)
def lift(request: HttpRequest, hindrance_id: CallId) -> dict[str, Any]:
    """The papers are ready, or the driver is."""
    call = call_of(request)
    return once(
        call,
        "lift",
        {"hindrance": hindrance_id},
        lambda: _hindrance(commands.lift(call.account, hindrance_id, call.at)),
    )


def _hindrance(row: Hindrance) -> HindranceOut:
    return HindranceOut(
        id=row.pk,
        kind=row.kind,
        what=row.what,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        lifted_at=row.lifted_at,
    )


def _tachograph(day: DrivingIn) -> Tachograph:
    return Tachograph(
        driven=timedelta(hours=day.driven_hours),
        driven_today=timedelta(hours=day.driven_today_hours),
        day_began=day.day_began,
        week_began=day.week_began,
        standing_since=day.standing_since,
        break_begun=day.break_begun,
        long_days_left=day.long_days_left,
        reduced_left=day.reduced_left,
        owes_whole_week=day.owes_whole_week,
        is_team=day.is_team,
    )
