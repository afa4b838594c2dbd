"""Wishes in a ballot for people: enter a truck, see what became of it, withdraw."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from greenlane.booking import commands, queries
from greenlane.booking.models import BallotEntry
from greenlane.booking.pages.access import account_of, carrier_page
from greenlane.booking.pages.ballot_form import BallotForm
from greenlane.booking.pages.choose import parks_serving
from greenlane.errors import GreenlaneError
from greenlane.registry.clock import now
from greenlane.registry.models import Direction

SHOWN = 50
"""How many entries are listed, the newest first."""


@require_http_methods(["GET", "POST"])
@carrier_page
def enter(request: HttpRequest, ballot_id: int) -> HttpResponse:
    """A truck and the slots that it wishes for. Sent again for the same truck, the wish is replaced."""
    at, ballot = now(), queries.ballot_of(ballot_id)
    closed = queries.why_not_open(ballot, at)
    if closed and request.method == "GET":
        messages.info(request, closed.message)
        return redirect("booking:ballot", ballot_id)
    parks = parks_serving(ballot.checkpoint, ballot.direction)
    form = BallotForm(
        request.POST or None,
        account=account_of(request),
        slots=list(queries.ballot_slots(ballot)),
        zone=ballot.checkpoint.zone,
        parks=parks,
    )
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            commands.enter_ballot(
                account_of(request),
                ballot_id,
                form.truck_id,
                form.wish,
                at,
                park_id=form.park_id or (parks[0].pk if parks else None),
                joins_list=form.cleaned_data["joins_list"],
            )
        except GreenlaneError as error:
            refusal = error
        else:
            messages.success(request, _("The truck is in the ballot."))
            return redirect("booking:ballot_entries")
    context = {
        "ballot": ballot,
        "checkpoint": ballot.checkpoint,
        "direction": Direction(ballot.direction),
        "form": form,
        "refusal": refusal,
        "at": at,
    }
    return render(request, "booking/ballot_enter.html", context, status=refusal.status if refusal else 200)


@require_GET
@carrier_page
def mine(request: HttpRequest) -> HttpResponse:
    """The reader's entries with their results, the newest first."""
    entries = list(queries.entries_of(account_of(request))[:SHOWN])
    context = {"entries": entries, "entered": BallotEntry.Outcome.ENTERED, "at": now()}
    return render(request, "booking/ballot_entries.html", context)


@require_POST
@carrier_page
def withdraw(request: HttpRequest, number: str) -> HttpResponse:
    """Take a wish back."""
    commands.withdraw_entry(account_of(request), number, now())
    messages.success(request, _("The wish has been withdrawn."))
    return redirect("booking:ballot_entries")
