"""POST /api/v1/places: taking places by group commit."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import asyncpg
import msgspec

from greenlane.booking.places import TAKE, PlaceAnswer, PlaceRequest, as_json, read_answers, refusal
from greenlane.errors import GreenlaneError
from greenlane.registry.clock import now
from greenlane.registry.fact_time import HEADER, fact_time
from greenlane.site.turnstile.fullness import FullSlots
from greenlane.site.turnstile.group_commit import GroupCommit, Overloaded
from greenlane.site.turnstile.http import Receive, Scope, Send, header, read_body, send_json
from greenlane.site.turnstile.identity import AccountIdentity, Identities
from greenlane.site.turnstile.wishes import Wish, checked_key, decode, request_of

_log = logging.getLogger(__name__)
_TAKE = TAKE.format("$1::jsonb", "$2")
_ANSWERED = (
    "SELECT first_slot_id, account_id, key FROM booking_booking WHERE first_slot_id = ANY ($1) AND key <> ''"
)


class _Batch(msgspec.Struct, frozen=True):
    """Requests of one client that share one time of fact."""

    requests: tuple[PlaceRequest, ...]
    at: datetime | None


class Places:
    """The places door."""

    def __init__(self, pool: asyncpg.Pool, identities: Identities, full: FullSlots) -> None:
        self._pool, self._identities, self._full = pool, identities, full
        self._line: GroupCommit[_Batch, Sequence[PlaceAnswer]] = GroupCommit(
            self._flush, most=256, waiting=20_000, weigh=lambda batch: len(batch.requests)
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        account = await self._identities.account(scope)
        if "bookings" not in account.scopes:
            raise GreenlaneError(
                "scope_missing", "The token may not book.", field="Authorization",
                mend="Use a token with the scope bookings.", status=403,
            )  # fmt: skip
        at = _time_of_fact(scope, account)
        wishes = decode(await read_body(receive))
        default_key = checked_key(header(scope, b"idempotency-key"), "Idempotency-Key")
        if isinstance(wishes, Wish):
            (answer,) = await self._answers([request_of(wishes, account, wishes.key or default_key)], at)
            if not answer.has_place:
                raise refusal(answer.outcome, answer.detail)
            await send_json(send, 201, _place(answer, wishes.slot))
            return
        requests = [
            request_of(
                wish,
                account,
                wish.key or (default_key and checked_key(f"{default_key}#{number}", "Idempotency-Key")),
            )
            for number, wish in enumerate(wishes)
        ]
        answers = await self._answers(requests, at)
        await send_json(
            send,
            200,
            {"answers": [_told(answer, wish.slot) for answer, wish in zip(answers, wishes, strict=True)]},
        )

    async def take(self, requests: Sequence[PlaceRequest]) -> Sequence[PlaceAnswer]:
        """Take places now for requests that came another way than over this door."""
        return await self._answers(requests, None)

    async def _answers(self, requests: Sequence[PlaceRequest], at: datetime | None) -> Sequence[PlaceAnswer]:
        """Those that are known to be full are answered from memory, the others from the database."""
        answers: list[PlaceAnswer | None] = []
        for request in requests:
            kind = self._full.full_for(
                request.slot, request.share, request.carrier, request.account, request.key
            )
            answers.append(PlaceAnswer("full", None, None, None, None, kind) if kind else None)
        asked = tuple(request for request, known in zip(requests, answers, strict=True) if known is None)
        if asked:
            try:
                told = iter(await self._line.submit(_Batch(asked, at)))
            except Overloaded:
                raise GreenlaneError(
                    "busy",
                    "Too many requests wait.",
                    mend="Send the same request again in a second.",
                    status=503,
                ) from None
            answers = [next(told) if known is None else known for known in answers]
        return [answer for answer in answers if answer is not None]

    async def _flush(self, batches: Sequence[_Batch]) -> Sequence[Sequence[PlaceAnswer]]:
        """Runs of batches with the same time go to the database together; wall time is read once."""
        results: list[Sequence[PlaceAnswer]] = []
        present = now()
        start = 0
        while start < len(batches):
            end = start
            while end < len(batches) and batches[end].at == batches[start].at:
                end += 1
            together = batches[start:end]
            answers = await self._take(
                [request for batch in together for request in batch.requests], together[0].at or present
            )
            position = 0
            for batch in together:
                results.append(answers[position : position + len(batch.requests)])
                position += len(batch.requests)
            start = end
        return results

    async def _take(self, requests: Sequence[PlaceRequest], at: datetime) -> list[PlaceAnswer]:
        generation = self._full.generation
        body = as_json(requests)
        async with self._pool.acquire() as connection:
            try:
                try:
                    rows = await connection.fetch(_TAKE, body, at)
                except asyncpg.DeadlockDetectedError:
                    rows = await connection.fetch(_TAKE, body, at)
                answers = read_answers(rows)
                await self._remember_full(connection, requests, answers, generation)
                return answers
            except (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError):
                _log.exception("the database cannot store a request")
        # Nothing of the batch was done. Halve it until the one that broke it is alone.
        if len(requests) == 1:
            return [PlaceAnswer("unstorable", None, None, None, None, "")]
        half = len(requests) // 2
        return await self._take(requests[:half], at) + await self._take(requests[half:], at)

    async def _remember_full(
        self,
        connection: asyncpg.pool.PoolConnectionProxy,
        requests: Sequence[PlaceRequest],
        answers: Sequence[PlaceAnswer],
        generation: int,
    ) -> None:
        # Once for each quota, not for each request: a rush has many of the same.
        full = {
            (
                request.slot,
                answer.detail,
                {"share": request.share, "carrier": str(request.carrier)}.get(answer.detail, ""),
            )
            for request, answer in zip(requests, answers, strict=True)
            if answer.outcome == "full"
        }
        if not full:
            return
        answered: dict[int, list[tuple[int, str]]] = {}
        for slot, account, key in await connection.fetch(_ANSWERED, list({slot for slot, _, _ in full})):
            answered.setdefault(slot, []).append((account, key))
        for slot, kind, selector in full:
            self._full.mark(slot, kind, selector, answered.get(slot, ()), generation)


def _time_of_fact(scope: Scope, account: AccountIdentity) -> datetime | None:
    """The time that the client states, for past facts entered later; None is the present."""
    given = header(scope, HEADER.lower().encode())
    return fact_time(given, account.scopes, now()) if given else None


def _place(answer: PlaceAnswer, slot: int) -> dict[str, Any]:
    return {
        "code": answer.code,
        "state": answer.state,
        "slot": slot,
        "held_until": answer.held_until,
        "again": answer.outcome == "again",
    }


def _told(answer: PlaceAnswer, slot: int) -> dict[str, Any]:
    if answer.has_place:
        return {"ok": True, "booking": _place(answer, slot)}
    return {"ok": False, "error": refusal(answer.outcome, answer.detail).as_dict()}
