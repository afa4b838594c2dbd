"""The gate over HTTP: passes, passages, unclear readings, corrections, channels, devices, the live state."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Body, Query, Router
from pydantic import AwareDatetime, Field

from greenlane.booking.queries import booking_of
from greenlane.callup.queries import next_up
from greenlane.errors import GreenlaneError
from greenlane.gate import commands, queries
from greenlane.gate.api_auth import AnyToken, OfficerSession
from greenlane.gate.commands.channels import MOST_DECISIONS, Wish
from greenlane.gate.models import Device, Passage
from greenlane.gate.passes import qr_svg
from greenlane.gate.schemas import (
    ChannelIn,
    ChannelsOut,
    CorrectedOut,
    CorrectIn,
    DeviceIn,
    DeviceOut,
    DeviceToken,
    DirectionName,
    Id,
    KeysOut,
    LiveBoardOut,
    PassageOut,
    PassagesOut,
    PassageWithEvents,
    PassOut,
    ResolvedOut,
    ResolveIn,
    UnclearOut,
)
from greenlane.registry.clock import now
from greenlane.registry.commands import answer_once
from greenlane.registry.fact_time import SCOPE as BACKFILL
from greenlane.registry.models import Account, Checkpoint, Role
from greenlane.registry.queries import Caller, call_of, caller_of, checkpoint, require

router = Router(tags=["gate"])

LONGEST_SPAN = timedelta(days=31)
BACKDATED = timedelta(minutes=15)
"""An officer's decision may be told so much later than it was made, without the right to enter past facts."""
From = Annotated[AwareDatetime, Query(alias="from")]
To = Annotated[AwareDatetime, Query(alias="to")]


@router.get("/bookings/{code}/pass", response=PassOut)
def booking_pass(request: HttpRequest, code: str) -> Any:
    """The signed pass of one's own confirmed booking."""
    return asdict(commands.issue_pass(booking_of(caller_of(request).account, code), now()))


@router.get("/bookings/{code}/pass.svg", response={200: None}, include_in_schema=True)
def booking_pass_svg(request: HttpRequest, code: str) -> HttpResponse:
    """The pass as a QR code (SVG)."""
    issued = commands.issue_pass(booking_of(caller_of(request).account, code), now())
    return HttpResponse(
        qr_svg(issued.token), content_type="image/svg+xml", headers={"Cache-Control": "no-store"}
    )


@router.get("/public/keys", response=KeysOut, auth=None)
def keys(request: HttpRequest) -> dict[str, Any]:
    """The public keys with which a gate checks passes offline."""
    return {"keys": queries.public_keys(now())}


@router.get("/checkpoints/{code}/{direction}/passages", response=PassagesOut)
def passages(
    request: HttpRequest,
    code: str,
    direction: DirectionName,
    start: From,
    end: To,
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
    page_size: Annotated[int, Query(ge=1, le=500)] = 100,
) -> dict[str, Any]:
    """Passages first seen in [from, to), at most 31 days; staff alone, and each look-up is logged."""
    here = _served(request, code)
    _span(start, end)
    found = queries.passages_of(here, direction, start, end)
    first = (page - 1) * page_size
    _look_up(request, f"passages {code} {direction}")
    return {
        "count": found.count(),
        "passages": [_passage(passage, here.code) for passage in found[first : first + page_size]],
    }


@router.get("/passages/{passage_id}", response=PassageWithEvents)
def passage(request: HttpRequest, passage_id: Id) -> dict[str, Any]:
    """One passage with every event of its timeline; staff alone, and the look-up is logged."""
    found = queries.passage_shown(passage_id)
    require(caller_of(request).account, found.checkpoint)
    _look_up(request, f"passage {passage_id}")
    events = [asdict(event) for event in queries.timeline(passage_id)]
    return {**_passage(found, found.checkpoint.code), "events": events}


