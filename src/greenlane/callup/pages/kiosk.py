"""Numbers of the live queue for trucks that are there: a kiosk at the park, and the officer's desk.

An officer makes a device a kiosk and is signed out of it: what is left there is a signed mark that allows one
thing, to give numbers of one line, until it runs out or the officer loses the right.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from greenlane.booking.commands import join_live_here
from greenlane.booking.models import LiveTicket
from greenlane.booking.queries import ticket_by_code
from greenlane.callup.pages.lines import STAFF, line_of, staff_at
from greenlane.callup.pages.live import queue_context, ticket_context
from greenlane.callup.pages.live_forms import WalkUpForm
from greenlane.errors import GreenlaneError
from greenlane.registry.clock import now
from greenlane.registry.models import Account, Checkpoint
from greenlane.registry.queries import may

MARK: Final = "kiosk"
SALT: Final = "greenlane.kiosk"
GOOD_FOR: Final = timedelta(hours=16)
"""A device has to be made a kiosk anew after so long: once a day."""
SHOWN_FOR: Final = timedelta(seconds=90)
"""The ticket can be opened again at the kiosk so long; then the way back shows the form."""
PRINTED_SALT: Final = "greenlane.kiosk.printed"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def kiosk(request: HttpRequest, checkpoint: str, direction: str) -> HttpResponse:
    """The kiosk: how long it takes, the form, and the number. A device that is none leads to the desk."""
    here = line_of(checkpoint, direction)
    opened_by = _opened_by(request, here, direction)
    if opened_by is None:
        return redirect("callup:desk", here.code, direction)
    printed = _printed(request)
    if printed is not None:
        return render(request, "callup/kiosk_ticket.html", ticket_context(request, printed, now()))
    form = WalkUpForm(request.POST or None, checkpoint=here)
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            ticket = _give(opened_by, here, direction, form, kiosk=True)
        except GreenlaneError as refused:
            refusal = refused
        else:
            shown = signing.dumps(ticket.code, salt=PRINTED_SALT)
            return redirect(f"{reverse('callup:kiosk', args=(here.code, direction))}?printed={shown}")
    context = {"form": form, "refusal": refusal} | queue_context(here, direction, now())
    return render(request, "callup/kiosk.html", context, status=refusal.status if refusal else 200)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def desk(request: HttpRequest, checkpoint: str, direction: str) -> HttpResponse:
    """An officer gives a number to a truck without a phone, and may make this device a kiosk."""
    here = line_of(checkpoint, direction)
    officer = staff_at(request.user, here)
    form = WalkUpForm(request.POST or None, checkpoint=here)
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            return redirect("callup:ticket", _give(officer, here, direction, form, kiosk=False).code)
        except GreenlaneError as refused:
            refusal = refused
    context = {"form": form, "refusal": refusal, "is_kiosk": MARK in request.COOKIES}
    return render(
        request,
        "callup/desk.html",
        context | queue_context(here, direction, now()),
        status=refusal.status if refusal else 200,
    )


@login_required
@require_POST
def open_kiosk(request: HttpRequest, checkpoint: str, direction: str) -> HttpResponse:
    """Make this device a kiosk of the line; the officer is signed out of it."""
    here = line_of(checkpoint, direction)
    officer = staff_at(request.user, here)
    mark = signing.dumps([officer.pk, here.code, direction], salt=SALT)
    logout(request)
    response = redirect("callup:kiosk", here.code, direction)
    response.set_cookie(MARK, mark, max_age=GOOD_FOR, **_cookie())
    return response


@login_required
@require_POST
def close_kiosk(request: HttpRequest, checkpoint: str, direction: str) -> HttpResponse:
    """Let this device be a kiosk no more."""
    staff_at(request.user, line_of(checkpoint, direction))
    response = redirect("callup:desk", checkpoint, direction)
    response.delete_cookie(MARK, path=_cookie()["path"], samesite="Strict")
    return response


def _cookie() -> dict[str, Any]:
    return {
        "path": "/live/",
        "httponly": True,
        "samesite": "Strict",
        "secure": settings.SESSION_COOKIE_SECURE,
    }


def _opened_by(request: HttpRequest, here: Checkpoint, direction: str) -> Account | None:
    """The officer who made this device a kiosk of the line, if that still holds."""
    try:
        account_id, *line = signing.loads(request.COOKIES.get(MARK, ""), salt=SALT, max_age=GOOD_FOR)
    except (signing.BadSignature, TypeError, ValueError):
        return None
    account = Account.objects.filter(pk=account_id).first()
    if account is None or line != [here.code, direction] or not may(account, here, *STAFF):
        return None
    return account


def _printed(request: HttpRequest) -> LiveTicket | None:
    """The ticket that this kiosk has just given."""
    if request.method == "POST":
        return None
    try:
        code = signing.loads(request.GET.get("printed", ""), salt=PRINTED_SALT, max_age=SHOWN_FOR)
        return ticket_by_code(code)
    except (signing.BadSignature, GreenlaneError):
        return None


def _give(staff: Account, here: Checkpoint, direction: str, form: WalkUpForm, *, kiosk: bool) -> LiveTicket:
    typed = {name: form.cleaned_data[name] for name in ("plate", "country", "vehicle_class", "phone")}
    language = get_language() or "en"
    return join_live_here(staff, here, direction, now(), **typed, language=language, kiosk=kiosk)
