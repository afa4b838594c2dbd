"""Plans over HTTP: the published roster for everyone, proposed times for staff and holders of bookings."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from greenlane.planning import plan_commands
from greenlane.planning.models import ProposedTime
from greenlane.planning.queries import plans
from greenlane.registry.clock import now
from greenlane.registry.commands import answer_once
from greenlane.registry.models import Checkpoint, Role
from greenlane.registry.queries import (
    call_of,
    caller_of,
    checkpoint,
    checkpoint_document,
    direction_document,
    require,
)

router = Router(tags=["planning"])
DirectionName = Literal["outbound", "inbound"]


class SpanOut(Schema):
    opens_at: datetime
    closes_at: datetime


class PlannedLaneOut(Schema):
    stage: str
    lane: str
    open: list[SpanOut] = Field(description="Times for which the lane is planned to be open; none: closed.")


class RosterOut(Schema):
    """The roster that was published for a local day."""

    checkpoint: str
    direction: str
    day: date
    zone: str
    plan: int | None = Field(description="Number of the accepted plan; null where none is in force.")
    published_at: datetime | None
    lanes: list[PlannedLaneOut] = Field(
        description="Empty where no plan is in force: lanes are as described."
    )


class ProposedTimeOut(Schema):
    booking: str
    was: datetime = Field(description="Start of the slot that the truck has.")
    proposed: datetime | None = Field(description="Start of the slot proposed; null: no room left that day.")
    answer: str


class RateIn(Schema):
    per_hour: Annotated[float, Field(ge=0, le=10_000, description="Trucks an hour that are taken now.")]


@router.get(
    "/checkpoints/{code}/{direction}/roster", response=RosterOut, auth=None, summary="The published roster"
)
def roster(
    request: HttpRequest,
    code: str,
    direction: DirectionName,
    day: Annotated[date | None, Query(description="Local date; today when left out.")] = None,
) -> dict[str, Any]:
    """Which lanes are planned to be open on a local day, for everyone; without any person's data."""
    here = _line(code, direction)
    wanted = day or checkpoint_document(here).local(now()).date()
    found = plans.roster_in_force(here, direction, wanted)
    return {
        "checkpoint": here.code,
        "direction": direction,
        "day": wanted,
        "zone": here.zone,
        "plan": found.plan if found else None,
        "published_at": found.published_at if found else None,
        "lanes": [
            {
                "stage": lane.stage,
                "lane": lane.lane,
                "open": [{"opens_at": span.opens_at, "closes_at": span.closes_at} for span in lane.spans],
            }
            for lane in (found.lanes if found else ())
        ],
    }


@router.get("/checkpoints/{code}/{direction}/proposed-times", response=list[ProposedTimeOut])
def proposed_times(request: HttpRequest, code: str, direction: DirectionName) -> list[dict[str, Any]]:
    """New times that wait for an answer, in order of the slots that the trucks have; staff alone."""
    here = _line(code, direction)
    require(caller_of(request).account, here)
    return [_proposed(each) for each in plans.open_proposals(here, direction)]


@router.post("/checkpoints/{code}/{direction}/proposed-times", response=list[ProposedTimeOut])
def propose(request: HttpRequest, code: str, direction: DirectionName, body: RateIn) -> list[dict[str, Any]]:
    """Throttle today's slots still to come, and propose new times to those booked beyond.

    For planners and shift leads.
    """
    call, here = call_of(request), _line(code, direction)
    require(call.account, here, Role.PLANNER, Role.SHIFT_LEAD)

    def do() -> dict[str, Any]:
        made = plan_commands.propose_new_times(call.account, here, direction, call.at, body.per_hour)
        return {"proposed": [_proposed(each) for each in made]}

    asked = {"checkpoint": code, "direction": direction, **body.dict()}
    found: list[dict[str, Any]] = answer_once(call.account, call.key, "propose-times", asked, do)["proposed"]
    return found


@router.post("/bookings/{code}/proposed-time", response=ProposedTimeOut)
def answer(request: HttpRequest, code: str, accept: bool = True) -> dict[str, Any]:
    """Take the new time proposed for one's booking, or keep the old one (`accept=false`)."""
    call = call_of(request)

    def do() -> dict[str, Any]:
        decide = plan_commands.accept_time if accept else plan_commands.decline_time
        booking = decide(call.account, code, call.at)
        found = booking.proposed_times.select_related("was", "slot").latest("answered_at", "pk")
        return _proposed(found)

    result: dict[str, Any] = answer_once(
        call.account, call.key, "proposed-time", {"booking": code, "accept": accept}, do
    )
    return result


def _line(code: str, direction: str) -> Checkpoint:
    here = checkpoint(code)
    direction_document(here, direction)
    return here


def _proposed(each: ProposedTime) -> dict[str, Any]:
    return {
        "booking": each.booking.code,
        "was": each.was.starts_at.isoformat(),
        "proposed": each.slot.starts_at.isoformat() if each.slot else None,
        "answer": each.answer,
    }
