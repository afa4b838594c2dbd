"""From a crossing to a held place: which way, which day, which slot."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from greenlane.booking import commands, queries
from greenlane.booking.days import Day, days_of
from greenlane.booking.forms import ClassForm
from greenlane.booking.models import Rules
from greenlane.booking.pages.access import account_of, carrier_page, new_key, refused
from greenlane.booking.queries import FreeSlot
from greenlane.errors import GreenlaneError
from greenlane.registry.clock import now
from greenlane.registry.codes import DIRECTIONS, INBOUND, OUTBOUND
from greenlane.registry.crossing_parts import BALLOT
from greenlane.registry.models import Checkpoint, Crossing, Direction, Park, VehicleClass
from greenlane.registry.queries import checkpoint as checkpoint_by_code
from greenlane.registry.queries import checkpoint_document, crossings, parks_of

FEW = 2
"""With so few places left a slot says so."""


@dataclass(frozen=True, slots=True)
class Leg:
    """One checkpoint of a trip, whether it takes bookings, and its first slot with a place."""

    checkpoint: Checkpoint
    direction: str
    takes_bookings: bool
    next_free: FreeSlot | None


@dataclass(frozen=True, slots=True)
class Trip:
    """A way over a crossing: out through one checkpoint, in through the facing one."""

    origin: Checkpoint
    target: Checkpoint
    legs: tuple[Leg, Leg]


@require_GET
def book(request: HttpRequest) -> HttpResponse:
    """All crossings, each with its two ways and the first free slot at each checkpoint."""
    at = now()
    offers = [(crossing, _trips(crossing, at)) for crossing in crossings()]
    return render(request, "booking/book.html", {"offers": offers, "step": 1})


def _trips(crossing: Crossing, at: datetime) -> list[Trip]:
    first, second = crossing.checkpoints.all()
    return [
        Trip(origin, target, (_leg(origin, OUTBOUND, at), _leg(target, INBOUND, at)))
        for origin, target in ((first, second), (second, first))
    ]


def _leg(checkpoint: Checkpoint, direction: str, at: datetime) -> Leg:
    try:
        return Leg(checkpoint, direction, True, queries.next_free_slot(checkpoint, direction, at))
    except GreenlaneError:
        return Leg(checkpoint, direction, False, None)


@require_GET
def slots(request: HttpRequest, checkpoint: str, direction: str) -> HttpResponse:
    """The day strip and the free slots of one day, for one class of vehicle."""
    try:
        return _slots_page(request, checkpoint_by_code(checkpoint), direction, request.GET)
    except GreenlaneError as refusal:
        return refused(request, refusal)


@require_http_methods(["GET", "POST"])
def hold(request: HttpRequest, checkpoint: str, direction: str) -> HttpResponse:
    """Hold a place. Who is not signed in does that first and comes back to the same slots."""
    back = _slots_address(checkpoint, direction, request.POST)
    if request.method == "GET":
        return redirect(back)
    if not request.user.is_authenticated:
        return redirect(sign_in_url(back))
    return _hold(request, checkpoint, direction)


def _slots_address(checkpoint: str, direction: str, chosen: Any) -> str:
    kept = {name: chosen[name] for name in ("vehicle_class", "park", "day") if chosen.get(name)}
    return f"{reverse('booking:slots', args=(checkpoint, direction))}?{urlencode(kept)}"


@carrier_page
def _hold(request: HttpRequest, checkpoint: str, direction: str) -> HttpResponse:
    """Refused, the slots are shown again with the reason."""
    try:
        slot = int(request.POST.get("slot", ""))
    except ValueError:
        raise Http404 from None
    place = checkpoint_by_code(checkpoint)
    try:
        booking = commands.hold(
            account_of(request),
            slot,
            _vehicle_class(request.POST),
            now(),
            # The same form may be sent again from the browser's history for another slot.
            key=f"page-{request.POST.get('key', '')[:40]}-{slot}",
            park_id=_whole(request.POST.get("park")),
        )
    except GreenlaneError as refusal:
        return _slots_page(request, place, direction, request.POST, refusal)
    return redirect("booking:booking", booking.code)


def _slots_page(
    request: HttpRequest,
    checkpoint: Checkpoint,
    direction: str,
    chosen: Any,
    refusal: GreenlaneError | None = None,
) -> HttpResponse:
    if direction not in DIRECTIONS:
        raise Http404
    at, rules = now(), queries.rules_of(checkpoint.pk, direction)
    vehicle_class, parks = _vehicle_class(chosen), parks_serving(checkpoint, direction)
    park = next((park for park in parks if str(park.pk) == chosen.get("park")), parks[0] if parks else None)
    carrier_id = account_of(request).carrier_id if request.user.is_authenticated else None
    found = queries.free_slots(
        checkpoint,
        direction,
        at,
        horizon(rules, at),
        vehicle_class,
        park_id=park.pk if park else None,
        carrier_id=carrier_id,
    )
    shown = rules.horizon_days + (rules.allocation == BALLOT)
    days = days_of(found, checkpoint.zone, at.astimezone(ZoneInfo(checkpoint.zone)).date(), shown)
    ballots = queries.ballots_by_day(checkpoint, direction)
    day = _day(days, chosen.get("day"))
    context = {
        "step": 2,
        "checkpoint": checkpoint,
        "direction": Direction(direction),
        "rules": rules,
        "lag": queries.lag_minutes(checkpoint, direction, at),
        "class_form": ClassForm({"vehicle_class": vehicle_class}),
        "vehicle_class": vehicle_class,
        "parks": parks,
        "park": park,
        "days": days,
        "day": day,
        "ballots": ballots,
        "ballot": ballots.get(day.date),
        "at": at,
        "few": FEW,
        "key": new_key(),
        "refusal": refusal,
        "sign_in": sign_in_url(request.get_full_path() if request.method == "GET" else request.path),
        "hold_minutes": rules.hold_minutes,
    }
    return render(request, "booking/slots.html", context, status=refusal.status if refusal else 200)


def sign_in_url(back_to: str) -> str:
    """The sign-in page, which leads back to where the reader was."""
    return f"{reverse('account_login')}?{urlencode({'next': back_to})}"


def _day(days: list[Day[FreeSlot]], wished: str | None) -> Day[FreeSlot]:
    """The day asked for, else the first one with a place, else today."""
    for day in days:
        if day.date.isoformat() == wished:
            return day
    return next((day for day in days if day.open_slots), days[0])


def _vehicle_class(chosen: Any) -> str:
    wished = str(chosen.get("vehicle_class", ""))
    return wished if wished in VehicleClass.values else str(VehicleClass.LADEN)


def parks_serving(checkpoint: Checkpoint, direction: str) -> list[Park]:
    """The parks in which trucks of the direction wait."""
    serving = {park.code for park in checkpoint_document(checkpoint).parks_for(direction)}
    return [park for park in parks_of(checkpoint) if park.code in serving]


def _whole(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() else None


def horizon(rules: Rules, at: datetime) -> datetime:
    """Until when slots can be booked; a day that is drawn by lot opens as a whole."""
    return at + timedelta(days=rules.horizon_days + (rules.allocation == BALLOT))
