"""Ballots for everyone: windows and commitments before the draw, turns and the file after it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from greenlane.booking import queries
from greenlane.booking.ballot.document import canonical
from greenlane.booking.models import Ballot
from greenlane.booking.pages.access import refused
from greenlane.errors import GreenlaneError
from greenlane.registry.clock import now
from greenlane.registry.codes import DIRECTIONS
from greenlane.registry.models import Direction
from greenlane.registry.queries import checkpoint as checkpoint_by_code

PAGE = 50
"""How many turns are shown at once."""


@dataclass(frozen=True, slots=True)
class TurnShown:
    """A turn of the draw as the page shows it."""

    turn: int
    number: str
    starts_at: datetime | None
    why: str


@require_GET
def line(request: HttpRequest, checkpoint: str, direction: str) -> HttpResponse:
    """The ballots of a checkpoint and direction, the latest day first."""
    if direction not in DIRECTIONS:
        raise Http404
    try:
        place = checkpoint_by_code(checkpoint)
        rules = queries.rules_of(place.pk, direction)
    except GreenlaneError as refusal:
        return refused(request, refusal)
    at = now()
    context = {
        "checkpoint": place,
        "direction": Direction(direction),
        "rules": rules,
        "at": at,
        "ballots": queries.ballots_of(place, direction, at),
    }
    return render(request, "booking/ballots.html", context)


@require_GET
def ballot(request: HttpRequest, ballot_id: int) -> HttpResponse:
    """One ballot: what is public of it by now, and how to draw it again."""
    try:
        found = queries.ballot_of(ballot_id)
    except GreenlaneError as refusal:
        return refused(request, refusal)
    at = now()
    context = {
        "ballot": found,
        "checkpoint": found.checkpoint,
        "at": at,
        "takes_wishes": queries.why_not_open(found, at) is None,
        "entries": queries.entries_number(found),
        "placed": queries.placed_number(found),
        "seed": queries.told_seed(found),
        "witnesses": queries.witnesses_of(found),
        "direction": Direction(found.direction),
    }
    if found.state == Ballot.BallotState.DRAWN:
        document = queries.ballot_file(ballot_id)
        context["left_out"] = document["list"]["left_out"]
        context["page"] = Paginator(_turns(document), PAGE).get_page(request.GET.get("page"))
    return render(request, "booking/ballot.html", context)


def _turns(document: dict[str, Any]) -> list[TurnShown]:
    starts = {slot["id"]: datetime.fromisoformat(slot["starts_at"]) for slot in document["list"]["slots"]}
    return [
        TurnShown(place, turn["number"], starts.get(turn["slot"]), turn["why"])
        for place, turn in enumerate(document["turns"], start=1)
    ]


@require_GET
def file(request: HttpRequest, ballot_id: int) -> HttpResponse:
    """The public file, for `greenlane ballot verify`."""
    try:
        document = queries.ballot_file(ballot_id)
    except GreenlaneError as refusal:
        return refused(request, refusal)
    return HttpResponse(
        canonical(document),
        content_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="ballot-{ballot_id}.json"'},
    )
