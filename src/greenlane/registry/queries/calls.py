"""What every command of the API takes from its request: who calls, at what time, under which key."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.http import HttpRequest
from django.utils.translation import gettext as _

from greenlane.errors import GreenlaneError
from greenlane.registry.clock import now
from greenlane.registry.fact_time import HEADER, fact_time
from greenlane.registry.models import Account, ApiToken
from greenlane.registry.queries.accounts import Caller

KEY_HEADER: Final = "Idempotency-Key"
LONGEST_KEY: Final = 80


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the API.

    Attributes:
        account: who calls.
        caller: the same with the credential's scopes.
        at: the time at which the command counts, UTC or with its offset.
        key: the idempotency key, empty when none was sent.
    """

    account: Account
    caller: Caller
    at: datetime
    key: str


def caller_of(request: HttpRequest) -> Caller:
    """Who calls; set by the API's authentication."""
    caller = getattr(request, "auth", None)
    if not isinstance(caller, Caller):
        raise GreenlaneError(
            "not_signed_in",
            _("This needs a signed-in account."),
            mend=_("Send a valid account token, as in “Authorization: Bearer glt_…”, or sign in."),
            status=401,
        )
    return caller


def call_of(request: HttpRequest, scope: str = ApiToken.Scope.BOOKINGS) -> Call:
    """The call that a request makes.

    Raises:
        GreenlaneError: ``not_signed_in`` (401), ``scope_missing`` (403), ``key_malformed`` (400), or what
            `fact_time` refuses.
    """
    caller = caller_of(request)
    if scope not in caller.scopes:
        raise GreenlaneError(
            "scope_missing",
            _("This token does not have the scope “%(scope)s”.") % {"scope": scope},
            mend=_("Make a token that has it."),
            status=403,
        )
    at = fact_time(request.headers.get(HEADER), caller.scopes, now())
    return Call(caller.account, caller, at, _key(request))


def _key(request: HttpRequest) -> str:
    key = request.headers.get(KEY_HEADER, "").strip()
    if len(key) > LONGEST_KEY or not key.isprintable():
        raise GreenlaneError(
            "key_malformed",
            _("The idempotency key has more than %(most)d characters, or control characters.")
            % {"most": LONGEST_KEY},
            field=KEY_HEADER,
            mend=_("Send a short random key, such as a UUID."),
        )
    return key
