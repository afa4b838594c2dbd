"""POST /api/v1/places: taking places by group commit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import asyncpg
import msgspec

from greenlane.booking.places import TAKE, PlaceAnswer, PlaceRequest, as_json, read_answers, refusal
from greenlane.errors import GreenlaneError
from greenlane.registry.clock import now
from greenlane.site.turnstile.fullness import FullSlots
from greenlane.site.turnstile.group_commit import GroupCommit, Overloaded
from greenlane.site.turnstile.http import Receive, Scope, Send, header, read_body, send_json
from greenlane.site.turnstile.identity import AccountIdentity, Identities

MOST_IN_LIST = 500
_TAKE = TAKE.format("$1::jsonb", "$2")
_ANSWERED = (
    "SELECT first_slot_id, account_id, key FROM booking_booking WHERE first_slot_id = ANY ($1) AND key <> ''"
)


class Wish(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One place wanted, as a client sends it."""

    slot: int
    truck: int | None = None
    vehicle_class: str = "laden"
    share: str = "booked"
    park: int | None = None
    trailer: int | None = None
    driver: int | None = None
    confirm: bool = False
    key: str = ""
    asked_for: datetime | None = None


class _Batch(msgspec.Struct, frozen=True):
    """Requests of one client that share one time of fact."""

    requests: tuple[PlaceRequest, ...]
    at: datetime | None


_WISHES: msgspec.json.Decoder[Wish | list[Wish]] = msgspec.json.Decoder(Wish | list[Wish])
_CLASSES = ("laden", "empty", "perishable", "livestock", "dangerous", "oversize", "humanitarian", "bus")


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
        wishes = _decode(await read_body(receive))
        default_key = header(scope, b"idempotency-key")
        if isinstance(wishes, Wish):
            (answer,) = await self._answers([_request(wishes, account, wishes.key or default_key)], at)
            if not answer.has_place:
                raise refusal(answer.outcome, answer.detail)
            await send_json(send, 201, _place(answer, wishes.slot))
            return
        requests = [
            _request(wish, account, wish.key or (default_key and f"{default_key}#{number}"))
            for number, wish in enumerate(wishes)
        ]
        answers = await self._answers(requests, at)
        await send_json(
            send,
            200,
            {"answers": [_told(answer, wish.slot) for answer, wish in zip(answers, wishes, strict=True)]},
        )

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
                rows = await connection.fetch(_TAKE, body, at)
            except asyncpg.DeadlockDetectedError:
                rows = await connection.fetch(_TAKE, body, at)
            answers = read_answers(rows)
            await self._remember_full(connection, requests, answers, generation)
        return answers

    async def _remember_full(
        self,
        connection: asyncpg.pool.PoolConnectionProxy,
        requests: Sequence[PlaceRequest],
        answers: Sequence[PlaceAnswer],
        generation: int,
    ) -> None:
        full = [
            (request, answer.detail)
            for request, answer in zip(requests, answers, strict=True)
            if answer.outcome == "full"
        ]
        if not full:
            return
        answered: dict[int, list[tuple[int, str]]] = {}
        for slot, account, key in await connection.fetch(
            _ANSWERED, list({request.slot for request, _ in full})
        ):
            answered.setdefault(slot, []).append((account, key))
        for request, kind in full:
            selector = {"share": request.share, "carrier": str(request.carrier)}.get(kind, "")
            self._full.mark(request.slot, kind, selector, answered.get(request.slot, ()), generation)


def _decode(body: bytes) -> Wish | list[Wish]:
    try:
        wishes = _WISHES.decode(body)
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at `")
        raise GreenlaneError(
            "bad_request", what, field=where.strip("`$.") or "body",
            mend="See POST /places in the API description.", status=422,
        ) from error  # fmt: skip
    except msgspec.DecodeError as error:
        raise GreenlaneError(
            "not_json",
            f"The body is not JSON: {error}.",
            field="body",
            mend="Send JSON in UTF-8.",
            status=400,
        ) from error
    if isinstance(wishes, list) and not 0 < len(wishes) <= MOST_IN_LIST:
        raise GreenlaneError(
            "bad_list", f"The list has {len(wishes)} requests.", field="body",
            mend=f"Send 1 to {MOST_IN_LIST} at a time.", status=422,
        )  # fmt: skip
    for wish in wishes if isinstance(wishes, list) else [wishes]:
        _check(wish)
    return wishes


def _check(wish: Wish) -> None:
    for field, value, known in (
        ("vehicle_class", wish.vehicle_class, _CLASSES),
        ("share", wish.share, ("booked",)),
    ):
        if value not in known:
            raise GreenlaneError(
                "bad_request", f"{value!r} is not known.", field=field,
                mend="Use one of: " + ", ".join(known) + ".", status=422,
            )  # fmt: skip
    if len(wish.key) > 80:
        raise GreenlaneError(
            "bad_request", "The key has over 80 characters.", field="key", mend="Use a UUID.", status=422
        )
    if not 0 <= wish.slot < 2**63 or any(
        value is not None and not 0 <= value < 2**63
        for value in (wish.truck, wish.park, wish.trailer, wish.driver)
    ):
        raise GreenlaneError(
            "bad_request", "A number is out of range.", field="slot", mend="Use ids as given.", status=422
        )
    if wish.confirm and wish.truck is None:
        raise GreenlaneError(
            "bad_request", "A booking needs its truck.", field="truck",
            mend="Name a truck, or send confirm false to hold the place.", status=422,
        )  # fmt: skip


def _request(wish: Wish, account: AccountIdentity, key: str) -> PlaceRequest:
    return PlaceRequest(
        slot=wish.slot,
        account=account.account,
        carrier=account.carrier,
        truck=wish.truck,
        trailer=wish.trailer,
        driver=wish.driver,
        vehicle_class=wish.vehicle_class,
        share=wish.share,
        park=wish.park,
        confirm=wish.confirm,
        key=key[:80],
        asked_for=wish.asked_for,
    )


def _time_of_fact(scope: Scope, account: AccountIdentity) -> datetime | None:
    """The time that the client states, for past facts entered later; None is the present."""
    text = header(scope, b"greenlane-at")
    if not text:
        return None
    if "backfill" not in account.scopes:
        raise GreenlaneError(
            "scope_missing", "The token may not state times.", field="Greenlane-At",
            mend="Leave the header out, or use a token with the scope backfill.", status=403,
        )  # fmt: skip
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise GreenlaneError(
            "bad_request", f"{text!r} is not a time with its offset.", field="Greenlane-At",
            mend="Write it as 2026-11-24T06:00:00+00:00.", status=422,
        )  # fmt: skip
    return at


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
