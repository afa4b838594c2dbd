"""Appeals, for the officers and shift leads who decide them."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from greenlane.booking import commands, queries
from greenlane.booking.pages.access import account_of
from greenlane.booking.pages.staff import staff_page
from greenlane.errors import GreenlaneError
from greenlane.registry.clock import now

PAGE = 50


@require_GET
@staff_page(*commands.DECIDED_BY)
def listed(request: HttpRequest) -> HttpResponse:
    """The appeals at the officer's checkpoints, the open ones first."""
    appeals = queries.appeals_for(account_of(request), commands.DECIDED_BY)
    page = Paginator(appeals, PAGE).get_page(request.GET.get("page"))
    return render(
        request, "booking/appeals.html", {"page": page, "open": appeals.filter(decision="").count()}
    )


@require_http_methods(["GET", "POST"])
@staff_page(*commands.DECIDED_BY)
def shown(request: HttpRequest, pk: int) -> HttpResponse:
    """One appeal with the facts, and the decision; opening it is logged."""
    officer, at, refusal = account_of(request), now(), None
    facts = commands.look_at_appeal(officer, pk, at)
    if request.method == "POST":
        granted = request.POST.get("decision") == "granted"
        try:
            commands.decide_appeal(officer, pk, granted, request.POST.get("why", ""), at)
        except GreenlaneError as error:
            refusal = error
        else:
            messages.success(request, _("Decided. The carrier is told."))
            return redirect("booking:appeals")
    context = {"facts": facts, "appeal": facts.appeal, "booking": facts.appeal.booking, "refusal": refusal}
    return render(request, "booking/appeal.html", context, status=refusal.status if refusal else 200)