@router.get("/checkpoints/{code}/{direction}/unclear", response=list[UnclearOut])
def unclear(request: HttpRequest, code: str, direction: DirectionName) -> list[dict[str, Any]]:
    """Readings of the last three days that wait for an officer, the newest first."""
    here = _served(request, code, Role.OFFICER, Role.SHIFT_LEAD)
    _look_up(request, f"unclear {code} {direction}")
    return queries.unclear_of(here, direction, now())


@router.post("/unclear/{unclear_id}/resolve", response=ResolvedOut)
def resolve(request: HttpRequest, unclear_id: Id, body: ResolveIn) -> dict[str, Any]:
    """Say which truck an unclear reading was."""
    call = call_of(request)

    def do() -> dict[str, Any]:
        return {
            "passage": commands.resolve_unclear(
                call.account,
                unclear_id,
                body.why,
                now(),
                passage_id=body.passage,
                plate=body.plate,
                country=body.country,
            )
        }

    return answer_once(call.account, call.key, "resolve", {"unclear": unclear_id, **body.dict()}, do)


@router.post("/events/{event_id}/correct", response=CorrectedOut)
def correct(request: HttpRequest, event_id: UUID, body: CorrectIn) -> dict[str, Any]:
    """Declare an event wrong by a new event; nothing is overwritten."""
    call = call_of(request)

    def do() -> dict[str, Any]:
        changed = commands.correct_event(
            call.account,
            event_id,
            body.reason,
            body.why,
            now(),
            event_time=body.event_time,
            plate=body.plate,
            country=body.country,
        )
        return {"passages": sorted(changed)}

    return answer_once(call.account, call.key, "correct", {"event": event_id, **body.dict()}, do)


@router.post("/channels", response=ChannelsOut, auth=[AnyToken(), OfficerSession()])
def channels(
    request: HttpRequest,
    body: Annotated[
        ChannelIn | Annotated[list[ChannelIn], Field(min_length=1, max_length=MOST_DECISIONS)], Body(...)
    ],
) -> dict[str, Any]:
    """Risk channels, decided from the papers; one or a list, by an officer or a device of the checkpoint.

    A decision holds for a passage only when it was made before the truck entered. Those that cannot be kept
    are named, and the others stand.
    """
    wishes = body if isinstance(body, list) else [body]
    at = now()
    rejected: list[dict[str, Any]] = []
    groups: dict[tuple[str, str], list[int]] = {}
    for index, wish in enumerate(wishes):
        groups.setdefault((wish.checkpoint, wish.direction), []).append(index)
    for (code, direction), indexes in groups.items():
        try:
            here = checkpoint(code)
            account, device = _decider(request, here, direction)
            if account is not None:
                _not_backdated(request, [wishes[index] for index in indexes], at)
        except GreenlaneError as error:
            rejected += [{"index": index, **error.as_dict()} for index in indexes]
            continue
        refused = commands.decide_channels(
            here,
            direction,
            [
                Wish(w.channel, w.booking, w.plate, w.pre_arrival, w.decided_at)
                for w in (wishes[index] for index in indexes)
            ],
            at,
            account=account,
            device=device,
        )
        rejected += [{"index": indexes[one.index], **one.error.as_dict()} for one in refused]
    if not isinstance(body, list) and rejected:
        (only,) = rejected
        raise GreenlaneError(
            only["code"], only["message"], field=only["field"], mend=only["mend"], status=422
        )
    rejected.sort(key=lambda one: one["index"])
    return {"accepted": len(wishes) - len(rejected), "rejected": rejected}


@router.get("/checkpoints/{code}/epcis")
def epcis(
    request: HttpRequest, code: str, start: From, end: To, direction: DirectionName | None = None
) -> dict[str, Any]:
    """Events in [from, to), at most 31 days, as an EPCIS 2.0 document; vehicles by pseudonym."""
    here = _served(request, code)
    _span(start, end)
    base = request.build_absolute_uri("/")
    return queries.epcis_document(here, start, end, base=base, at=now(), direction=direction or "")


