"""The public board, and one checkpoint's."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from greenlane.registry.clock import now
from greenlane.standard import queries
from greenlane.standard.pages.groups import breach_lines, clock_lines, group_lines
from greenlane.standard.pages.place import Place, place_of
from greenlane.standard.pages.shared import fragment, language_of, page, public_fragment
from greenlane.standard.queries import named_period

PERIODS = ("today", "7d", "month")


@require_GET
def board(request: HttpRequest) -> HttpResponse:
    """Every checkpoint and direction: waits now, the share within the standard, the next free slot.

    With ``part=1`` the changing part alone, for the script that keeps the page up to date.
    """

    def part() -> str:
        return fragment(request, "standard/board_part.html", _board)

    if "part" in request.GET:
        return public_fragment(part())
    return page(
        request,
        "standard/board.html",
        lambda: {"part": mark_safe(part()), "language": language_of(request), "every_s": 15},
    )


def _board() -> dict[str, Any]:
    at = now()
    return {"at": at, "crossings": queries.board(at)}


@require_GET
def checkpoint(request: HttpRequest, checkpoint: str, direction: str) -> HttpResponse:
    """One checkpoint and direction: headline, all clocks, channels, classes, breaches by stage.

    ``period`` is of `PERIODS`. With ``part=1`` the changing part alone.
    """
    place = place_of(checkpoint, direction)
    period = request.GET.get("period", "")
    chosen = period if period in PERIODS else PERIODS[0]

    def part() -> str:
        return fragment(
            request, "standard/checkpoint_part.html", lambda: _checkpoint(place, chosen), key=(chosen,)
        )

    if "part" in request.GET:
        return public_fragment(part())
    return page(
        request,
        "standard/checkpoint.html",
        lambda: {
            "part": mark_safe(part()),
            "place": place,
            "period": chosen,
            "periods": _period_names(),
            "language": language_of(request),
            "every_s": 30,
        },
    )


def _period_names() -> list[tuple[str, str]]:
    return [("today", _("Today")), ("7d", _("7 days")), ("month", _("This month"))]


def _checkpoint(place: Place, chosen: str) -> dict[str, Any]:
    at, checkpoint, direction = now(), place.checkpoint, str(place.direction)
    period, stages = named_period(chosen, place.zone, at), place.stage_names()
    clocks = queries.all_clocks(checkpoint, direction, period)
    return {
        "at": at,
        "place": place,
        "promise": place.promise,
        "row": queries.board(at, only=(checkpoint.code, direction))[0].rows[0],
        "headline": queries.headline(checkpoint, direction, period.start, period.end),
        "inside": clocks.get("inside"),
        "clocks": clock_lines(clocks, stages),
        "channels": group_lines(queries.figures(checkpoint, direction, period, by="channel"), "channel"),
        "classes": group_lines(queries.figures(checkpoint, direction, period, by="class"), "class"),
        "causes": breach_lines(queries.breach_causes(checkpoint, direction, period), stages),
        "breaches": [
            (one, stages.get(one.stage, one.stage))
            for one in queries.breaches(checkpoint, direction, period, limit=8)
        ],
        "revisions": queries.latest_revisions(checkpoint, direction, period)[:7],
    }


@require_GET
def rules(request: HttpRequest) -> HttpResponse:
    """What each clock measures, and how the figures are made."""
    return page(request, "standard/rules.html", dict)
