"""Call-up over HTTP: the list of turns, calls by hand and in mass, recalls, pauses."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import Any

from django.http import HttpRequest
from ninja import Router

from greenlane.callup import commands
from greenlane.callup.api.call_forms import (
    ApproveIn,
    CallDirection,
    CallId,
    CallNowIn,
    CallOut,
    CallPauseOut,
    CallsOut,
    DryRunOut,
    MassCallIn,
    MassCallOut,
    PauseIn,
    RecallAllIn,
    RecalledAllOut,
    RecalledOut,
    RecallIn,
    ResumedOut,
    TurnsOut,
    once,
)
from greenlane.callup.models import Call, CallPause, MassCall
from greenlane.callup.queries.turn_list import TurnList, turn_list
from greenlane.gate.commands import log_look_up
from greenlane.registry.clock import now
from greenlane.registry.models import Role
from greenlane.registry.queries import call_of, caller_of, require
from greenlane.registry.queries import checkpoint as checkpoint_of

router = Router(tags=["call-up"])


@router.get("/checkpoints/{code}/{direction}/turns", response=TurnsOut)
def turns(request: HttpRequest, code: str, direction: CallDirection) -> dict[str, Any]:
    """Who is next, and why the others are not; for shift leads and officers, and each look-up is logged."""
    here, account, at = checkpoint_of(code), caller_of(request).account, now()
    require(account, here, Role.SHIFT_LEAD, Role.OFFICER)
    shown = _turns(turn_list(here, direction, at))
    log_look_up(account, f"turns {here.code}"[:60], "API", at)
    return shown


@router.post("/checkpoints/{code}/{direction}/calls", response=CallsOut)
def call_now(request: HttpRequest, code: str, direction: CallDirection, wish: CallNowIn) -> dict[str, Any]:
    """Call a few trucks by hand, with a reason; more of them need a mass call."""
    call, here = call_of(request), checkpoint_of(code)
    return once(
        call,
        "call_now",
        {"checkpoint": code, "direction": direction, **wish.dict()},
        lambda: CallsOut(
            calls=[
                _call(made)
                for made in commands.call_now(call.account, here, direction, wish.passages, wish.why, call.at)
            ]
        ),
    )


@router.post("/checkpoints/{code}/{direction}/mass-calls", response=DryRunOut)
def ask_mass_call(
    request: HttpRequest, code: str, direction: CallDirection, wish: MassCallIn
) -> dict[str, Any]:
    """Count what a mass call would call. Nobody is called: another shift lead has 10 minutes to approve."""
    call, here = call_of(request), checkpoint_of(code)

    def ask() -> DryRunOut:
        run = commands.ask_mass_call(
            call.account, here, direction, wish.why, call.at, count=wish.count, park=wish.park
        )
        return DryRunOut(
            mass=_mass(run.mass),
            first=[passage.pk for passage in run.first],
            inside=run.inside,
            on_the_way=run.on_the_way,
            then=run.then,
            limit=run.limit,
            minutes=run.minutes,
        )

    return once(call, "ask_mass", {"checkpoint": code, "direction": direction, **wish.dict()}, ask)


@router.post("/mass-calls/{mass_id}/approve", response=MassCallOut)
def approve_mass_call(request: HttpRequest, mass_id: CallId, wish: ApproveIn) -> dict[str, Any]:
    """Agree to another person's mass call; the calls go out at the rate of the rules."""
    call = call_of(request)
    return once(
        call,
        "approve_mass",
        {"mass": mass_id, **wish.dict()},
        lambda: _mass(commands.approve_mass_call(call.account, mass_id, wish.count, call.at)),
    )


@router.post("/mass-calls/{mass_id}/refuse", response=MassCallOut)
def refuse_mass_call(request: HttpRequest, mass_id: CallId) -> dict[str, Any]:
    """Refuse a mass call, withdraw it, or stop one that goes out."""
    call = call_of(request)
    return once(
        call,
        "refuse_mass",
        {"mass": mass_id},
        lambda: _mass(commands.refuse_mass_call(call.account, mass_id, call.at)),
    )


