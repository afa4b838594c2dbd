"""The log is written by the database alone, sealed once, and never changed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import DatabaseError, connection, transaction
from gate_world import OUT, clock, make_world
from hypothesis import given
from hypothesis import strategies as st
from order_world import make_order_world, told

from greenlane.booking.commands import mark_called
from greenlane.callup.commands import seal_order, sign_roots
from greenlane.callup.models import OrderEntry, OrderRoot
from greenlane.callup.order.log_file import read_log
from greenlane.callup.order.verifying import chain_fault
from greenlane.callup.queries.order import log_state
from greenlane.callup.queries.order_check import check_order
from greenlane.gate.plates import match_key
from greenlane.registry.plates import plate_key

FOUND = Path(__file__).parent.parent.parent / "src/greenlane/callup/sql/order_found.sql"
db = pytest.mark.django_db


@db
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE callup_orderentry SET facts = '{}'",
        "UPDATE callup_orderentry SET seq = seq + 1000 WHERE seq IS NOT NULL",
        "UPDATE callup_orderentry SET line = 'x' WHERE seq = 1",
        "UPDATE callup_orderentry SET seq = NULL, line = '', hash = '' WHERE seq = 1",
        "DELETE FROM callup_orderentry",
        "INSERT INTO callup_orderentry SELECT (jsonb_populate_record(one, jsonb_build_object("
        "'id', id + 1000000, 'seq', null, 'line', '', 'hash', ''))).* FROM callup_orderentry one LIMIT 1",
        "UPDATE callup_orderroot SET head = ''",
        "DELETE FROM callup_orderroot",
    ],
)
def test_nobody_writes_the_log_by_hand(statement: str) -> None:
    make_order_world()
    seal_order(clock(60))
    assert sign_roots(clock(24 * 60))
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("table", ["orderentry", "orderroot"])
def test_the_log_cannot_be_emptied(table: str) -> None:
    trigger = {"orderentry": "order_entry", "orderroot": "order_root"}[table] + "_not_emptied"
    with connection.cursor() as cursor:
        # Off for all tests, since these empty tables behind them.
        cursor.execute(f"ALTER TABLE callup_{table} ENABLE TRIGGER {trigger}")
        try:
            with pytest.raises(DatabaseError):
                cursor.execute(f"TRUNCATE callup_{table}")
        finally:
            cursor.execute(f"ALTER TABLE callup_{table} DISABLE TRIGGER {trigger}")


@db
def test_what_is_rolled_back_was_never_told() -> None:
    world = make_world()
    before = OrderEntry.objects.count()
    with transaction.atomic():
        world.booked("501KZA03")
        assert OrderEntry.objects.count() > before
        transaction.set_rollback(True)
    assert OrderEntry.objects.count() == before


@db
def test_each_line_has_its_own_chain() -> None:
    scene = make_order_world()
    assert seal_order(clock(60), most=7) == 7
    while seal_order(clock(60), most=7):
        pass
    for direction in ("outbound", "inbound"):
        here = OrderEntry.objects.filter(checkpoint=scene.world.checkpoint, direction=direction)
        seqs = list(here.order_by("seq").values_list("seq", flat=True))
        assert seqs == list(range(1, len(seqs) + 1))
    assert chain_fault(read_log(told(scene.world))) is None
    assert log_state(scene.world.checkpoint, OUT).unsealed == 0


@db
def test_a_share_given_to_a_booking_is_told_though_its_own_log_has_no_word_of_it() -> None:
    world = make_world()
    booking = world.booked("501KZA03")
    booking.share = "priority"
    booking.save(update_fields=["share"])
    last = OrderEntry.objects.filter(source="booking").latest("pk")
    assert (last.kind, last.facts["share"], last.added_id) == ("booking.changed", "priority", None)
    seal_order(clock(0))
    assert list(check_order()) == []


@db
def test_rows_from_before_the_log_are_found_when_it_begins() -> None:
    """As an older installation is brought up to date: everything that there is gets its entry."""
    scene = make_order_world()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("DELETE FROM callup_orderentry")
        cursor.execute(FOUND.read_text())
        cursor.execute("SET LOCAL session_replication_role = origin")
    seal_order(clock(60))
    assert [str(each) for each in check_order()] == []
    mark_called([scene.world.booked("777NEW07").pk], clock(61))
    seal_order(clock(61))
    assert [str(each) for each in check_order()] == []


@db
@given(st.lists(st.text("ABOQ0158ISZGЗАВЕ2-", min_size=1, max_size=9), min_size=1, max_size=30))
def test_the_database_folds_plates_as_the_gate_does(plates: list[str]) -> None:
    keys = [plate_key(plate) for plate in plates]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT order_fold(key) FROM unnest(%s::text[]) WITH ORDINALITY one (key, n) ORDER BY n", [keys]
        )
        assert [row[0] for row in cursor.fetchall()] == [match_key(plate) for plate in plates]


def at_once(*jobs: Callable[[], object]) -> None:
    failures: list[BaseException] = []

    def run(job: Callable[[], object]) -> None:
        try:
            job()
        except BaseException as failure:
            failures.append(failure)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[job]) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_many_write_and_several_seal_at_once() -> None:
    world = make_world()

    def write(number: int) -> None:
        for step in range(10):
            with transaction.atomic():
                world.booked(f"{number}{step:02d}KZA03", clock(step))

    def seal() -> None:
        for _ in range(40):
            seal_order(clock(0), most=5)

    at_once(*(lambda number=number: write(number) for number in range(1, 6)), seal, seal, seal)
    while seal_order(clock(0)):
        pass
    assert not OrderEntry.objects.filter(seq=None).exists()
    assert OrderEntry.objects.filter(kind="booking.confirmed").count() == 50
    assert [str(each) for each in check_order()] == []


@pytest.mark.django_db(transaction=True)
def test_what_commits_late_is_sealed_late_with_its_own_time() -> None:
    world = make_world()
    inside, go_on = threading.Event(), threading.Event()

    def slow() -> None:
        with transaction.atomic():
            world.booked("501KZA03", clock(0), changed_at=clock(-100))
            inside.set()
            assert go_on.wait(30)

    def quick() -> None:
        assert inside.wait(30)
        world.booked("502KZA03", clock(30))
        seal_order(clock(0))
        go_on.set()

    at_once(slow, quick)
    seal_order(clock(1))
    rows = OrderEntry.objects.filter(kind="booking.confirmed").order_by("seq")
    (early, late) = rows
    assert late.pk < early.pk
    assert late.at == clock(-100)
    assert chain_fault(read_log(told(world))) is None


@db
def test_a_root_covers_the_days_on_which_no_worker_ran() -> None:
    scene = make_order_world()
    seal_order(clock(60))
    sign_roots(clock(24 * 60))
    seal_order(clock(24 * 60))
    sign_roots(clock(24 * 60) + timedelta(days=5))
    first, second = OrderRoot.objects.filter(checkpoint=scene.world.checkpoint, direction=OUT).order_by("day")
    assert second.day - first.day == timedelta(days=5)
    assert second.first_seq == first.last_seq + 1
