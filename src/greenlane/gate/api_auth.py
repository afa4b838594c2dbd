"""Who calls the gate's routes: a device by its token, or an account by token or session."""

from __future__ import annotations

from django.http import HttpRequest
from ninja.security import HttpBearer, SessionAuth
from ninja.utils import check_csrf

from greenlane.errors import GreenlaneError
from greenlane.gate.models import Device
from greenlane.gate.queries import device_of_token
from greenlane.registry.clock import now
from greenlane.registry.models import Account
from greenlane.registry.queries import SESSION_SCOPES, Caller, account_of_token


class AnyToken(HttpBearer):
    """``Authorization: Bearer``, with a device's token (``gld_…``) or an account's (``glt_…``)."""

    def authenticate(self, request: HttpRequest, token: str) -> Device | Caller:
        """Whose token it is.

        Raises:
            GreenlaneError: ``not_signed_in`` (401).
        """
        found = device_of_token(token.strip()) or account_of_token(token.strip(), now())
        if found is None:
            raise GreenlaneError(
                "not_signed_in",
                "The token is unknown, expired or disabled.",
                field="Authorization",
                mend="Send the token of a device, as in `Authorization: Bearer gld_…`, or of an account.",
                status=401,
            )
        return found


class OfficerSession(SessionAuth):
    """The session of a browser; what changes something also needs the CSRF token."""

    def __call__(self, request: HttpRequest) -> Caller | None:
        """Who is signed in, or None.

        Raises:
            GreenlaneError: ``csrf`` (403).
        """
        account = request.user
        if not isinstance(account, Account):
            return None
        if check_csrf(request):
            raise GreenlaneError(
                "csrf",
                "The request did not come from a page of this site.",
                field="X-CSRFToken",
                mend="Send the value of the cookie csrftoken in this header, or use a token.",
                status=403,
            )
        return Caller(account, SESSION_SCOPES)
