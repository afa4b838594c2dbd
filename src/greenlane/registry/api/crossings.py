"""Crossings, their lanes, and the platform's clock over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from greenlane.registry import clock, commands
from greenlane.registry import crossing as described
from greenlane.registry.crossing_document import to_document
from greenlane.registry.models import Checkpoint, Crossing
from greenlane.registry.queries import (
    call_of,
    crossing,
    crossing_document,
    crossings,
    lane_shown,
    lanes_open,
    parks_of,
    stages_of,
)

router = Router(tags=["crossings"])
Names = dict[str, str]


class ClockOut(Schema):
    """The platform's time; in a rehearsal it starts elsewhere and may run faster."""

    now: datetime
    speed: float
    is_wall: bool


class LaneOut(Schema):
    id: int
    code: str
    open: Annotated[bool, Field(description="Whether it is open now.")]


class StageOut(Schema):
    code: str
    kind: str
    names: Names
    position: int
    plan_s: Annotated[int, Field(description="Planned seconds.")]
    lanes: list[LaneOut]


class DirectionOut(Schema):
    code: str
    stages: list[StageOut]
    rules: Annotated[dict[str, Any], Field(description="The booking rules of the crossing's file.")]


class ParkOut(Schema):
    id: int
    code: str
    names: Names
    places: int
    travel_minutes: float
    directions: list[str]


class CheckpointOut(Schema):
    code: str
    side: str
    names: Names
    country: str
    zone: Annotated[str, Field(description="IANA time zone.")]
    latitude: float
    longitude: float
    directions: list[DirectionOut]
    parks: list[ParkOut]


class CrossingOut(Schema):
    code: str
    names: Names
    mode: str
    checkpoints: list[CheckpointOut]


class CheckpointBrief(Schema):
    code: str
    side: str
    names: Names
    country: str
    zone: str
    latitude: float
    longitude: float


class CrossingBrief(Schema):
    code: str
    names: Names
    mode: str
    checkpoints: list[CheckpointBrief]


class LaneChangeIn(Schema):
    """Why a lane is opened or closed."""

    why: Annotated[str, Field(max_length=200)] = ""


class LaneChangeOut(Schema):
    lane: int
    is_open: bool
    at: datetime


@router.get("/clock", auth=None, response=ClockOut, summary="The platform's time")
def platform_clock(request: HttpRequest) -> ClockOut:
    """What "now" is for every command and page."""
    shown = clock.platform_clock()
    return ClockOut(now=shown.now(), speed=shown.speed, is_wall=shown.is_wall)


@router.get("/crossings", auth=None, response=list[CrossingBrief], summary="All crossings")
def list_crossings(request: HttpRequest) -> Any:
    """Crossings with their two checkpoints, by code."""
    return [_brief(each) for each in crossings()]


@router.get("/crossings/{code}", auth=None, response=CrossingOut, summary="One crossing")
def one_crossing(request: HttpRequest, code: str) -> dict[str, Any]:
    """Its checkpoints with their directions, stages, lanes, parks and booking rules."""
    found, document, at = crossing(code), crossing_document(code), clock.now()
    brief = _brief(found)
    brief["checkpoints"] = [
        _checkpoint(each, document.checkpoint(each.side), at) for each in found.checkpoints.all()
    ]
    return brief


@router.get("/crossings/{code}/document", auth=None, response=dict[str, Any], summary="A crossing's figures")
def document_of_crossing(request: HttpRequest, code: str) -> dict[str, Any]:
    """Everything in force that the crossing's file says, each figure with its source."""
    return crossing_document(code).as_document()


@router.post("/lanes/{int:lane_id}/open", response=LaneChangeOut, summary="Open a lane")
def open_lane(request: HttpRequest, lane_id: int, given: LaneChangeIn | None = None) -> dict[str, Any]:
    """For the shift lead; it stands until the next change or the end of the local day."""
    return _change_lane(request, lane_id, True, given)


@router.post("/lanes/{int:lane_id}/close", response=LaneChangeOut, summary="Close a lane")
def close_lane(request: HttpRequest, lane_id: int, given: LaneChangeIn | None = None) -> dict[str, Any]:
    """For the shift lead; it stands until the next change or the end of the local day."""
    return _change_lane(request, lane_id, False, given)


def _change_lane(
    request: HttpRequest, lane_id: int, is_open: bool, given: LaneChangeIn | None
) -> dict[str, Any]:
    call, why = call_of(request), given.why if given else ""

    def do() -> dict[str, Any]:
        commands.change_lane(call.account, lane_shown(lane_id), is_open, why, call.at)
        return {"lane": lane_id, "is_open": is_open, "at": call.at.isoformat()}

    wish = {"lane": lane_id, "is_open": is_open, "why": why}
    return commands.answer_once(call.account, call.key, "change_lane", wish, do, call.at)


def _brief(found: Crossing) -> dict[str, Any]:
    return {
        "code": found.code,
        "names": found.names,
        "mode": found.mode,
        "checkpoints": [_checkpoint_brief(each) for each in found.checkpoints.all()],
    }


def _checkpoint_brief(found: Checkpoint) -> dict[str, Any]:
    fields = ("code", "side", "names", "country", "zone", "latitude", "longitude")
    return {field: getattr(found, field) for field in fields}


def _checkpoint(found: Checkpoint, document: described.Checkpoint, at: datetime) -> dict[str, Any]:
    served = {park.code: list(park.directions or document.directions) for park in document.parks}
    return _checkpoint_brief(found) | {
        "directions": [_direction(found, each, at) for each in document.directions.values()],
        "parks": [
            {
                "id": park.pk,
                "code": park.code,
                "names": park.names,
                "places": park.places,
                "travel_minutes": park.travel_minutes,
                "directions": served[park.code],
            }
            for park in parks_of(found)
        ],
    }


def _direction(checkpoint: Checkpoint, document: described.Direction, at: datetime) -> dict[str, Any]:
    opened = lanes_open(checkpoint, document.code, at)
    return {
        "code": document.code,
        "rules": to_document(document.slots),
        "stages": [
            {
                "code": stage.code,
                "kind": stage.kind,
                "names": stage.names,
                "position": stage.position,
                "plan_s": stage.plan_s,
                "lanes": [
                    {"id": lane.pk, "code": lane.code, "open": lane.code in opened.get(stage.code, [])}
                    for lane in stage.lanes.all()
                ],
            }
            for stage in stages_of(checkpoint, document.code)
        ],
    }
