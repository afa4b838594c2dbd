"""One simulated day, truck by truck, on a board like the real one."""

from __future__ import annotations

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from greenlane.errors import GreenlaneError
from greenlane.planning import queries
from greenlane.planning.asking import asked_of
from greenlane.planning.pages.access import for_planners
from greenlane.planning.pages.questions import cacheable, question_of, refused, stage_names, today
from greenlane.planning.pages.what_if import address_of
from greenlane.registry.models import Checkpoint
from greenlane.registry.queries import checkpoint_document


@require_safe
@for_planners
def day(request: HttpRequest, here: Checkpoint, direction: str) -> HttpResponse:
    """The board of a simulated day: of today's setting, or of what the address sets."""
    described = checkpoint_document(here)
    refusal = None
    try:
        asked = question_of(request, here)
    except GreenlaneError as error:
        refusal, asked = error, asked_of({}, [], today(here))
    midnight = datetime.combine(asked.day, time.min, ZoneInfo(here.zone)).astimezone(UTC)
    query = address_of(asked)
    events = reverse("planning:events", args=(here.code, direction))
    context = {
        "checkpoint": here,
        "direction": direction,
        "directions": list(described.directions),
        "asked": asked,
        "query": query,
        "events": f"{events}?{query}&v={queries.version_of(here)}",
        "midnight": round(midnight.timestamp()),
        "names": stage_names(here, direction),
        "target": described.standard.inside_s / 60.0,
        "refusal": refusal,
    }
    return render(request, "planning/day.html", context, status=refusal.status if refusal else 200)


@require_safe
@for_planners
def events(request: HttpRequest, here: Checkpoint, direction: str) -> HttpResponse:
    """The day as JSON."""
    try:
        asked = question_of(request, here)
        queries.require_ready()
        # The engine's import takes a second, which a web process spends when it is first asked.
        from greenlane.planning.day_events import day_events

        return cacheable(day_events(checkpoint_document(here), direction, asked))
    except GreenlaneError as error:
        return refused(error)
