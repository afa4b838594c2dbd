"""Who may do what, and whose token it is."""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from greenlane.errors import GreenlaneError
from greenlane.registry.models import Account, ApiToken, Checkpoint, Role
from greenlane.registry.tokens import ACCOUNT, parse_token


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls the API: an account, what its credential allows, its token (None: a browser session)."""

    account: Account
    scopes: frozenset[str]
    token: ApiToken | None = None


SESSION_SCOPES = frozenset({str(ApiToken.Scope.BOOKINGS)})
"""What a person in a browser may do; entering facts with their own time needs a token."""


def account_of_token(text: str, at: datetime) -> Caller | None:
    """Whose token it is, or None when it is unknown, expired, revoked, or its account is shut."""
    token = parse_token(text)
    if token is None or token.kind != ACCOUNT:
        return None
    kept = (
        ApiToken.objects.select_related("account__carrier")
        .filter(Q(expires_at=None) | Q(expires_at__gt=at), prefix=token.prefix, revoked_at=None)
        .filter(account__is_active=True)
        .first()
    )
    if kept is None or not hmac.compare_digest(kept.digest, token.digest):
        return None
    return Caller(kept.account, frozenset(kept.scopes), kept)


def working_tokens(texts: Iterable[str], at: datetime) -> frozenset[str]:
    """Those of the account tokens that `account_of_token` would accept, asked for at once."""
    digests = {token.digest: text for text in texts if (token := parse_token(text)) and token.kind == ACCOUNT}
    kept = ApiToken.objects.filter(
        Q(expires_at=None) | Q(expires_at__gt=at),
        digest__in=digests,
        revoked_at=None,
        account__is_active=True,
    )
    return frozenset(digests[digest] for digest in kept.values_list("digest", flat=True))


def tokens_of(account: Account) -> QuerySet[ApiToken]:
    """The account's tokens that are not revoked, newest first."""
    return ApiToken.objects.filter(account=account, revoked_at=None).order_by("-made_at", "-pk")


def may(account: Account | AnonymousUser, checkpoint: Checkpoint, *roles: str) -> bool:
    """Whether the account has one of the roles (any role, when none is named) at the checkpoint.

    The checkpoint's administrators have every role there, platform administrators everywhere.
    """
    if not isinstance(account, Account) or not account.is_active:
        return False
    if account.is_superuser:
        return True
    grants = account.grants.filter(checkpoint=checkpoint)
    return (grants.filter(role__in=[*roles, Role.ADMINISTRATOR]) if roles else grants).exists()


def require(account: Account | AnonymousUser, checkpoint: Checkpoint, *roles: str) -> None:
    """Refuse who may not.

    Raises:
        GreenlaneError: ``not_allowed`` (403).
    """
    if not may(account, checkpoint, *roles):
        named = ", ".join(str(Role(role).label) for role in roles) or _("member of staff")
        raise GreenlaneError(
            "not_allowed",
            _("This needs the right “%(role)s” at %(checkpoint)s.")
            % {"role": named, "checkpoint": checkpoint.code},
            mend=_("Ask an administrator of the checkpoint for the right."),
            status=403,
        )


def roles_at(account: Account, checkpoint: Checkpoint) -> frozenset[str]:
    """The roles that the account has at the checkpoint; all for a platform administrator."""
    if account.is_superuser:
        return frozenset(Role.values)
    return frozenset(account.grants.filter(checkpoint=checkpoint).values_list("role", flat=True))


def checkpoints_of(account: Account) -> QuerySet[Checkpoint]:
    """The checkpoints that the account serves as staff, by code."""
    served = Checkpoint.objects.select_related("crossing").order_by("code")
    return served if account.is_superuser else served.filter(grants__account=account).distinct()
