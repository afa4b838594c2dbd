"""The clocks over time: by day, hour, length and hour of the week; each chart with its words and table."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from greenlane.gate.models import Channel
from greenlane.registry.clock import now
from greenlane.registry.codes import CHANNELS, VEHICLE_CLASSES
from greenlane.registry.models import VehicleClass
from greenlane.registry.queries import checkpoint_document, crossings
from greenlane.standard import queries
from greenlane.standard.columns import STAGE
from greenlane.standard.pages.figures import charts_of
from greenlane.standard.pages.place import Place, place_of
from greenlane.standard.pages.shared import fragment, page
from greenlane.standard.queries import Chosen, named_period
from greenlane.standard.templatetags.standard_figures import CLOCK_NAMES

KEPT_S = 120
"""Charts are drawn anew after so many seconds."""
PERIODS = ("7d", "30d", "month")


@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """Every checkpoint and direction, to choose from."""

    def context() -> dict[str, Any]:
        found = [
            (
                crossing,
                [(place, way) for place in crossing.checkpoints.all() for way in _ways(place, crossing)],
            )
            for crossing in crossings()
        ]
        return {"crossings": found}

    return page(request, "standard/clocks_index.html", context)


def _ways(checkpoint: Any, crossing: Any) -> list[str]:
    checkpoint.crossing = crossing
    return list(checkpoint_document(checkpoint).directions)


@require_GET
def clocks(request: HttpRequest, checkpoint: str, direction: str) -> HttpResponse:
    """The charts of one checkpoint and direction: ``period``, ``clock``, ``channel`` and ``class`` choose.

    What is not known is left out, so that a link of yesterday still shows something.
    """
    place = place_of(checkpoint, direction)
    stages = place.stage_names()
    asked = request.GET
    period = asked["period"] if asked.get("period") in PERIODS else PERIODS[1]
    clock, channel = asked.get("clock", ""), asked.get("channel", "")
    vehicle_class = asked.get("class", "")
    known = clock in CLOCK_NAMES or (clock.startswith(STAGE) and clock.removeprefix(STAGE) in stages)
    chosen = Chosen(
        clock if known else "inside",
        channel if channel in CHANNELS else "",
        vehicle_class if vehicle_class in VEHICLE_CLASSES else "",
    )
    key = (period, chosen.clock, chosen.channel, chosen.vehicle_class)

    def context() -> dict[str, Any]:
        part = fragment(
            request, "standard/charts.html", lambda: _charts(place, chosen, period, stages), KEPT_S, key
        )
        return {
            "part": mark_safe(part),
            "place": place,
            "chosen": chosen,
            "period": period,
            "periods": [("7d", _("7 days")), ("30d", _("30 days")), ("month", _("This month"))],
            "clocks": [*CLOCK_NAMES.items(), *((STAGE + code, name) for code, name in stages.items())],
            "channels": Channel.choices[1:],
            "classes": VehicleClass.choices,
        }

    return page(request, "standard/clocks.html", context)


def _charts(place: Place, chosen: Chosen, period: str, stages: dict[str, str]) -> dict[str, Any]:
    at = now()
    span = named_period(period, place.zone, at)
    whole = queries.exact(place.checkpoint, str(place.direction), span, chosen)
    return {
        "at": at,
        "place": place,
        "summary": whole,
        "limit_s": place.promise.limit_s(chosen.clock),
        "charts": charts_of(place, chosen, span, stages) if whole.n_measured else [],
    }
