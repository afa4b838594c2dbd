"""A request of a page joins the turnstile's line where one runs, and is served without it where none does."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import cast

import pytest

from greenlane.booking import line as line_here
from greenlane.booking.commands.take import take
from greenlane.booking.places import PlaceAnswer, PlaceRequest
from greenlane.registry.clock import now
from greenlane.site.turnstile.app import from_threads
from greenlane.site.turnstile.places import Places

TAKEN = PlaceAnswer("taken", 1, "GL-00000-00000", "held", None, "")
REQUEST = PlaceRequest(slot=1, account=1)


@pytest.fixture(autouse=True)
def no_line_afterwards() -> Iterator[None]:
    yield
    line_here.open_line(None)


class Outside:
    """A connection that is in no transaction, and must not be used."""

    in_atomic_block = False

    def cursor(self) -> None:
        raise AssertionError("the database was asked directly")


def test_a_request_of_the_present_joins_the_line(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Sequence[PlaceRequest]] = []

    def line(requests: Sequence[PlaceRequest]) -> Sequence[PlaceAnswer]:
        seen.append(requests)
        return [TAKEN]

    monkeypatch.setattr(sys.modules["greenlane.booking.commands.take"], "connection", Outside())
    line_here.open_line(line)
    assert take([REQUEST], now()) == [TAKEN]
    assert seen == [[REQUEST]]


@pytest.mark.django_db
def test_a_request_for_a_past_time_asks_the_database() -> None:
    def line(requests: Sequence[PlaceRequest]) -> Sequence[PlaceAnswer]:
        raise AssertionError("it joined the line")

    line_here.open_line(line)
    (answer,) = take([REQUEST], now() - timedelta(days=1))
    assert answer.outcome == "slot_unknown"


@pytest.mark.django_db(transaction=True)
def test_when_the_line_gives_no_answer_the_database_is_asked() -> None:
    def line(requests: Sequence[PlaceRequest]) -> Sequence[PlaceAnswer]:
        raise line_here.LineAway

    line_here.open_line(line)
    (answer,) = take([REQUEST], now())
    assert answer.outcome == "slot_unknown"


def test_threads_wait_while_the_event_loop_takes_their_places() -> None:
    class Door:
        async def take(self, requests: Sequence[PlaceRequest]) -> Sequence[PlaceAnswer]:
            await asyncio.sleep(0)
            return [TAKEN for _ in requests]

    loop = asyncio.new_event_loop()
    runner = threading.Thread(target=loop.run_forever)
    runner.start()
    try:
        answers = from_threads(cast("Places", Door()), loop)([REQUEST, REQUEST])
    finally:
        loop.call_soon_threadsafe(loop.stop)
        runner.join()
        loop.close()
    assert answers == [TAKEN, TAKEN]
