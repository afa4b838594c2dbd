"""Priority: its uses for everyone to see, and the officers' page that grants it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from greenlane.booking import commands, queries
from greenlane.booking.commands.priority_reasons import GRANTED, LONGEST_DETAIL
from greenlane.booking.models import Booking, LiveTicket, PriorityUse
from greenlane.booking.priority import fits
from greenlane.booking.queries.priority import month_asked
from greenlane.errors import GreenlaneError
from greenlane.registry.clock import now
from greenlane.registry.models import Account, Checkpoint, Direction, Role, VehicleClass
from greenlane.registry.queries import checkpoint as checkpoint_of
from greenlane.registry.queries import checkpoint_document, may

Reason = PriorityUse.Reason


class GrantForm(forms.Form):
    """A reason, what is published beside it, and for a booking the slot."""

    reason = forms.ChoiceField(label=gettext_lazy("Reason"), widget=forms.RadioSelect)
    detail = forms.CharField(
        label=gettext_lazy("Detail, published"),
        required=False,
        max_length=LONGEST_DETAIL,
        help_text=gettext_lazy("Say what the goods or the need are. No names, plates, phones."),
    )
    slot = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1)

    def __init__(self, *args: Any, vehicle_class: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        reasons = self.fields["reason"]
        assert isinstance(reasons, forms.ChoiceField)
        reasons.choices = [(code, Reason(code).label) for code in GRANTED if fits(code, vehicle_class)]


@require_safe
def uses(request: HttpRequest, checkpoint: str, direction: str) -> HttpResponse:
    """The uses of priority in a local month: counts by reason, the cap, and each use without a name."""
    here = _line(checkpoint, direction)
    try:
        asked = month_asked(request.GET.get("month", ""), here.zone, now())
        month = queries.priority_month(here, direction, asked)
    except GreenlaneError as refusal:
        raise Http404(str(refusal)) from refusal
    context = {
        "checkpoint": here,
        "direction": Direction(direction),
        "month": month,
        "months": queries.priority_months(here, direction),
        "percent": round(100 * month.share, 1),
        "counts": [(Reason(code).label, count) for code, count in sorted(month.by_reason.items())],
        "uses": [
            (use, Reason(use.reason).label, VehicleClass(use.vehicle_class).label) for use in month.uses
        ],
    }
    return render(request, "booking/priority.html", context)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def grant(request: HttpRequest, checkpoint: str, direction: str) -> HttpResponse:
    """Look a truck up by the code of its booking or ticket, and put it before others."""
    here = _line(checkpoint, direction)
    officer = request.user
    if not isinstance(officer, Account) or not may(officer, here, Role.OFFICER, Role.SHIFT_LEAD):
        raise PermissionDenied
    code = request.POST.get("code", "").strip()
    place, form, refusal = None, None, None
    if code:
        try:
            place = commands.look_up_place(officer, code, now())
            form = GrantForm(
                request.POST if "grant" in request.POST else None, vehicle_class=place.vehicle_class
            )
            if form.is_valid():
                _grant(officer, place, form)
                messages.success(request, _("The truck goes before others. The use is published."))
                return redirect("booking:priority", place.checkpoint.code, place.direction)
        except GreenlaneError as refused:
            refusal = refused
    context = {
        "checkpoint": here,
        "direction": Direction(direction),
        "code": code,
        "place": place,
        "is_booking": isinstance(place, Booking),
        "slots": queries.priority_slots(place, now()) if isinstance(place, Booking) else [],
        "form": form,
        "refusal": refusal,
    }
    return render(request, "booking/priority_grant.html", context, status=refusal.status if refusal else 200)


def _grant(officer: Account, place: Booking | LiveTicket, form: GrantForm) -> None:
    given = form.cleaned_data
    commands.grant_priority(
        officer, place.code, given["reason"], given["detail"], now(), slot_id=given["slot"]
    )


def _line(checkpoint: str, direction: str) -> Checkpoint:
    try:
        here = checkpoint_of(checkpoint)
    except GreenlaneError as error:
        raise Http404(str(error)) from error
    if direction not in checkpoint_document(here).directions:
        raise Http404(direction)
    return here
