"""The carrier's dispatcher: every booking over every checkpoint."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from greenlane.booking import queries
from greenlane.booking.models import ACTIVE, Booking, State
from greenlane.booking.pages.access import account_of, carrier_behind, carrier_page
from greenlane.registry.clock import now
from greenlane.registry.queries import crossings

PAGE = 50


@require_GET
@carrier_page
def carrier(request: HttpRequest) -> HttpResponse:
    """The carrier's bookings, filtered by state and crossing, the next slots first."""
    visible = queries.bookings_of(account_of(request))
    state, crossing = request.GET.get("state", "active"), request.GET.get("crossing", "")
    counts = {row["state"]: row["n"] for row in visible.order_by().values("state").annotate(n=Count("pk"))}
    shown = _by_state(visible, state)
    if crossing:
        shown = shown.filter(checkpoint__crossing__code=crossing)
    page = Paginator(shown, PAGE).get_page(request.GET.get("page"))
    behind = carrier_behind(request)
    context = {
        "carrier": behind,
        "limited": sum(bool(each.limits) for each in queries.standings_of(behind, now())),
        "page": page,
        "state": state,
        "crossing": crossing,
        "crossings": crossings(),
        "states": State.choices,
        "figures": [(label, counts.get(value, 0)) for value, label in State.choices if value in _FIGURES],
    }
    return render(request, "booking/carrier.html", context)


_FIGURES = (State.HELD, State.CONFIRMED, State.CALLED, State.ENTERED, State.NO_SHOW)


def _by_state(bookings: QuerySet[Booking], state: str) -> QuerySet[Booking]:
    if state in State.values:
        return bookings.filter(state=state)
    if state == "all":
        return bookings
    return bookings.filter(state__in=ACTIVE).order_by("slot__starts_at", "pk")
