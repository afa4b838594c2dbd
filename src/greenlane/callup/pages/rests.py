"""The driver's page of rests: tell one, see whether the drive fits, take it back."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from greenlane.booking.codes import TICKET
from greenlane.callup.commands import lift, tell_driving, tell_rest
from greenlane.callup.queries.hindered import Subject, hindrances_of, subject_of_code
from greenlane.callup.rest import LENGTHS, Tachograph
from greenlane.errors import GreenlaneError
from greenlane.registry.clock import now
from greenlane.registry.models import Account


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def rests(request: HttpRequest, code: str) -> HttpResponse:
    """The rests of a truck by the code of its booking or ticket, and the forms that tell another.

    A booking's needs the account that holds it; a ticket's belongs to whoever has its code.
    """
    account, at = _account(request), now()
    if account is None and not code.upper().startswith(TICKET):
        return redirect_to_login(request.get_full_path())
    subject = _subject(account, code)
    zone = ZoneInfo(subject.checkpoint.zone)
    if request.method == "POST":
        try:
            _tell(request, account, code, at, zone)
        except GreenlaneError as refusal:
            messages.error(request, " ".join(part for part in (refusal.message, refusal.mend) if part))
        else:
            return redirect("callup:rests", code=code)
    context = {
        "code": code,
        "place": subject.booking or subject.ticket,
        "is_booking": subject.booking is not None,
        "checkpoint": subject.checkpoint,
        "zone": subject.checkpoint.zone,
        "hindrances": hindrances_of(subject, at),
        "kinds": list(LENGTHS),
        "now_local": at.astimezone(zone).strftime("%Y-%m-%dT%H:%M"),
    }
    return render(request, "callup/rests.html", context)


@require_POST
def take_back(request: HttpRequest, code: str, hindrance: int) -> HttpResponse:
    """The driver is ready: the rest holds no more."""
    account = _account(request)
    try:
        lift(account, hindrance, now(), code=code)
    except GreenlaneError as refusal:
        messages.error(request, " ".join(part for part in (refusal.message, refusal.mend) if part))
    else:
        messages.success(request, _("You can be called again."))
    return redirect("callup:rests", code=code)


def _tell(request: HttpRequest, account: Account | None, code: str, at: datetime, zone: ZoneInfo) -> None:
    if request.POST.get("form") == "day":
        told = tell_driving(account, code, _day(request, at, zone), at)
        if told.verdict.fits:
            messages.success(request, _("The drive through the checkpoint fits before your next rest."))
        else:
            messages.success(request, _("You are not called before your rest is over. Your place is kept."))
        return
    tell_rest(
        account,
        code,
        request.POST.get("kind", ""),
        at,
        starts_at=_time(request, "starts_at", zone),
        ends_at=_time(request, "ends_at", zone),
    )
    messages.success(request, _("You are not called in your rest. Your place is kept."))


def _day(request: HttpRequest, at: datetime, zone: ZoneInfo) -> Tachograph:
    return Tachograph(
        driven=_span(request, "driven"),
        driven_today=_span(request, "driven_today"),
        day_began=_time(request, "day_began", zone) or at,
        standing_since=_time(request, "standing_since", zone),
    )


def _span(request: HttpRequest, field: str) -> timedelta:
    """Hours and minutes, as 4:20."""
    hours, _colon, minutes = request.POST.get(field, "").strip().partition(":")
    parts = (hours, minutes or "0")
    if not all(part.isascii() and part.isdecimal() and len(part) < 3 for part in parts):
        raise GreenlaneError(
            "span", _("This is not a time of driving."), field=field, mend=_("Write it as 4:20.")
        )
    return timedelta(hours=int(hours), minutes=int(parts[1]))


def _time(request: HttpRequest, field: str, zone: ZoneInfo) -> datetime | None:
    """A local time of the checkpoint, as the browser writes it."""
    text = request.POST.get(field, "").strip()
    if not text:
        return None
    try:
        local = datetime.fromisoformat(text)
    except ValueError:
        local = None
    if local is None or not 2000 <= local.year <= 2200 or local.tzinfo is not None:
        raise GreenlaneError(
            "time", _("This is not a time."), field=field, mend=_("Write it as 2026-11-24T06:00.")
        )
    return local.replace(tzinfo=zone)


def _subject(account: Account | None, code: str) -> Subject:
    try:
        return subject_of_code(account, code)
    except GreenlaneError as refusal:
        raise Http404(str(refusal)) from refusal


def _account(request: HttpRequest) -> Account | None:
    return request.user if isinstance(request.user, Account) else None
