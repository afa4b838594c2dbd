"""POST /api/v1/readings on the real database: kept once, whoever sends them, however often and at once."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from django.db import connection
from stand_ins import Exchange

from greenlane.gate.models import Reading
from greenlane.site.database_url import DatabaseAddress
from greenlane.site.turnstile.identity import DeviceIdentity, Identities
from greenlane.site.turnstile.readings import Readings

pytestmark = pytest.mark.django_db(transaction=True)


class OneDevice(Identities):
    """Lets everyone in as the same camera."""

    def __init__(self, pool: asyncpg.Pool, device: int) -> None:
        super().__init__(pool)
        self._device = device

    async def device(self, _scope: object) -> DeviceIdentity:
        return DeviceIdentity(
            self._device, "camera", 1, "outbound", frozenset({"entry", "exit"}), frozenset()
        )


def sent(numbers: Sequence[int], **changes: Any) -> bytes:
    at = datetime.now(UTC).isoformat()
    return json.dumps(
        [
            {
                "event_id": str(UUID(int=number)),
                "point": "entry",
                "event_time": at,
                "event_time_zone_offset": "+03:00",
                "kind": "plate",
                "value": f"AA{number:04}BB",
                "confidence": 0.9,
            }
            | changes
            for number in numbers
        ]
    ).encode()


def tell(batches: Sequence[bytes], doors: int = 1) -> list[dict[str, int]]:
    """What each batch was answered, all sent at once to so many web workers in turn."""
    known = connection.settings_dict
    address = DatabaseAddress(
        known["HOST"], int(known["PORT"] or 5432), known["NAME"], known["USER"], known["PASSWORD"], {}
    )

    async def one(door: Readings, batch: bytes) -> dict[str, int]:
        exchange = Exchange("/api/v1/readings", batch)
        await door(exchange.scope, exchange.receive, exchange.send)
        answer: dict[str, int] = exchange.answer
        return answer

    async def all_of_them() -> list[dict[str, int]]:
        pools = [await asyncpg.create_pool(**address.asyncpg(), min_size=2, max_size=2) for _ in range(doors)]
        workers = [Readings(pool, OneDevice(pool, number)) for number, pool in enumerate(pools)]
        try:
            return await asyncio.gather(
                *(one(workers[number % doors], batch) for number, batch in enumerate(batches))
            )
        finally:
            for pool in pools:
                await pool.close()

    return asyncio.run(all_of_them())


def test_a_batch_is_kept_as_it_came_and_sent_again_it_is_known() -> None:
    (first,) = tell([sent(range(20), stage="customs", lane="c-1", skew_s=1.5, country="UA")])
    assert (first["accepted"], first["duplicates"]) == (20, 0)
    kept = Reading.objects.order_by("id")
    assert [reading.event_id.int for reading in kept] == list(range(20))
    assert (kept[7].value, kept[7].stage, kept[7].lane, kept[7].skew_s, kept[7].country) == (
        "AA0007BB",
        "customs",
        "c-1",
        1.5,
        "UA",
    )
    assert kept[7].matched_at is None
    (again,) = tell([sent(range(15, 25))])
    assert (again["accepted"], again["duplicates"]) == (5, 5)
    assert Reading.objects.count() == 25


def test_the_same_readings_through_four_workers_at_once_are_kept_once() -> None:
    # Each batch overlaps with others, half of them backwards, so that workers meet in both orders.
    spans = [range(start, start + 200) for start in range(0, 1000, 50)]
    batches = [sent(span if turn % 2 else span[::-1]) for span in spans for turn in range(4)]
    answers = tell(batches, doors=4)
    assert sum(answer["accepted"] for answer in answers) == 1150
    assert sum(answer["accepted"] + answer["duplicates"] for answer in answers) == len(batches) * 200
    assert sorted(reading.event_id.int for reading in Reading.objects.all()) == list(range(1150))


def test_a_reading_twice_in_one_batch_counts_once() -> None:
    (answer,) = tell([sent([1, 2, 1, 1])])
    assert (answer["accepted"], answer["duplicates"]) == (2, 2)
