"""The waiting list for people: join where all is taken, see one's turn, take or decline an offer, leave."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from greenlane.booking import commands, queries
from greenlane.booking.models import WaitingGroup
from greenlane.booking.pages.access import account_of, carrier_page, refused
from greenlane.booking.pages.choose import horizon, parks_serving
from greenlane.booking.pages.waiting_form import WaitingForm
from greenlane.booking.waiting_list.groups import OFFERS_EACH
from greenlane.errors import GreenlaneError
from greenlane.registry.clock import now, platform_clock
from greenlane.registry.codes import DIRECTIONS
from greenlane.registry.models import Checkpoint, Direction
from greenlane.registry.queries import checkpoint as checkpoint_by_code

PAGE = 100
"""Groups of the list on a page."""
ENDED = 20
"""How many groups that wait no longer are listed."""


@require_GET
def listed(request: HttpRequest, checkpoint: str, direction: str) -> HttpResponse:
    """The list in its order, for everybody: numbers and times, no truck."""
    if direction not in DIRECTIONS:
        raise Http404
    try:
        place = checkpoint_by_code(checkpoint)
        context = {
            "checkpoint": place,
            "direction": Direction(direction),
            "rules": queries.rules_of(place.pk, direction),
            "page": Paginator(queries.waiting_list(place.pk, direction), PAGE).get_page(
                request.GET.get("page")
            ),
        }
    except GreenlaneError as refusal:
        return refused(request, refusal)
    return render(request, "booking/waiting_list.html", context)


@require_http_methods(["GET", "POST"])
@carrier_page
def join(request: HttpRequest, checkpoint: str, direction: str) -> HttpResponse:
    """Which trucks wait, and for which times."""
    if direction not in DIRECTIONS:
        raise Http404
    at, place = now(), checkpoint_by_code(checkpoint)
    last = horizon(queries.rules_of(place.pk, direction), at)
    refusal = None
    with timezone.override(ZoneInfo(place.zone)):
        first, until = _times_of(request.GET.get("day", ""), place, at, last)
        form = WaitingForm(
            request.POST or None,
            account=account_of(request),
            parks=parks_serving(place, direction),
            first=timezone.localtime(at),
            last=timezone.localtime(last),
            initial={"earliest": first, "latest": until},
        )
        if request.method == "POST" and form.is_valid():
            try:
                return _join(request, place, direction, form, at)
            except GreenlaneError as error:
                refusal = error
        context = {
            "checkpoint": place,
            "direction": Direction(direction),
            "form": form,
            "refusal": refusal,
            "at": at,
            "rules": queries.rules_of(place.pk, direction),
            "waiting": len(queries.waiting_list(place.pk, direction)),
        }
        return render(
            request, "booking/waiting_join.html", context, status=refusal.status if refusal else 200
        )


def _join(
    request: HttpRequest, place: Checkpoint, direction: str, form: WaitingForm, at: datetime
) -> HttpResponse:
    group = commands.join_list(
        account_of(request),
        place,
        direction,
        form.truck_ids,
        form.cleaned_data["earliest"],
        form.cleaned_data["latest"],
        at,
        park_id=form.park_id,
    )
    commands.serve_line(place.pk, direction, at)
    return redirect("booking:waiting", group.number)


def _times_of(day: str, place: Checkpoint, at: datetime, last: datetime) -> tuple[datetime, datetime]:
    """From now, or from the start of a day, to its end, within what can be booked."""
    zone = ZoneInfo(place.zone)
    try:
        date = parse_date(day)
    except ValueError:
        date = None
    date = date or at.astimezone(zone).date()
    start = datetime.combine(date, time.min, zone)
    end = datetime.combine(date, time(23, 59), zone)
    # The field has no seconds, and now rounded down is past.
    soon = at + timedelta(minutes=1)
    return min(max(start, soon), last), max(min(end, last), soon)


@require_GET
@carrier_page
def mine(request: HttpRequest) -> HttpResponse:
    """The reader's groups: those on a list with their turn, the latest others below."""
    groups = queries.waiting_groups_of(account_of(request))
    states = WaitingGroup.GroupState
    on_list = list(groups.filter(state__in=(states.WAITING, states.OFFERED)))
    places = queries.list_places(on_list)
    context = {
        "on_list": [(group, places.get(group.number)) for group in on_list],
        "ended": groups.exclude(state__in=(states.WAITING, states.OFFERED))[:ENDED],
    }
    return render(request, "booking/waiting_mine.html", context)


@require_http_methods(["GET", "POST"])
@carrier_page
def group(request: HttpRequest, number: str) -> HttpResponse:
    """One group: its turn, or its offer with the time that is left for it."""
    at, account = now(), account_of(request)
    refusal = None
    if request.method == "POST":
        try:
            return _act(request, number, at)
        except GreenlaneError as error:
            refusal = error
    found = queries.waiting_group_of(account, number)
    entries = list(found.entries.all())
    offered = found.state == WaitingGroup.GroupState.OFFERED
    seconds = int((found.offer_until - at).total_seconds()) if found.offer_until else 0
    context = {
        "group": found,
        "entries": entries,
        "slot": next((entry.booking.slot for entry in entries if entry.booking), None),
        "place": queries.list_places([found]).get(found.number),
        "is_offered": offered and seconds > 0,
        "seconds_left": seconds,
        "speed": str(platform_clock().speed),
        "offers_each": OFFERS_EACH,
        "refusal": refusal,
    }
    return render(request, "booking/waiting.html", context, status=refusal.status if refusal else 200)


def _act(request: HttpRequest, number: str, at: datetime) -> HttpResponse:
    account, act = account_of(request), request.POST.get("act")
    if act == "accept":
        commands.accept_offer(account, number, at)
        messages.success(request, _("The place is yours."))
    elif act == "decline":
        commands.decline_offer(account, number, at)
        messages.success(request, _("The offer has been declined."))
    elif act == "leave":
        commands.leave_list(account, number, at)
        messages.success(request, _("You have left the waiting list."))
    return redirect("booking:waiting", number)
