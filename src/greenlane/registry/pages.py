"""The carrier's own pages: trucks, trailers, drivers, their import, and API tokens."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from greenlane.errors import GreenlaneError
from greenlane.registry import commands, queries
from greenlane.registry.clock import now
from greenlane.registry.forms import DriverForm, FileForm, TokenForm, TrailerForm, TruckForm
from greenlane.registry.models import Account, ApiToken, Carrier

View = Callable[..., HttpResponse]
CARRIERS_SHOWN = 25


@dataclass(frozen=True, slots=True)
class Kind:
    """One list of the carrier: how it is read, added to, taken from and imported, and a sample file."""

    title: str | Promise
    listed: Callable[[Carrier], QuerySet[Any]]
    form: type[forms.Form]
    save: Callable[[Account, Sequence[Mapping[str, object]], datetime], commands.Saved]
    retire: Callable[[Account, int, datetime], None]
    read_file: Callable[[Account, bytes, datetime], commands.Imported]
    sample: str


KINDS = {
    "trucks": Kind(
        gettext_lazy("Trucks"),
        queries.trucks_of,
        TruckForm,
        commands.save_trucks,
        commands.retire_truck,
        commands.import_trucks_csv,
        "plate,country,vin,vehicle_class\n123 ABC 02,KZ,,laden\nAA 1234 BB,UA,,perishable\n",
    ),
    "trailers": Kind(
        gettext_lazy("Trailers"),
        queries.trailers_of,
        TrailerForm,
        commands.save_trailers,
        commands.retire_trailer,
        commands.import_trailers_csv,
        "plate,country,vin\n45 XYZ 02,KZ,\n",
    ),
    "drivers": Kind(
        gettext_lazy("Drivers"),
        queries.drivers_of,
        DriverForm,
        commands.save_drivers,
        commands.retire_driver,
        commands.import_drivers_csv,
        "full_name,phone,document\nInvented Person,+7 700 000 00 00,N00000000\n",
    ),
}


def _account(request: HttpRequest) -> Account:
    return cast(Account, request.user)


def dispatcher_page(view: View) -> View:
    """Open the page to a carrier's dispatchers only."""

    @login_required
    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        account = _account(request)
        if account.carrier_id is None or account.carrier_role != Account.CarrierRole.DISPATCHER:
            return render(request, "403.html", status=403)
        return view(request, *args, **kwargs)

    return checked


@require_http_methods(["GET", "POST"])
@dispatcher_page
def fleet(request: HttpRequest, kind: str) -> HttpResponse:
    """One of the carrier's lists, with a form that adds to it."""
    about, account = KINDS[kind], _account(request)
    carrier = queries.carrier_of(account)
    form = about.form(request.POST or None, initial={"country": carrier.country})
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            about.save(account, [form.cleaned_data], now()).only()
        except GreenlaneError as error:
            refusal = error
        else:
            messages.success(request, _("Saved."))
            return redirect(f"registry:{kind}")
    context = {
        "kind": kind,
        "about": about,
        "carrier": carrier,
        "listed": about.listed(carrier),
        "form": form,
        "refusal": refusal,
    }
    return render(request, "registry/fleet.html", context, status=refusal.status if refusal else 200)


@require_POST
@dispatcher_page
def retire(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """Take one off the list."""
    try:
        _kind(kind).retire(_account(request), pk, now())
        messages.success(request, _("Taken off the list."))
    except GreenlaneError as refusal:
        messages.error(request, f"{refusal.message} {refusal.mend or ''}")
    return redirect(f"registry:{kind}")


@require_http_methods(["GET", "POST"])
@dispatcher_page
def import_file(request: HttpRequest, kind: str) -> HttpResponse:
    """Read a CSV file: good lines are kept, bad lines shown with their field and mend."""
    about = _kind(kind)
    form = FileForm(request.POST or None, request.FILES or None)
    refusal = imported = None
    if request.method == "POST" and form.is_valid():
        try:
            imported = about.read_file(_account(request), form.cleaned_data["file"].read(), now())
        except GreenlaneError as error:
            refusal = error
    context = {"kind": kind, "about": about, "form": form, "refusal": refusal, "imported": imported}
    return render(request, "registry/import.html", context, status=refusal.status if refusal else 200)


@require_GET
@dispatcher_page
def sample(request: HttpRequest, kind: str) -> HttpResponse:
    """A file to start from; everything in it is invented."""
    content_type, disposition = "text/csv; charset=utf-8", f'attachment; filename="{kind}.csv"'
    return HttpResponse(
        _kind(kind).sample, content_type=content_type, headers={"Content-Disposition": disposition}
    )


def _kind(kind: str) -> Kind:
    if kind not in KINDS:
        raise Http404
    return KINDS[kind]


@require_http_methods(["GET", "POST"])
@login_required
def verify(request: HttpRequest) -> HttpResponse:
    """Carriers that wait to be verified, for administrators: which paper was seen."""
    account, refusal = _account(request), None
    if not queries.may_verify_carriers(account):
        return render(request, "403.html", status=403)
    if request.method == "POST":
        number = request.POST.get("carrier", "")
        carrier = get_object_or_404(Carrier, pk=int(number) if number.isdecimal() else 0)
        given = {name: request.POST.get(name, "") for name in ("document", "register_number")}
        try:
            commands.verify_carrier(
                account, carrier, given["document"], now(), register_number=given["register_number"]
            )
        except GreenlaneError as error:
            refusal = error
        else:
            messages.success(request, _("%(carrier)s is verified.") % {"carrier": carrier.name})
            return redirect("registry:verify")
    search = request.GET.get("q", "").strip()[:100]
    page = Paginator(queries.carriers_to_verify(search), CARRIERS_SHOWN).get_page(request.GET.get("page"))
    context = {"page": page, "search": search, "refusal": refusal}
    return render(request, "registry/verify.html", context, status=refusal.status if refusal else 200)


@require_http_methods(["GET", "POST"])
@dispatcher_page
def tokens(request: HttpRequest) -> HttpResponse:
    """The account's API tokens; a new one is shown this once."""
    account, shown, refusal = _account(request), "", None
    form = TokenForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            shown = _make_once(account, form.cleaned_data["name"], request.POST.get("key", ""))
            form = TokenForm()
        except GreenlaneError as error:
            refusal = error
    context = {
        "tokens": queries.tokens_of(account),
        "form": form,
        "shown": shown,
        "refusal": refusal,
        "made_before": request.method == "POST" and form.data == {} and not shown,
        "key": secrets.token_urlsafe(12),
    }
    response = render(request, "registry/tokens.html", context, status=refusal.status if refusal else 200)
    response["Cache-Control"] = "no-store"
    return response


def _make_once(account: Account, name: str, key: str) -> str:
    """The text of a new token; empty when this form made one before, since only its digest is kept."""
    texts: list[str] = []

    def make() -> dict[str, Any]:
        token, text = commands.make_token(account, account, name, [ApiToken.Scope.BOOKINGS], now())
        texts.append(text)
        return {"prefix": token.prefix}

    commands.answer_once(account, f"page-{key[:40]}" if key else "", "make_token", {"name": name}, make)
    return "".join(texts)


@require_POST
@dispatcher_page
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """Shut a token."""
    try:
        commands.revoke_token(_account(request), pk, now())
        messages.success(request, _("The token is shut. Nothing can use it any more."))
    except GreenlaneError as refusal:
        messages.error(request, f"{refusal.message} {refusal.mend or ''}")
    return redirect("registry:tokens")
