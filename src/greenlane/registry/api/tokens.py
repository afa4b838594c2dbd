"""API tokens over HTTP: made and revoked by a person who is signed in, never by another token."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Router, Schema
from pydantic import Field

from greenlane.errors import GreenlaneError
from greenlane.registry import commands
from greenlane.registry.models import ApiToken
from greenlane.registry.queries import Call, call_of, tokens_of

router = Router(tags=["tokens"])


class TokenIn(Schema):
    """A token to make."""

    name: Annotated[str, Field(min_length=1, max_length=80, description="What will use it.")]
    scopes: list[str] = ["bookings"]
    days: Annotated[int | None, Field(ge=1, le=3650, description="Days until it expires; null: never.")] = 365


class TokenOut(Schema):
    """A token, without its secret."""

    id: int
    name: str
    prefix: str
    scopes: list[str]
    made_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None


class NewToken(Schema):
    """A new token. Its text is shown this once; a retry with the same key gets null."""

    id: int
    prefix: str
    token: str | None


@router.get("/tokens", response=list[TokenOut], summary="The account's tokens")
def tokens(request: HttpRequest) -> Any:
    """The tokens that are not revoked, newest first."""
    return tokens_of(_signed_in(request).account)


@router.post("/tokens", response=NewToken, summary="Make a token")
def make_token(request: HttpRequest, given: TokenIn) -> dict[str, Any]:
    """Copy the text at once: only its SHA-256 is kept."""
    call = _signed_in(request)
    texts: list[str] = []

    def do() -> dict[str, Any]:
        expires_at = call.at + timedelta(days=given.days) if given.days else None
        token, text = commands.make_token(
            call.account, call.account, given.name, given.scopes, call.at, expires_at=expires_at
        )
        texts.append(text)
        return {"id": token.pk, "prefix": token.prefix}

    made = commands.answer_once(call.account, call.key, "make_token", given.model_dump(), do, call.at)
    return made | {"token": texts[0] if texts else None}


@router.post("/tokens/{int:token_id}/revoke", response=TokenOut, summary="Shut a token for good")
def revoke_token(request: HttpRequest, token_id: int) -> ApiToken:
    """It is refused everywhere within ten seconds. Repeating it changes nothing."""
    call = _signed_in(request)
    return commands.revoke_token(call.account, token_id, call.at)


def _signed_in(request: HttpRequest) -> Call:
    call = call_of(request)
    if call.caller.token is not None:
        raise GreenlaneError(
            "session_needed",
            _("Tokens are made and revoked by a person who is signed in."),
            mend=_("Sign in in a browser and open the page of your tokens."),
            status=403,
        )
    return call
