"""The shift's pages: the live board, lanes, unclear readings, and one truck's timeline."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import wraps
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from greenlane.callup.queries import next_up
from greenlane.errors import GreenlaneError
from greenlane.gate import commands, queries
from greenlane.gate.models import Channel, Event, Point
from greenlane.registry.clock import now
from greenlane.registry.codes import DIRECTIONS
from greenlane.registry.commands import change_lane
from greenlane.registry.models import Account, Checkpoint, Role
from greenlane.registry.queries import (
    checkpoint as checkpoint_of,
)
from greenlane.registry.queries import (
    checkpoint_document,
    checkpoints_of,
    lane_shown,
    may,
    stages_of,
)
from greenlane.standard.queries import headline

SHIFT_ROLES = (Role.SHIFT_LEAD, Role.OFFICER)
View = Callable[..., HttpResponse]


def account_of(request: HttpRequest) -> Account:
    """Who is signed in, on a page that asks for it."""
    account = request.user
    assert isinstance(account, Account)
    return account


def for_the_shift(view: View) -> View:
    """Only for shift leads, officers and administrators of the checkpoint; gives the view the checkpoint."""

    @wraps(view)
    @login_required
    def guarded(
        request: HttpRequest, checkpoint: str, direction: str, *arguments: Any, **named: Any
    ) -> HttpResponse:
        try:
            here = checkpoint_of(checkpoint)
        except GreenlaneError as error:
            raise Http404(str(error)) from error
        if direction not in checkpoint_document(here).directions:
            raise Http404(direction)
        if not may(account_of(request), here, *SHIFT_ROLES):
            raise PermissionDenied
        return view(request, here, direction, *arguments, **named)

    return guarded


@dataclass(frozen=True, slots=True)
class LineShown:
    """A checkpoint and direction that the person serves."""

    checkpoint: Checkpoint
    direction: str
    inside: int


@require_safe
@login_required
def lines(request: HttpRequest) -> HttpResponse:
    """The boards of the person's checkpoints; straight to the board where there is one alone."""
    account = account_of(request)
    shown = [
        LineShown(here, direction, queries.inside_now(here, direction, now()))
        for here in checkpoints_of(account)
        if may(account, here, *SHIFT_ROLES)
        for direction in DIRECTIONS
        if direction in checkpoint_document(here).directions
    ]
    if not shown:
        raise PermissionDenied
    if len(shown) == 1:
        return redirect("gate:shift", checkpoint=shown[0].checkpoint.code, direction=shown[0].direction)
    return render(request, "gate/lines.html", {"lines": shown})


@require_safe
@for_the_shift
def shift(request: HttpRequest, here: Checkpoint, direction: str) -> HttpResponse:
    """The live board; opening it is logged as a look-up of plates."""
    at = now()
    commands.log_look_up(account_of(request), f"board {here.code} {direction}", "shift", at)
    return render(request, "gate/shift.html", _board(request, here, direction, at))


@require_safe
@for_the_shift
def board(request: HttpRequest, here: Checkpoint, direction: str) -> HttpResponse:
    """The board's parts alone, for a page that is open."""
    response = render(request, "gate/board.html", _board(request, here, direction, now()))
    response["Cache-Control"] = "no-store"
    return response


@require_POST
@for_the_shift
def lane(request: HttpRequest, here: Checkpoint, direction: str, lane_id: int) -> HttpResponse:
    """Open or close a lane."""
    opens = request.POST.get("open") == "1"

    def change() -> None:
        found = lane_shown(lane_id)
        change_lane(account_of(request), found, opens, "board", now())

    _tried(request, change)
    return redirect("gate:shift", checkpoint=here.code, direction=direction)


@require_POST
@for_the_shift
def resolve(request: HttpRequest, here: Checkpoint, direction: str, unclear_id: int) -> HttpResponse:
    """Say which truck an unclear reading was."""
    chosen = request.POST.get("truck", "")
    passage_id = int(chosen) if chosen.isdecimal() and len(chosen) < 19 else None
    plate = "" if passage_id is not None else (request.POST.get("plate", "") or chosen.partition(":")[2])

    def decide() -> None:
        commands.resolve_unclear(
            account_of(request),
            unclear_id,
            request.POST.get("why", "").strip() or _("seen on the picture"),
            now(),
            passage_id=passage_id,
            plate=plate.strip()[:64],
        )

    if _tried(request, decide):
        messages.success(request, _("The reading has been put on its truck."))
    return redirect("gate:shift", checkpoint=here.code, direction=direction)


@require_safe
@login_required
def passage(request: HttpRequest, passage_id: int) -> HttpResponse:
    """One truck's timeline; the look-up is logged."""
    try:
        found = queries.passage_shown(passage_id)
    except GreenlaneError as error:
        raise Http404(str(error)) from error
    account = account_of(request)
    if not may(account, found.checkpoint):
        raise PermissionDenied
    commands.log_look_up(account, f"passage {passage_id}", "timeline", now())
    events = [
        {"event": event, "point": Point(event.point).label, "method": Event.Method(event.method).label}
        for event in queries.timeline(passage_id)
    ]
    context = {
        "passage": found,
        "events": events,
        "zone": found.checkpoint.zone,
        "stages": stages_of(found.checkpoint, found.direction),
        "may_correct": may(account, found.checkpoint, Role.OFFICER),
    }
    return render(request, "gate/passage.html", context)


@require_POST
@login_required
def strike(request: HttpRequest, event_id: UUID) -> HttpResponse:
    """Declare that an event did not occur."""
    event = get_object_or_404(Event, pk=event_id)

    def correct() -> None:
        why = request.POST.get("why", "").strip()
        if not why:
            raise GreenlaneError("why", _("Say why the event is wrong."), field="why")
        commands.correct_event(account_of(request), event_id, "did_not_occur", why, now())

    if _tried(request, correct):
        messages.success(request, _("The event has been struck out. Nothing was deleted."))
    return redirect("gate:passage", passage_id=event.passage_id)


def _tried(request: HttpRequest, change: Callable[[], None]) -> bool:
    """Run a change; a refusal is shown on the next page."""
    try:
        change()
    except GreenlaneError as refusal:
        messages.error(request, " ".join(part for part in (refusal.message, refusal.mend) if part))
        return False
    return True


def _board(request: HttpRequest, here: Checkpoint, direction: str, at: datetime) -> dict[str, Any]:
    account = account_of(request)
    state = queries.board_state(here, direction, at)
    local = at.astimezone(ZoneInfo(here.zone))
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    next_hour = local.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return {
        "checkpoint": here,
        "direction": direction,
        "zone": here.zone,
        "state": state,
        "lanes_open": sum(lane.is_open for stage in state.stages for lane in stage.lanes),
        "lanes_all": sum(len(stage.lanes) for stage in state.stages),
        "today": headline(here, direction, midnight, next_hour),
        "next_up": next_up(here, direction, at, most=6),
        "unclear": queries.unclear_of(here, direction, at, most=20),
        "may_lanes": may(account, here, Role.SHIFT_LEAD),
        "may_resolve": may(account, here, Role.OFFICER),
        "channels": dict(Channel.choices),
        "other": next((d for d in checkpoint_document(here).directions if d != direction), ""),
    }