@router.get("/board/{code}/{direction}", response=LiveBoardOut)
def board(request: HttpRequest, code: str, direction: DirectionName) -> dict[str, Any]:
    """The live state of a checkpoint and direction, for its staff; the look-up is logged."""
    here, at = _served(request, code), now()
    state = queries.board_state(here, direction, at)
    _look_up(request, f"board {code} {direction}")
    return {
        "board": asdict(state),
        "next_up": [asdict(truck) for truck in next_up(here, direction, at)],
        "unclear": queries.unclear_of(here, direction, at),
    }


@router.get("/checkpoints/{code}/devices", response=list[DeviceOut])
def devices(request: HttpRequest, code: str) -> list[Device]:
    """The devices of a checkpoint, for its administrators."""
    return list(queries.devices_of(_served(request, code, Role.ADMINISTRATOR)))


@router.post("/checkpoints/{code}/devices", response=DeviceToken)
def register(request: HttpRequest, code: str, body: DeviceIn) -> dict[str, str]:
    """Enter a device; its token is shown this once."""
    here = _served(request, code, Role.ADMINISTRATOR)
    token = commands.register_device(here, body.direction, body.name, body.kind, body.points, now())
    return {"token": token}


@router.post("/devices/{device_id}/renew", response=DeviceToken)
def renew(request: HttpRequest, device_id: Id) -> dict[str, str]:
    """A new token for a device; the old one is good no more."""
    return {"token": commands.renew_token(_device(request, device_id))}


@router.post("/devices/{device_id}/disable", response=DeviceOut)
def disable(request: HttpRequest, device_id: Id) -> Device:
    """Obey a device's token no more; a renewed token is obeyed again."""
    device = _device(request, device_id)
    commands.set_enabled(device, False)
    device.enabled = False
    return device


def _served(request: HttpRequest, code: str, *roles: str) -> Checkpoint:
    """The checkpoint, if the caller works there in one of the roles (in any, when none is named)."""
    here = checkpoint(code)
    require(caller_of(request).account, here, *roles)
    return here


def _device(request: HttpRequest, device_id: int) -> Device:
    device = Device.objects.select_related("checkpoint").filter(pk=device_id).first()
    if device is None:
        raise GreenlaneError("device_unknown", "There is no such device.", field="device", status=404)
    require(caller_of(request).account, device.checkpoint, Role.ADMINISTRATOR)
    return device


def _decider(request: HttpRequest, here: Checkpoint, direction: str) -> tuple[Account | None, Device | None]:
    caller = getattr(request, "auth", None)
    if isinstance(caller, Device):
        if (caller.checkpoint_id, caller.direction) != (here.pk, direction):
            raise GreenlaneError(
                "foreign_device",
                "The device stands at another checkpoint or direction.",
                field="checkpoint",
                mend="Send it with the token of a device that stands there.",
                status=403,
            )
        return None, caller
    account = caller_of(request).account
    require(account, here, Role.OFFICER)
    return account, None


def _not_backdated(request: HttpRequest, wishes: list[ChannelIn], at: datetime) -> None:
    """Refuse decisions that an officer dates back: that could move a slow truck out of its cohort."""
    caller: Caller = caller_of(request)
    if BACKFILL in caller.scopes:
        return
    if any(wish.decided_at is not None and wish.decided_at < at - BACKDATED for wish in wishes):
        raise GreenlaneError(
            "backdated",
            "A decision cannot be dated back by more than 15 minutes.",
            field="decided_at",
            mend=f"Leave the time out, or use a token with the scope {BACKFILL}.",
            status=403,
        )


def _look_up(request: HttpRequest, subject: str) -> None:
    commands.log_look_up(caller_of(request).account, subject, "API", now())


def _span(start: datetime, end: datetime) -> None:
    if not start < end <= start + LONGEST_SPAN:
        raise GreenlaneError(
            "bad_span",
            "The time asked for is empty, or longer than 31 days.",
            field="to",
            mend="Give a later end, at most 31 days after the beginning.",
            status=422,
        )


def _passage(passage: Passage, code: str) -> dict[str, Any]:
    names = PassageOut.model_fields.keys() - {"checkpoint", "booking"}
    told = {name: getattr(passage, name) for name in names}
    return {**told, "checkpoint": code, "booking": passage.booking.code if passage.booking else None}
