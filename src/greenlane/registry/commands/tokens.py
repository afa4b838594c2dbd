"""API tokens of accounts."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils.translation import gettext as _

from greenlane.errors import GreenlaneError
from greenlane.registry.models import Account, ApiToken
from greenlane.registry.tokens import ACCOUNT
from greenlane.registry.tokens import make_token as new_token

USE_NOTED_EVERY = timedelta(minutes=1)


def make_token(
    by: Account,
    account: Account,
    name: str,
    scopes: Collection[str],
    at: datetime,
    *,
    expires_at: datetime | None = None,
) -> tuple[ApiToken, str]:
    """A new token of an account, and its text, which is shown this once.

    Raises:
        GreenlaneError: ``name_missing``, ``scope_unknown``, ``expiry_past``; ``not_allowed`` (403) for
            another's account or the scope ``backfill``, unless ``by`` is a platform administrator.
    """
    name = " ".join(name.split())[:80]
    if not name:
        raise GreenlaneError(
            "name_missing", _("The token has no name."), field="name", mend=_("Say what will use it.")
        )
    unknown = sorted(set(scopes) - set(ApiToken.Scope.values))
    if unknown or not scopes:
        raise GreenlaneError(
            "scope_unknown",
            _("“%(scope)s” is not a scope.") % {"scope": ", ".join(unknown)},
            field="scopes",
            mend=_("Choose one or more of: %(known)s.") % {"known": ", ".join(ApiToken.Scope.values)},
        )
    if expires_at is not None and expires_at <= at:
        raise GreenlaneError(
            "expiry_past",
            _("The token would have expired already."),
            field="expires_at",
            mend=_("Give a later time."),
        )
    if (ApiToken.Scope.BACKFILL in scopes or by != account) and not by.is_superuser:
        raise GreenlaneError(
            "not_allowed",
            _("Only an administrator of the platform makes such a token."),
            field="scopes",
            mend=_("Ask an administrator for it."),
            status=403,
        )
    token = new_token(ACCOUNT)
    kept = ApiToken.objects.create(
        account=account,
        name=name,
        prefix=token.prefix,
        digest=token.digest,
        scopes=sorted(set(scopes)),
        made_at=at,
        expires_at=expires_at,
    )
    return kept, token.text


def revoke_token(account: Account, token_id: int, at: datetime) -> ApiToken:
    """Shut one of the account's tokens for good. Repeating it changes nothing.

    Raises:
        GreenlaneError: ``token_unknown`` (404).
    """
    ApiToken.objects.filter(pk=token_id, account=account, revoked_at=None).update(revoked_at=at)
    token = ApiToken.objects.filter(pk=token_id, account=account).first()
    if token is None:
        raise GreenlaneError(
            "token_unknown",
            _("There is no such token."),
            field="token",
            mend=_("Choose one of your tokens."),
            status=404,
        )
    return token


def note_token_use(token: ApiToken, at: datetime) -> None:
    """Remember when a token was last used, to the minute, so that busy clients do not write at every call."""
    stale = at - USE_NOTED_EVERY
    if token.last_used_at is None or token.last_used_at < stale:
        ApiToken.objects.filter(Q(last_used_at=None) | Q(last_used_at__lt=stale), pk=token.pk).update(
            last_used_at=at
        )
