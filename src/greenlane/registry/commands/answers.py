"""A command runs once for its key, however often and however nearly at once it is sent."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from greenlane.registry.clock import now
from greenlane.registry.models import Account, Answer
from greenlane.registry.queries.answers import answer_before, request_digest


def answer_once(
    account: Account,
    key: str,
    command: str,
    request: dict[str, Any],
    do: Callable[[], dict[str, Any]],
    at: datetime | None = None,
) -> dict[str, Any]:
    """Run ``do`` and keep its answer (a JSON-able dict) in the same transaction; a retry gets that answer.

    Of two calls at once with the same key the second waits for the first. A refusal (an exception of ``do``)
    is not kept, so the same key may be tried again. Without a key nothing is kept.

    Raises:
        GreenlaneError: ``key_reused`` (422) when the key came with another request, and what ``do`` raises.
    """
    if not key:
        return do()
    with transaction.atomic():
        try:
            with transaction.atomic():
                # The unique key is taken first: whoever comes second waits here until this transaction ends.
                kept = Answer.objects.create(
                    account=account,
                    key=key,
                    command=command,
                    request_digest=request_digest(command, request),
                    body={},
                    at=at or now(),
                )
        except IntegrityError:
            first = answer_before(account, key, command, request)
            if first is None:
                raise
            return first
        answer = do()
        kept.body = answer
        kept.save(update_fields=["body"])
        return answer
