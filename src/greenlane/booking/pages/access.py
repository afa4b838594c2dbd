"""Who may see a page of this room, and how a refusal is shown."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from greenlane.errors import GreenlaneError
from greenlane.registry.models import Account, Carrier
from greenlane.registry.queries import carrier_of

View = Callable[..., HttpResponse]


def account_of(request: HttpRequest) -> Account:
    """The account of a request that has passed `carrier_page`."""
    return cast(Account, request.user)


def carrier_page(view: View) -> View:
    """Open a page to signed-in people of a carrier; a refusal that the view raises gets its own page."""

    @login_required
    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            carrier_of(account_of(request))
            return view(request, *args, **kwargs)
        except GreenlaneError as refusal:
            return refused(request, refusal)

    return checked


def refused(request: HttpRequest, refusal: GreenlaneError) -> HttpResponse:
    """A whole page that says what was refused and what to do about it."""
    return render(request, "booking/refused.html", {"refusal": refusal}, status=refusal.status)


def carrier_behind(request: HttpRequest) -> Carrier:
    """The carrier that the signed-in account works for."""
    return carrier_of(account_of(request))


def new_key() -> str:
    """An idempotency key for one form: sent twice, it takes one place."""
    return secrets.token_urlsafe(12)
