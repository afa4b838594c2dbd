"""Signs of resale, for the officers who look at them."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from greenlane.booking import commands
from greenlane.booking.commands.resale import SEEN_BY
from greenlane.booking.pages.access import account_of
from greenlane.booking.pages.staff import staff_page
from greenlane.booking.queries.resale import carriers_named, signals_for
from greenlane.errors import GreenlaneError
from greenlane.registry.clock import now

PAGE = 50


@require_GET
@staff_page(*SEEN_BY)
def listed(request: HttpRequest) -> HttpResponse:
    """The signals at the officer's checkpoints, the open ones first."""
    signals = signals_for(account_of(request), SEEN_BY)
    page = Paginator(signals, PAGE).get_page(request.GET.get("page"))
    return render(request, "booking/signals.html", {"page": page})


@require_http_methods(["GET", "POST"])
@staff_page(*SEEN_BY)
def shown(request: HttpRequest, pk: int) -> HttpResponse:
    """One signal with its evidence, and what the officer says it was; opening it is logged."""
    officer, at, refusal = account_of(request), now(), None
    signal = commands.look_at_signal(officer, pk, at)
    if request.method == "POST":
        confirmed = request.POST.get("decision") == "confirmed"
        try:
            commands.decide_signal(officer, pk, confirmed, request.POST.get("why", ""), at)
        except GreenlaneError as error:
            refusal = error
        else:
            messages.success(request, _("Noted. Nothing else follows from it by itself."))
            return redirect("booking:signals")
    context = {"signal": signal, "carriers": carriers_named(signal), "refusal": refusal}
    return render(request, "booking/signal.html", context, status=refusal.status if refusal else 200)
