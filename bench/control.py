"""The negative control: without the guards the race is seen to happen, so the counts above can see it."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import psycopg

from bench.ground import Ground, connect, number
from bench.report import Check, Section
from bench.sizes import Sizes
from greenlane.site.database_url import DatabaseAddress

PLACES: Final = 5
"""Of each slot; twice as many trucks want to come."""
# Copies of the product's tables: columns and defaults alone, or with their constraints and indexes.
_TABLES = """
DROP TABLE IF EXISTS naive_quota, naive_booking;
CREATE TABLE naive_quota (LIKE booking_quota INCLUDING DEFAULTS {constraints});
CREATE TABLE naive_booking (truck bigint NOT NULL, quota bigint NOT NULL);
INSERT INTO naive_quota (id, checkpoint_id, direction, kind, starts_at, ends_at, vehicle_class, share,
                         capacity, taken, changed_why)
SELECT slot, (SELECT min(id) FROM registry_checkpoint), 'outbound', 'slot', now(), now() + interval '1 hour',
       '', '', {places}, 0, ''
  FROM generate_series(1, {slots}) slot;
"""
_LOOK = "SELECT capacity - taken FROM naive_quota WHERE id = %(slot)s"
_HAS_PLACE = "SELECT count(*) FROM naive_booking WHERE truck = %(truck)s"
_BOOK = "INSERT INTO naive_booking (truck, quota) VALUES (%(truck)s, %(slot)s)"
_COUNT = "UPDATE naive_quota SET taken = taken + 1 WHERE id = %(slot)s"
_SOLD = "SELECT count(*) FROM naive_booking"
_OVERSOLD = f"""
SELECT coalesce(sum(sold - {PLACES}), 0)
  FROM (SELECT count(*) AS sold FROM naive_booking GROUP BY quota HAVING count(*) > {PLACES}) over
"""
_TRUCKS_TWICE = "SELECT count(*) FROM (SELECT FROM naive_booking GROUP BY truck HAVING count(*) > 1) twice"


def measure(ground: Ground, sizes: Sizes) -> Section:
    """The same program twice: look whether there is a place, then book it."""
    section = Section("control", "Negative control: a program that looks first and then books")
    race = f"{sizes.naive_clients} clients, {sizes.naive_slots} slots of {PLACES} places"
    with ground.database() as database:
        _race(database, sizes, guarded=False)
        over, twice = number(database, _OVERSOLD), number(database, _TRUCKS_TWICE)
        section.checks.append(
            Check(f"without the guards, {race}", "race seen", 1, int(over > 0 and twice > 0))
        )
        section.remarks.append(
            f"without the guards: {number(database, _SOLD)} places sold, {over} of them oversold; "
            f"{twice} trucks have more than one place"
        )
        _race(database, sizes, guarded=True)
        section.checks += [
            Check(f"with the guards, {race}", "sold", sizes.naive_slots * PLACES, number(database, _SOLD)),
            Check(f"with the guards, {race}", "oversold", 0, number(database, _OVERSOLD)),
            Check(f"with the guards, {race}", "trucks twice", 0, number(database, _TRUCKS_TWICE)),
        ]
        section.remarks.append("with the CHECK and the unique index, and the program as before: none")
    return section


def _race(database: DatabaseAddress, sizes: Sizes, *, guarded: bool) -> None:
    """All clients go through the same slots and trucks in the same order."""
    constraints = "INCLUDING CONSTRAINTS" if guarded else ""
    tables = _TABLES.format(constraints=constraints, places=PLACES, slots=sizes.naive_slots)
    with connect(database) as connection:
        connection.execute(tables.encode())
        connection.execute(b"CREATE INDEX ON naive_quota (id)")
        if guarded:
            connection.execute(b"CREATE UNIQUE INDEX ON naive_booking (truck)")
    start = threading.Barrier(sizes.naive_clients)

    def client(_: int) -> None:
        with connect(database) as connection:
            start.wait()
            for slot in range(1, sizes.naive_slots + 1):
                for truck in range(PLACES * 2):
                    _look_and_book(connection, {"slot": slot, "truck": slot * PLACES * 2 + truck})

    with ThreadPoolExecutor(sizes.naive_clients) as threads:
        list(threads.map(client, range(sizes.naive_clients)))


def _look_and_book(connection: psycopg.Connection[tuple[Any, ...]], wish: dict[str, int]) -> None:
    """What a program does that trusts what it read a moment ago."""
    try:
        with connection.transaction():
            free = connection.execute(_LOOK, wish).fetchone()
            has_place = connection.execute(_HAS_PLACE, wish).fetchone()
            if free and has_place and free[0] > 0 and not has_place[0]:
                connection.execute(_BOOK, wish)
                connection.execute(_COUNT, wish)
    except psycopg.errors.IntegrityError:
        return
