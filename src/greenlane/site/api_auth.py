"""Who calls the API: an account's token, or a person signed in with the browser."""

from __future__ import annotations

from django.http import HttpRequest
from ninja.security import APIKeyCookie, HttpBearer
from ninja.utils import check_csrf

from greenlane.errors import GreenlaneError
from greenlane.registry.clock import now
from greenlane.registry.commands import note_token_use
from greenlane.registry.models import Account
from greenlane.registry.queries import SESSION_SCOPES, Caller, account_of_token


class AccountToken(HttpBearer):
    """``Authorization: Bearer glt_<prefix>_<secret>``."""

    def authenticate(self, request: HttpRequest, token: str) -> Caller:
        """Whose token it is.

        Raises:
            GreenlaneError: ``not_signed_in`` (401); a wrong token never falls back to the session.
        """
        at = now()
        caller = account_of_token(token.strip(), at)
        if caller is None or caller.token is None:
            raise GreenlaneError(
                "not_signed_in",
                "The token is unknown, expired or revoked.",
                field="Authorization",
                mend="Send a valid account token, as in `Authorization: Bearer glt_…`.",
                status=401,
            )
        note_token_use(caller.token, at)
        return caller


class SignedIn(APIKeyCookie):
    """The session of a browser; what changes something also needs the CSRF token."""

    param_name = "sessionid"

    def __call__(self, request: HttpRequest) -> Caller | None:
        """Who is signed in, or None.

        Raises:
            GreenlaneError: ``csrf`` (403).
        """
        caller = self.authenticate(request, None)
        if caller is not None and check_csrf(request):
            raise GreenlaneError(
                "csrf",
                "The request did not come from a page of this site.",
                field="X-CSRFToken",
                mend="Send the value of the cookie csrftoken in this header, or use a token.",
                status=403,
            )
        return caller

    def authenticate(self, request: HttpRequest, key: str | None) -> Caller | None:
        """The account of the session, or None."""
        account = request.user
        return Caller(account, SESSION_SCOPES) if isinstance(account, Account) else None
