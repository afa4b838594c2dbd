"""Pages of messages: whom a call reached (for shift and holder), the answer to it, one's own channels."""

from __future__ import annotations

from datetime import timedelta
from typing import cast

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from greenlane.booking.queries import booking_of
from greenlane.callup import queries
from greenlane.callup.commands import answer_call, answer_ticket_call, choose_channels
from greenlane.callup.messages.choices import Wishes
from greenlane.callup.pages.lines import line_of, staff_at
from greenlane.callup.queries.messages import messages_to
from greenlane.callup.queries.preferences import wishes_of
from greenlane.errors import GreenlaneError
from greenlane.gate.commands import log_look_up
from greenlane.registry.clock import now
from greenlane.registry.models import Account

SHOWN = timedelta(hours=2)
MOST_MINUTES = 1440


@never_cache
@require_safe
@login_required
def calls(request: HttpRequest, checkpoint: str, direction: str) -> HttpResponse:
    """For the shift: standing calls that reached nobody after some minutes, and what was sent of all."""
    at, here = now(), line_of(checkpoint, direction)
    account = staff_at(request.user, here)
    minutes = _minutes(request.GET.get("minutes", ""))
    log_look_up(account, f"calls told {here.code}"[:60], "messages", at)
    context = {
        "checkpoint": here,
        "direction": direction,
        "minutes": minutes,
        "unreached": queries.unreached(here, direction, at, timedelta(minutes=minutes)),
        "calls": queries.calls_told(here, direction, at - SHOWN, at),
        "zone": here.zone,
    }
    return render(request, "callup/calls_told.html", context)


@never_cache
@require_safe
@login_required
def booking(request: HttpRequest, code: str) -> HttpResponse:
    """For the holder and the carrier's dispatchers: what was sent about a booking."""
    try:
        found = booking_of(_account(request), code)
    except GreenlaneError as refusal:
        return render(request, "booking/refused.html", {"refusal": refusal}, status=refusal.status)
    call = queries.standing_call(booking=found)
    context = {
        "booking": found,
        "told": queries.told_of_booking(found),
        "zone": found.checkpoint.zone,
        "call": queries.told_of_call(call.pk) if call else None,
    }
    return render(request, "callup/booking_messages.html", context)


@require_POST
@login_required
def coming(request: HttpRequest, code: str) -> HttpResponse:
    """The driver says: I am coming."""
    try:
        answer_call(_account(request), code, now())
        messages.success(request, _("The shift knows that you are coming."))
    except GreenlaneError as refusal:
        messages.error(request, f"{refusal.message} {refusal.mend or ''}")
    return redirect("booking:booking", code)


@require_POST
def ticket_coming(request: HttpRequest, code: str) -> HttpResponse:
    """The same by whoever holds a ticket's code."""
    try:
        answer_ticket_call(code, now())
        messages.success(request, _("The shift knows that you are coming."))
    except GreenlaneError as refusal:
        messages.error(request, f"{refusal.message} {refusal.mend or ''}")
    return redirect("callup:ticket", code)


@require_http_methods(["GET", "POST"])
@login_required
def channels(request: HttpRequest) -> HttpResponse:
    """By which channels one is told, and what came last."""
    account, refusal = _account(request), None
    wishes = wishes_of(account)
    if request.method == "POST":
        wishes = Wishes(
            language=request.POST.get("language", ""),
            email="email" in request.POST,
            sms="sms" in request.POST,
            push="push" in request.POST,
            phone=request.POST.get("phone", "")[:40],
            device=request.POST.get("device", "").strip()[:200],
        )
        try:
            choose_channels(account, wishes)
        except GreenlaneError as error:
            refusal = error
        else:
            messages.success(request, _("Saved."))
            return redirect("callup:channels")
    context = {
        "wishes": wishes,
        "languages": settings.LANGUAGES,
        "refusal": refusal,
        "last": messages_to(account),
    }
    return render(request, "callup/channels.html", context, status=refusal.status if refusal else 200)


def _account(request: HttpRequest) -> Account:
    return cast(Account, request.user)


def _minutes(text: str) -> int:
    return min(int(text), MOST_MINUTES) if text.isascii() and text.isdecimal() and len(text) < 6 else 5
