"""kill -9 of the web server and of PostgreSQL in the rush: what was acknowledged is there, and once."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import psutil
import psycopg
import pytest
from places_world import COUNTS

from greenlane.site.postgres import EmbeddedPostgres
from web_process import WebProcess, web_process

pytestmark = [pytest.mark.db, pytest.mark.slow]

READING_CLIENTS, BATCH = 16, 20
RUSH_S = 1.5
"""Seconds of rush before, between and after the kills."""


@dataclass
class Acknowledged:
    """What clients were told, and how often they had to send again."""

    bookings: dict[str, set[str]] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    readings: set[str] = field(default_factory=set)
    repeats: int = 0
    stop: asyncio.Event = field(default_factory=asyncio.Event)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EmbeddedPostgres]:
    server = EmbeddedPostgres(tmp_path / "var")
    server.start()
    yield server
    server.stop(at_once=True)


@pytest.fixture
def environment(server: EmbeddedPostgres, tmp_path: Path) -> dict[str, str]:
    return {
        "DATABASE_URL": server.address.url(),
        "GREENLANE_VAR": str(server.var),
        "PYTHONPATH": str(Path(__file__).parent),
    }


def run(environment: dict[str, str], *command: str) -> str:
    done = subprocess.run(
        [sys.executable, *command],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


async def until_answered(client: httpx.AsyncClient, told: Acknowledged, path: str, **request: Any) -> Any:
    """The same request again and again until an answer comes that is not the server's own trouble."""
    while True:
        try:
            answer = await client.post(path, **request)
        except httpx.TransportError:
            answer = None
        if answer is not None and answer.status_code < 500:
            return answer
        told.repeats += 1
        await asyncio.sleep(0.05)


async def book(client: httpx.AsyncClient, told: Acknowledged, slots: Sequence[int], who: Any) -> None:
    headers = {"Authorization": f"Bearer {who['token']}"}
    for number, truck in enumerate(who["trucks"]):
        if told.stop.is_set():
            return
        wish = {"slot": slots[number % len(slots)], "truck": truck, "confirm": True, "key": str(uuid4())}
        answer = await until_answered(client, told, "/api/v1/places", json=wish, headers=headers)
        if answer.status_code == 201:
            told.bookings.setdefault(wish["key"], set()).add(answer.json()["code"])
        else:
            assert answer.json()["code"] == "full", answer.text
            told.refused.add(wish["key"])
        await asyncio.sleep(0.02)


async def read(client: httpx.AsyncClient, told: Acknowledged, device: str) -> None:
    headers = {"Authorization": f"Bearer {device}"}
    for number in count():
        if told.stop.is_set():
            return
        batch = [
            {
                "event_id": str(uuid4()),
                "device": "camera",
                "point": "entry",
                "event_time": datetime.now(UTC).isoformat(),
                "event_time_zone_offset": "+00:00",
                "kind": "plate",
                "value": f"TST{number:05}",
                "country": "PL",
                "confidence": 0.9,
            }
            for _ in range(BATCH)
        ]
        answer = await until_answered(client, told, "/api/v1/readings", json=batch, headers=headers)
        assert answer.status_code == 200, answer.text
        counted = answer.json()
        assert (counted["accepted"] + counted["duplicates"], counted["rejected"]) == (BATCH, [])
        told.readings |= {reading["event_id"] for reading in batch}
        await asyncio.sleep(0.05)


async def rush(world: Any, web: WebProcess, server: EmbeddedPostgres) -> Acknowledged:
    """32 clients at work while first the web server and then PostgreSQL is killed and started again."""
    told = Acknowledged()
    async with (
        httpx.AsyncClient(base_url=web.address, timeout=10) as client,
        asyncio.TaskGroup() as clients,
    ):
        for who in world["clients"]:
            clients.create_task(book(client, told, world["slots"], who))
        for _ in range(READING_CLIENTS):
            clients.create_task(read(client, told, world["device"]))
        await asyncio.sleep(RUSH_S)
        web.kill()
        await asyncio.to_thread(web.start)
        await asyncio.sleep(RUSH_S)
        kill_postgres(server)
        await asyncio.to_thread(server.start)
        await asyncio.sleep(RUSH_S)
        told.stop.set()
    return told


def kill_postgres(server: EmbeddedPostgres) -> None:
    """kill -9 of the postmaster and of all of its children."""
    postmaster = server.running()
    assert postmaster is not None
    process = psutil.Process(postmaster.pid)
    family = [process, *process.children(recursive=True)]
    for member in family:
        member.kill()
    psutil.wait_procs(family, timeout=10)


def test_nothing_acknowledged_is_lost_or_doubled(
    server: EmbeddedPostgres, environment: dict[str, str], tmp_path: Path
) -> None:
    run(environment, "-m", "django", "migrate", "-v0")
    world = json.loads(run(environment, str(Path(__file__).with_name("seed_kill.py"))))
    with web_process(tmp_path / "web.log", environment, workers=2) as web:
        told = asyncio.run(rush(world, web, server))
    assert told.repeats > 0, "nobody noticed the kills"
    with psycopg.connect(**server.address.psycopg()) as connection:
        kept = connection.execute("SELECT key, code FROM booking_booking").fetchall()
        assert len(told.bookings) == len(kept) > 0
        assert {key: {code} for key, code in kept} == told.bookings
        assert not told.refused & set(told.bookings)
        readings = connection.execute("SELECT event_id::text FROM gate_reading").fetchall()
        assert len(readings) == len(told.readings) > 0
        assert {event for (event,) in readings} == told.readings
        for query in COUNTS:
            assert connection.execute(query).fetchall() == []
        taken = connection.execute("SELECT sum(taken) FROM booking_quota WHERE kind = 'slot'").fetchone()
        assert taken == (len(kept),)
