"""Whatever an insider alters in the database, with every trigger switched off, `check_order` finds it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_django
from django.db import connection, transaction
from order_world import OrderWorld, make_order_world

from greenlane.callup.commands.sealing import seal_order, sign_roots
from greenlane.callup.models import OrderEntry
from greenlane.callup.order.chain import first_hash, next_hash
from greenlane.callup.queries.order_check import check_order

pytestmark = [pytest.mark.db, pytest.mark.django_db, pytest.mark.slow]

TAMPERINGS = dict(
    re.findall(r"^-- (.+)\n((?:(?!--).+\n)+)", Path(__file__).with_name("tamperings.sql").read_text(), re.M)
)
"""Statements by what they do."""


@pytest.fixture(scope="module")
def scene(django_db_setup: None, django_db_blocker: pytest_django.DjangoDbBlocker) -> Iterator[OrderWorld]:
    """One world for all, sealed and signed; what a test alters in it is undone after it."""
    with django_db_blocker.unblock(), transaction.atomic():
        world = make_order_world()
        seal_order(world.at)
        assert len(sign_roots(world.at + timedelta(days=1))) == 4
        seal_order(world.at)
        yield world
        transaction.set_rollback(True)


def tamper(*statements: str) -> None:
    """As one who may do everything in the database, and leaves no trigger a chance."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL session_replication_role = replica")
        for statement in statements:
            cursor.execute(statement)
            assert cursor.rowcount > 0, "nothing was altered"
        cursor.execute("SET LOCAL session_replication_role = origin")


def test_an_honest_log_has_nothing_to_find(scene: OrderWorld) -> None:
    assert [str(found) for found in check_order()] == []
    assert not OrderEntry.objects.filter(seq=None).exists()


def test_no_tampering_was_lost() -> None:
    assert len(TAMPERINGS) == 71


@pytest.mark.parametrize("what", TAMPERINGS)
def test_tampering_is_found(scene: OrderWorld, what: str) -> None:
    tamper(TAMPERINGS[what])
    assert list(check_order()) != []


def test_an_entry_altered_before_it_is_sealed_is_found(scene: OrderWorld) -> None:
    scene.world.booked("777NEW07")
    tamper(
        'UPDATE callup_orderentry SET facts = facts || \'{"share": "priority"}\' WHERE seq IS NULL'
        " AND source = 'booking'"
    )
    seal_order(scene.at)
    assert [found.what for found in check_order()] == ["its last entry tells other facts"]


def test_a_chain_written_anew_does_not_fit_its_root(scene: OrderWorld) -> None:
    """An insider alters a row, its entry and every hash after it: the signed root remains."""
    here = OrderEntry.objects.filter(checkpoint=scene.world.checkpoint, direction="outbound")
    entries = list(here.order_by("seq"))
    previous = first_hash(scene.world.checkpoint.code, "outbound")
    updates = []
    for entry in entries:
        assert entry.seq is not None
        line = entry.line.replace('"late_minutes":30', '"late_minutes":31')
        previous = next_hash(previous, line)
        updates.append(
            f"UPDATE callup_orderentry SET line = $q${line}$q$, hash = '{previous}',"
            " facts = replace(facts::text, '\"late_minutes\": 30', '\"late_minutes\": 31')::jsonb"
            f" WHERE id = {entry.pk}"
        )
    tamper(*updates)
    assert any("than was signed" in found.what for found in check_order())
