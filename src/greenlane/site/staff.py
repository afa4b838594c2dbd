"""Staff work with a second factor: without one they can reach nothing but the page that sets it up."""

from __future__ import annotations

from collections.abc import Callable

from allauth.mfa.utils import is_mfa_enabled
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

_OPEN = ("/accounts/", "/static/", "/i18n/", "/api/v1/public/", "/board/", "/clocks/")


class SecondFactorMiddleware:
    """Sends a member of staff who has no second factor yet to the page where it is set up."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        account = request.user
        if (
            # The path first: what is open to everyone must not read the session, or no cache could keep it.
            not request.path.startswith(_OPEN)
            and account.is_authenticated
            and (account.is_staff or account.grants.exists())
            and not is_mfa_enabled(account)
        ):
            return redirect(reverse("mfa_activate_totp"))
        return self.get_response(request)
