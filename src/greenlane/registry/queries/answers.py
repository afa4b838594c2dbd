"""Answers that were given before, by idempotency key."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from django.utils.translation import gettext as _

from greenlane.errors import GreenlaneError
from greenlane.registry.models import Account, Answer


def request_digest(command: str, request: dict[str, Any]) -> str:
    """SHA-256 of a command and its input, by which a retry is told from another request with the same key."""
    text = json.dumps([command, request], sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


def answer_before(account: Account, key: str, command: str, request: dict[str, Any]) -> dict[str, Any] | None:
    """The first answer to this request of this account, or None when the key is new.

    Raises:
        GreenlaneError: ``key_reused`` (422) when the key came with another request.
    """
    kept = Answer.objects.filter(account=account, key=key).first()
    if kept is None:
        return None
    if kept.request_digest != request_digest(command, request):
        raise GreenlaneError(
            "key_reused",
            _("This key was used for another request."),
            field="Idempotency-Key",
            mend=_("Send a new key with a new request."),
            status=422,
        )
    body: dict[str, Any] = kept.body
    return body
