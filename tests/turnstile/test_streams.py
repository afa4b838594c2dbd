"""Event streams say that a board changed, to those who watch that board, and never what."""

from __future__ import annotations

import asyncio

import pytest
from stand_ins import Exchange, Pool

from greenlane.errors import GreenlaneError
from greenlane.site.turnstile import streams
from greenlane.site.turnstile.streams import Boards, Streams

PATH = "/api/v1/stream/checkpoint-a/outbound"


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "LEAST_GAP_S", 0.0)


async def part(exchange: Exchange) -> bytes:
    """The next part of a stream."""
    await exchange.came.wait()
    exchange.came.clear()
    return exchange.parts.pop(0)


def test_a_hint_reaches_the_streams_of_its_board_alone() -> None:
    async def run() -> None:
        boards = Boards()
        exchange = Exchange(PATH)
        door = Streams(Pool(value=4), boards)
        watching = asyncio.create_task(door(exchange.scope, exchange.receive, exchange.send))
        assert await part(exchange) == b"retry: 3000\n\n"
        assert exchange.status == 200
        boards.changed("5:outbound")
        boards.changed("4:inbound")
        boards.changed("4:outbound")
        hint = await part(exchange)
        assert b"event: board\ndata: 4:outbound\n\n" in hint
        assert not exchange.parts
        exchange.gone.set()
        await watching
        assert boards.streams == 0

    asyncio.run(run())


def test_many_changes_at_once_are_one_hint() -> None:
    async def run() -> None:
        boards, exchange = Boards(), Exchange(PATH)
        watching = asyncio.create_task(
            Streams(Pool(value=4), boards)(exchange.scope, exchange.receive, exchange.send)
        )
        await part(exchange)
        for _ in range(50):
            boards.changed("4:outbound")
        assert (await part(exchange)).count(b"event: board") == 1
        exchange.gone.set()
        await watching
        assert not any(b"event: board" in left for left in exchange.parts)

    asyncio.run(run())


def test_a_quiet_stream_shows_that_it_lives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "HEARTBEAT_S", 0.0)

    async def run() -> None:
        exchange = Exchange(PATH)
        watching = asyncio.create_task(
            Streams(Pool(value=4), Boards())(exchange.scope, exchange.receive, exchange.send)
        )
        await part(exchange)
        assert await part(exchange) == b": alive\n\n"
        exchange.gone.set()
        await watching

    asyncio.run(run())


@pytest.mark.parametrize(("path", "known"), [(PATH, None), ("/api/v1/stream/checkpoint-a/upward", 4)])
def test_an_unknown_board_is_refused(path: str, known: int | None) -> None:
    exchange = Exchange(path)
    with pytest.raises(GreenlaneError) as refused:
        asyncio.run(Streams(Pool(value=known), Boards())(exchange.scope, exchange.receive, exchange.send))
    assert (refused.value.status, refused.value.field) == (404, "checkpoint")


def test_above_the_limit_newcomers_are_asked_to_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "MOST_STREAMS", 0)
    exchange = Exchange(PATH)
    with pytest.raises(GreenlaneError) as refused:
        asyncio.run(Streams(Pool(value=4), Boards())(exchange.scope, exchange.receive, exchange.send))
    assert refused.value.status == 503
