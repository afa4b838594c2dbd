"""Two matchers at once, and what other connections hear of it."""

from __future__ import annotations

import threading

import psycopg
import pytest
from django.db import connection
from gate_world import OUT, World, clock, make_world

from greenlane.gate.commands import match_pending
from greenlane.gate.models import Event, Passage, Reading
from greenlane.gate.queries import has_pending

pytestmark = pytest.mark.django_db(transaction=True)


def traffic(world: World) -> int:
    for number in range(12):
        plate = f"{chr(65 + number)}{number * 73 % 900 + 100}{chr(75 + number)}{chr(70 + number)}"
        if number % 3:
            world.booked(plate, clock(15))
        world.whole_way(plate, start=number)
    return Reading.objects.count()


def test_matchers_at_once_match_each_reading_once() -> None:
    world = make_world()
    count = traffic(world)
    failures: list[BaseException] = []

    def work() -> None:
        try:
            while has_pending():
                match_pending(clock(100), limit=7)
        except BaseException as failure:
            failures.append(failure)
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert failures == []
    assert Event.objects.count() == count
    assert Passage.objects.count() == 12
    assert set(Passage.objects.values_list("phase", "revision")) == {("left", 1)}


def test_boards_are_told_when_a_change_is_through() -> None:
    world = make_world()
    settings = connection.get_connection_params()
    known = {
        name: settings[name] for name in ("dbname", "user", "password", "host", "port") if settings.get(name)
    }
    with psycopg.connect(**known, autocommit=True) as listener:
        listener.execute("LISTEN greenlane_board")
        world.seen("501KZA03", "entry", 20)
        match_pending(clock(21))
        heard = [told.payload for told in listener.notifies(timeout=5, stop_after=1)]
        assert heard == [f"{world.checkpoint.pk}:{OUT}"]
