"""POST /api/v1/places: a wrong request is answered with field and mend, and harms nobody else's."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import asyncpg
import pytest
from stand_ins import Exchange, TakingPool

from greenlane.errors import GreenlaneError
from greenlane.site.turnstile.fullness import FullSlots
from greenlane.site.turnstile.identity import Identities
from greenlane.site.turnstile.places import Places
from greenlane.site.turnstile.wishes import MOST_IN_LIST


def door(pool: TakingPool) -> Places:
    return Places(pool, Identities(pool), FullSlots())


async def ask(places: Places, body: Any, **headers: str) -> Any:
    exchange = Exchange(body=body if isinstance(body, bytes) else json.dumps(body).encode(), **headers)
    await places(exchange.scope, exchange.receive, exchange.send)
    return exchange.answer


def refused(body: Any, **headers: str) -> GreenlaneError:
    with pytest.raises(GreenlaneError) as error:
        asyncio.run(ask(door(TakingPool()), body, **headers))
    assert error.value.mend
    return error.value


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        (b"", 400, "body"),
        (b"{", 400, "body"),
        (b"\xff\xfe", 400, "body"),
        ([], 422, "body"),
        ([{"slot": 1}] * (MOST_IN_LIST + 1), 422, "body"),
        ("slot 5", 422, "body"),
        ({}, 422, "body"),
        ({"slot": "five"}, 422, "slot"),
        ({"slot": -1}, 422, "slot"),
        ({"slot": 2**63}, 422, "slot"),
        ({"slot": 1, "truck": 1.5}, 422, "truck"),
        ({"slot": 1, "driver": -3}, 422, "driver"),
        ([{"slot": 1}, {"slot": 2, "park": -1}], 422, "[1].park"),
        ({"slot": 1, "trick": 1}, 422, "body"),
        ({"slot": 1, "vehicle_class": "tank"}, 422, "vehicle_class"),
        ({"slot": 1, "share": "live"}, 422, "share"),
        ({"slot": 1, "confirm": True}, 422, "truck"),
        ({"slot": 1, "key": "k" * 81}, 422, "key"),
        ({"slot": 1, "key": "a\x00b"}, 422, "key"),
        ({"slot": 1, "asked_for": "tomorrow"}, 422, "asked_for"),
        ({"slot": 1, "asked_for": "2026-05-04T10:00:00"}, 422, "asked_for"),
        ([{"slot": 1}, {"slot": None}], 422, "[1].slot"),
    ],
)
def test_a_malformed_request_names_its_field(body: Any, status: int, field: str) -> None:
    error = refused(body)
    assert (error.status, error.field) == (status, field)


def test_a_key_too_long_is_refused_and_never_cut_short() -> None:
    assert refused({"slot": 1}, idempotency_key="k" * 81).field == "Idempotency-Key"
    assert refused([{"slot": 1}], idempotency_key="k" * 79).field == "Idempotency-Key"


@pytest.mark.parametrize("stated", ["yesterday", "2026-05-04T10:00:00"])
def test_times_are_stated_with_their_offset(stated: str) -> None:
    pool = TakingPool(account=(7, 3, ["bookings", "backfill"]))
    with pytest.raises(GreenlaneError) as error:
        asyncio.run(ask(door(pool), {"slot": 1}, greenlane_at=stated))
    assert (error.value.status, error.value.field) == (422, "Greenlane-At")


def test_only_a_backfill_token_states_times() -> None:
    assert refused({"slot": 1}, greenlane_at="2026-05-04T10:00:00Z").status == 403


def test_a_token_without_the_scope_may_not_book() -> None:
    with pytest.raises(GreenlaneError) as error:
        asyncio.run(ask(door(TakingPool(account=(7, 3, []))), {"slot": 1}))
    assert (error.value.code, error.value.status) == ("scope_missing", 403)


def test_a_list_is_answered_in_its_order_with_refusals_beside_places() -> None:
    answers = asyncio.run(ask(door(TakingPool()), [{"slot": 4}, {"slot": 99}, {"slot": 6}]))["answers"]
    assert [answer["ok"] for answer in answers] == [True, False, True]
    assert [answers[0]["booking"]["code"], answers[2]["booking"]["code"]] == ["GL-4", "GL-6"]
    assert (answers[1]["error"]["code"], answers[1]["error"]["field"]) == ("full", "slot")


def test_each_request_of_a_list_gets_a_key_of_its_own_from_the_header() -> None:
    pool = TakingPool()
    asyncio.run(ask(door(pool), [{"slot": 4}, {"slot": 5, "key": "mine"}], idempotency_key="list"))
    (asked,) = (json.loads(values[1]) for values in pool.asked if "booking_take" in values[0])
    assert [wish["key"] for wish in asked] == ["list#0", "mine"]


def test_a_slot_known_to_be_full_is_refused_without_asking_the_database() -> None:
    pool = TakingPool()

    async def run() -> None:
        places = door(pool)
        for _ in range(3):
            with pytest.raises(GreenlaneError, match="full"):
                await ask(places, {"slot": 99})

    asyncio.run(run())
    assert pool.batches == [[99]]


def test_a_request_that_cannot_be_stored_fails_alone() -> None:
    pool = TakingPool(error=asyncpg.DataError("time zone displacement out of range"))

    async def run() -> list[Any]:
        places = door(pool)
        await ask(places, {"slot": 1})
        return await asyncio.gather(
            *(ask(places, {"slot": slot}) for slot in (2, 3, 13, 4, 5)), return_exceptions=True
        )

    answers = asyncio.run(run())
    assert isinstance(answers[2], GreenlaneError)
    assert (answers[2].code, answers[2].status) == ("unstorable", 422)
    assert [answer["code"] for answer in answers if isinstance(answer, dict)] == [
        "GL-2",
        "GL-3",
        "GL-4",
        "GL-5",
    ]


def test_a_deadlock_is_tried_once_more() -> None:
    pool = TakingPool()
    pool.failing = [asyncpg.DeadlockDetectedError("deadlock")]
    assert asyncio.run(ask(door(pool), {"slot": 1}))["code"] == "GL-1"
    pool.failing = [asyncpg.DeadlockDetectedError("deadlock"), asyncpg.DeadlockDetectedError("deadlock")]
    with pytest.raises(asyncpg.DeadlockDetectedError):
        asyncio.run(ask(door(pool), {"slot": 1}))
