"""How a carrier's trucks stand, appeals and credits, and what a checkpoint publishes of both promises."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from greenlane.booking import commands, queries
from greenlane.booking.guarantee import CREDIT_DAYS
from greenlane.booking.limits import LATE_CANCEL_STRIKES, NO_SHOW_STRIKES, barred_days
from greenlane.booking.pages.access import account_of, carrier_behind, carrier_page, refused
from greenlane.booking.templatetags.booking_refusals import mend, said
from greenlane.errors import GreenlaneError
from greenlane.registry.clock import now
from greenlane.registry.codes import DIRECTIONS
from greenlane.registry.queries import checkpoint as checkpoint_of

PUBLISHED_DAYS = 90
"""Over so many days the counts are published."""


@require_GET
@carrier_page
def standing(request: HttpRequest) -> HttpResponse:
    """The carrier's trucks that have strikes or limits, and its credits."""
    at, carrier = now(), carrier_behind(request)
    context = {
        "carrier": carrier,
        "standings": queries.standings_of(carrier, at),
        "credits": queries.credits_of(account_of(request))[:50],
        "at": at,
    }
    return render(request, "booking/standing.html", context)


@require_POST
@carrier_page
def appeal(request: HttpRequest, code: str) -> HttpResponse:
    """Say why a strike should not count."""
    found = queries.booking_of(account_of(request), code)
    try:
        commands.appeal(account_of(request), code, request.POST.get("text", ""), now())
        messages.success(
            request, _("An officer of the checkpoint will look at it. Until then the strike counts.")
        )
    except GreenlaneError as refusal:
        messages.error(request, f"{said(refusal)} {mend(refusal)}")
    return redirect("booking:booking", found.code)


@require_POST
@carrier_page
def use_credit(request: HttpRequest, code: str) -> HttpResponse:
    """Use a credit of the guarantee for a booking."""
    found = queries.booking_of(account_of(request), code)
    number = request.POST.get("credit", "")
    try:
        commands.use_credit(account_of(request), code, int(number) if number.isdecimal() else 0, now())
        messages.success(request, _("The booking has priority now."))
    except GreenlaneError as refusal:
        messages.error(request, f"{said(refusal)} {mend(refusal)}")
    return redirect("booking:booking", found.code)


@require_GET
def promises(request: HttpRequest, checkpoint: str, direction: str) -> HttpResponse:
    """For everyone: the limits and the guarantee of a checkpoint, and how often each was needed."""
    if direction not in DIRECTIONS:
        raise Http404
    try:
        here = checkpoint_of(checkpoint)
        rules = queries.rules_of(here.pk, direction)
    except GreenlaneError as refusal:
        return refused(request, refusal)
    at = now()
    since = at - timedelta(days=PUBLISHED_DAYS)
    rule = queries.limit_rule(rules)
    grades = [
        (strikes, barred_days(strikes, rule))
        for strikes in range(LATE_CANCEL_STRIKES, NO_SHOW_STRIKES * (rule.most + 2) + 1)
    ]
    context = {
        "checkpoint": here,
        "direction": direction,
        "rules": rules,
        "grades": grades,
        "days": PUBLISHED_DAYS,
        "credit_days": CREDIT_DAYS,
        "limits": queries.limits_published(here, direction, since, at),
        "guarantee": queries.guarantee_published(here, direction, since, at),
        "lag": queries.lag_minutes(here, direction, at),
    }
    return render(request, "booking/promises.html", context)
