"""The order log for everyone: signed roots and files, and the proof of one's own place."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from greenlane.callup.order.own_place import Moment, OwnPlace, Went
from greenlane.callup.pages.lines import line_of
from greenlane.callup.pages.order_words import moment_words, went_words
from greenlane.callup.queries.order import log_state, roots_of
from greenlane.callup.queries.order_place import followed
from greenlane.errors import GreenlaneError
from greenlane.registry.clock import now
from greenlane.registry.models import Direction

SHOWN_ROOTS = 60


@dataclass(frozen=True, slots=True)
class Shown:
    """A line of one's own way: when, in words, how many are before; `is_other` for another truck's call."""

    seq: int
    at: datetime
    words: str
    before: int | None
    is_other: bool


@never_cache
@require_safe
def order(request: HttpRequest, checkpoint: str, direction: str) -> HttpResponse:
    """How far the log of a checkpoint and direction reaches, its roots, and its files."""
    here = line_of(checkpoint, direction)
    if code := request.GET.get("code", "").strip():
        return redirect("callup:order_place", code)
    context = {
        "checkpoint": here,
        "direction": Direction(direction),
        "zone": here.zone,
        "state": log_state(here, direction),
        "roots": roots_of(here, direction)[:SHOWN_ROOTS],
    }
    return render(request, "callup/order.html", context)


@never_cache
@require_safe
def place(request: HttpRequest, code: str) -> HttpResponse:
    """The proof of one's place: its way through the log, for whoever has the code."""
    try:
        found = followed(code, now())
    except GreenlaneError as refusal:
        if refusal.status == 404:
            raise Http404(refusal.message) from refusal
        raise
    context = {
        "found": found,
        "checkpoint": found.checkpoint,
        "direction": Direction(found.direction),
        "zone": found.checkpoint.zone,
        "shown": _shown(found.way),
        "before": next(
            (each.before for each in reversed(found.way.moments) if each.before is not None), None
        ),
        "unexplained": sum(1 for each in found.way.went if not each.why),
        "address": request.build_absolute_uri("/api/v1/public/order/"),
    }
    return render(request, "callup/order_place.html", context)


def _shown(way: OwnPlace) -> list[Shown]:
    told: list[Moment | Went] = sorted([*way.moments, *way.went], key=lambda each: each.seq)
    return [
        Shown(each.seq, each.at, went_words(each), None, True)
        if isinstance(each, Went)
        else Shown(each.seq, each.at, moment_words(each.kind) or _("The line moved"), each.before, False)
        for each in told
    ]
