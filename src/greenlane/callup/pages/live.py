"""The live queue on a phone: how it stands, joining it, and one's ticket until the call."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from greenlane.booking.commands import join_live, leave_live
from greenlane.booking.models import LiveTicket
from greenlane.booking.queries import ticket_by_code, tickets_of
from greenlane.booking.queries.live import STANDING
from greenlane.callup.commands.receipts import mark_ticket_read
from greenlane.callup.pages.lines import line_of
from greenlane.callup.pages.live_forms import NEW, JoinForm
from greenlane.callup.queries.live import LiveQueue, live_queue
from greenlane.callup.queries.live_tickets import standing_call
from greenlane.errors import GreenlaneError
from greenlane.gate.passes import qr_svg
from greenlane.gate.plates import mask
from greenlane.registry.clock import now
from greenlane.registry.commands import save_truck
from greenlane.registry.models import Account, Checkpoint, Direction, VehicleClass


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def queue(request: HttpRequest, checkpoint: str, direction: str) -> HttpResponse:
    """How the live queue stands, for everyone; who is signed in for a carrier joins it here."""
    here, at = line_of(checkpoint, direction), now()
    account = request.user if isinstance(request.user, Account) else None
    form = JoinForm(request.POST or None, account=account) if account and account.carrier_id else None
    refusal = None
    if request.method == "POST":
        if form is None or account is None:
            return redirect(_sign_in(request.path))
        if form.is_valid():
            try:
                return redirect("callup:ticket", _join(account, here, direction, form, at).code)
            except GreenlaneError as refused:
                refusal = refused
    mine = tickets_of(account).filter(state__in=STANDING) if account else ()
    context = {
        "form": form,
        "mine": mine,
        "refusal": refusal,
        "sign_in": _sign_in(request.path),
    }
    return render(
        request,
        "callup/live.html",
        context | queue_context(here, direction, at),
        status=refusal.status if refusal else 200,
    )


def queue_context(here: Checkpoint, direction: str, at: datetime) -> dict[str, Any]:
    """What every page of the live queue shows; without rules there is no queue."""
    try:
        found: LiveQueue | None = live_queue(here, direction, at)
    except GreenlaneError:
        found = None
    return {
        "checkpoint": here,
        "direction": Direction(direction),
        "zone": here.zone,
        "at": at,
        "queue": found,
        "classes": [(VehicleClass(code).label, count) for code, count in sorted(found.by_class.items())]
        if found
        else [],
    }


@never_cache
@require_safe
def ticket(request: HttpRequest, code: str) -> HttpResponse:
    """A ticket, for whoever has its code: the place in the queue, the time expected, and the call."""
    found = _ticket(code)
    mark_ticket_read(found, now())
    return render(request, "callup/ticket.html", ticket_context(request, found, now()))


@require_POST
def leave(request: HttpRequest, code: str) -> HttpResponse:
    """Leave the queue."""
    found = _ticket(code)
    try:
        leave_live(found.code, now())
        messages.success(request, _("You have left the live queue."))
    except GreenlaneError as refused:
        messages.error(request, " ".join(part for part in (refused.message, refused.mend) if part))
    return redirect("callup:ticket", found.code)


def ticket_context(request: HttpRequest, found: LiveTicket, at: datetime) -> dict[str, Any]:
    """What a ticket's page and its print show."""
    context = queue_context(found.checkpoint, found.direction, at)
    stands: LiveQueue | None = context["queue"]
    place = stands.place_of(found.pk) if stands else None
    address = request.build_absolute_uri(reverse("callup:ticket", args=(found.code,)))
    return context | {
        "ticket": found,
        "place": place,
        "ahead": place - 1 if place else None,
        "expected": stands.expected(place) if stands and place else None,
        "is_in_park": bool(stands and stands.is_in_park(found.pk)),
        "call": standing_call(found),
        "plate": mask(found.plate),
        "address": address,
        # segno writes the picture itself; nothing of a person is in it but the address.
        "qr": mark_safe(qr_svg(address)),
    }


def _join(account: Account, here: Checkpoint, direction: str, form: JoinForm, at: datetime) -> LiveTicket:
    chosen = form.cleaned_data
    if chosen["truck"] == NEW:
        row = {name: chosen[name] for name in ("plate", "country", "vehicle_class")}
        truck_id = save_truck(account, row, at)
    else:
        truck_id = int(chosen["truck"])
    return join_live(account, here, direction, truck_id, at)


def _ticket(code: str) -> LiveTicket:
    try:
        return ticket_by_code(code)
    except GreenlaneError as error:
        raise Http404(str(error)) from error


def _sign_in(back_to: str) -> str:
    return f"{reverse('account_login')}?{urlencode({'next': back_to})}"
