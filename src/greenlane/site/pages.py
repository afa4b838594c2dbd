"""The start page, and the reader's choice of colours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from greenlane.booking import queries as booking
from greenlane.booking.queries import FreeSlot
from greenlane.errors import GreenlaneError
from greenlane.registry.clock import now
from greenlane.registry.codes import DIRECTIONS
from greenlane.registry.models import Checkpoint, Direction
from greenlane.registry.queries import crossings

THEME_COOKIE = "theme"
THEMES = ("light", "dark")
_YEAR_S = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Way:
    """A checkpoint and direction that takes bookings: how late it is, and the first slot with a place."""

    checkpoint: Checkpoint
    direction: Direction
    lag_minutes: float
    next_free: FreeSlot | None


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """What Greenlane is, and every crossing as it stands now."""
    at = now()
    shown = [
        (crossing, [way for place in crossing.checkpoints.all() for way in _ways(place, at)])
        for crossing in crossings()
    ]
    return render(request, "site/home.html", {"crossings": shown, "at": at})


def _ways(checkpoint: Checkpoint, at: datetime) -> list[Way]:
    ways = []
    for direction in DIRECTIONS:
        try:
            free = booking.next_free_slot(checkpoint, direction, at)
        except GreenlaneError:
            continue
        lag = booking.lag_minutes(checkpoint, direction, at)
        ways.append(Way(checkpoint, Direction(direction), lag, free))
    return ways


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Keep the choice of colours in a cookie, and go back to where the reader was."""
    wanted, back = request.POST.get("theme", ""), request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}, request.is_secure()):
        back = "/"
    response = HttpResponseRedirect(back)
    if wanted in THEMES:
        response.set_cookie(THEME_COOKIE, wanted, max_age=_YEAR_S, samesite="Lax", secure=request.is_secure())
    else:
        response.delete_cookie(THEME_COOKIE, samesite="Lax")
    return response