@router.post("/calls/{call_id}/recall", response=RecalledOut)
def recall(request: HttpRequest, call_id: CallId, wish: RecallIn) -> dict[str, Any]:
    """Take one call back; the truck waits for its turn again."""
    call = call_of(request)

    def take_back() -> RecalledOut:
        back = commands.recall(call_id, call.account, wish.why, call.at)
        return RecalledOut(call=back.pk, recalled_at=back.recalled_at, why=back.recalled_why)

    return once(call, "recall", {"call": call_id, **wish.dict()}, take_back)


@router.post("/checkpoints/{code}/{direction}/recall", response=RecalledAllOut)
def recall_all(
    request: HttpRequest, code: str, direction: CallDirection, wish: RecallAllIn
) -> dict[str, Any]:
    """Take back every call whose truck has not entered, tell all of them, and pause call-up."""
    call, here = call_of(request), checkpoint_of(code)

    def take_back() -> RecalledAllOut:
        back = commands.recall_all(
            call.account,
            here,
            direction,
            wish.why,
            call.at,
            since=wish.since,
            mass=wish.mass,
            pause=timedelta(minutes=wish.pause_minutes),
        )
        return RecalledAllOut(recalled=len(back))

    asked = {"checkpoint": code, "direction": direction, **wish.model_dump(mode="json")}
    return once(call, "recall_all", asked, take_back)


@router.post("/checkpoints/{code}/{direction}/pause", response=CallPauseOut)
def pause_calls(request: HttpRequest, code: str, direction: CallDirection, wish: PauseIn) -> dict[str, Any]:
    """Call nobody for a while; trucks that are called go on."""
    call, here = call_of(request), checkpoint_of(code)
    span = timedelta(minutes=wish.minutes)
    return once(
        call,
        "pause_calls",
        {"checkpoint": code, "direction": direction, **wish.dict()},
        lambda: _pause(commands.pause_calls(call.account, here, direction, wish.why, call.at, span)),
    )


@router.post("/checkpoints/{code}/{direction}/resume", response=ResumedOut)
def resume_calls(request: HttpRequest, code: str, direction: CallDirection) -> dict[str, Any]:
    """End the pause of call-up."""
    call, here = call_of(request), checkpoint_of(code)
    return once(
        call,
        "resume_calls",
        {"checkpoint": code, "direction": direction},
        lambda: ResumedOut(ended=commands.resume_calls(call.account, here, direction, call.at)),
    )


def _turns(shown: TurnList) -> dict[str, Any]:
    queue = shown.queue
    return {
        "policy": queue.policy,
        "fallback": queue.fallback,
        "room": queue.room,
        "inside": queue.inside,
        "on_the_way": queue.on_the_way,
        "calls_left_this_minute": queue.rate_left,
        "pause": _pause(queue.pause) if queue.pause is not None else None,
        "turns": [asdict(turn) for turn in shown.turns],
        "called": [asdict(call) for call in shown.called],
        "mass_calls": [_mass(mass) for mass in shown.mass_calls],
        "drives": [
            {
                "park": one.park,
                "usual_minutes": one.drive.usual / timedelta(minutes=1),
                "long_minutes": one.drive.long / timedelta(minutes=1),
                "measured": one.drive.measured,
            }
            for one in shown.drives
        ],
    }


def _call(made: Call) -> CallOut:
    return CallOut(call=made.pk, passage=made.passage_id, called_at=made.called_at, gate_by=made.gate_by)


def _mass(mass: MassCall) -> MassCallOut:
    return MassCallOut(
        id=mass.pk,
        count=mass.count,
        why=mass.why,
        state=mass.state,
        asked_at=mass.asked_at,
        good_until=mass.good_until,
        decided_at=mass.decided_at,
    )


def _pause(pause: CallPause) -> CallPauseOut:
    return CallPauseOut(starts_at=pause.starts_at, ends_at=pause.ends_at, why=pause.why)
