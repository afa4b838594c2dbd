"""The rush for the last places, through both doors at once: none sold twice, none lost."""

from __future__ import annotations

import asyncio
import random
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from places_world import (
    assert_counts_are_right,
    make_account,
    make_carrier,
    make_checkpoint,
    make_quota,
    make_scene,
    make_slot,
    make_token,
    make_truck,
)

from greenlane.booking import commands
from greenlane.booking.models import ACTIVE, PLACED, Booking, Quota, Slot
from greenlane.booking.queries import free_slots
from greenlane.errors import GreenlaneError
from greenlane.registry.models import Account, Truck
from web_process import web_process

pytestmark = pytest.mark.db

HTTP_CLIENTS, DJANGO_CLIENTS, ROUNDS = 48, 16, 4
OF_HOLDERS = {"wrong_state", "booking_unknown", "swap_too_soon", "no_swaps_left", "waiting_first"}
EXPECTED = {"full", "truck_busy", "key_reused"}
"""The only refusals that a well-behaved rush may meet."""


@dataclass
class Rush:
    """Few slots under several quotas; carriers whose people share their trucks; what they were told."""

    slots: list[Slot]
    people: list[tuple[Account, str, list[Truck]]]
    given: dict[tuple[int, str], set[str]] = field(default_factory=dict)
    refused: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, account: int, key: str, code: str) -> None:
        with self.lock:
            self.given.setdefault((account, key), set()).add(code)


@transaction.atomic
def make_rush() -> Rush:
    checkpoint = make_checkpoint(
        carrier_share=0.3,
        hour_capacity=30,
        moves_per_trip=99,
        move_cutoff_minutes=0,
        horizon_days=5,
        swaps_per_trip=99,
        swap_cooldown_minutes=0,
    )
    start = (timezone.now() + timedelta(days=2)).replace(minute=0, second=0, microsecond=0)
    slots = [make_slot(checkpoint, start + timedelta(minutes=minute)) for minute in (0, 20, 40, 60)]
    for slot in slots:
        make_quota(slot, "slot", 9)
        make_quota(slot, "share", 8, share="booked")
    make_quota(slots[0], "hour", 20, wide=timedelta(hours=1))
    make_quota(slots[0], "class", 3, wide=timedelta(hours=2), vehicle_class="livestock")
    make_quota(slots[0], "day", 26, wide=timedelta(hours=24))
    people = []
    for _ in range(4):
        carrier = make_carrier(verified=True)
        trucks = [make_truck(carrier, "livestock" if n % 3 == 0 else "laden") for n in range(12)]
        for _ in range((HTTP_CLIENTS + DJANGO_CLIENTS) // 4):
            account = make_account(carrier, "dispatcher")
            people.append((account, make_token(account, "bookings"), trucks))
    return Rush(slots, people)


async def http_client(rush: Rush, number: int, client: httpx.AsyncClient) -> None:
    """Books again and again; every third request is sent twice at once, every fourth once more later."""
    account, token, trucks = rush.people[number]
    dice = random.Random(number)
    sent: list[dict[str, Any]] = []
    for turn in range(ROUNDS):
        wish = {"slot": dice.choice(rush.slots).pk, "truck": dice.choice(trucks).pk, "confirm": True}
        wish["key"] = f"{number}/{turn}"
        sent.append(wish)
        wishes = [wish] * (2 if turn % 3 == 0 else 1) + ([sent[0]] if turn % 4 == 3 else [])
        headers = {"Authorization": f"Bearer {token}"}
        answers = await asyncio.gather(
            *(client.post("/api/v1/places", json=each, headers=headers) for each in wishes)
        )
        for asked, answer in zip(wishes, answers, strict=True):
            told = answer.json()
            if answer.status_code == 201:
                rush.note(account.pk, asked["key"], told["code"])
            else:
                assert answer.status_code in (409, 422), answer.text
                rush.refused[told["code"]] += 1


def django_client(rush: Rush, number: int, start: threading.Barrier) -> None:
    """Books through Django, and cancels and moves what its carrier has."""
    account, _, trucks = rush.people[number]
    dice = random.Random(number)
    start.wait()
    try:
        for turn in range(ROUNDS * 2):
            slot, key = dice.choice(rush.slots).pk, f"{number}/{turn}"
            try:
                if turn % 3 == 0:
                    truck = dice.choice(trucks).pk
                    for _ in range(2):
                        code = commands.book(account, slot, truck, timezone.now(), key).code
                        rush.note(account.pk, key, code)
                    continue
                mine = Booking.objects.filter(carrier_id=account.carrier_id, state__in=ACTIVE)
                code = dice.choice([*mine.values_list("code", flat=True)] or [""])
                if turn % 3 == 1:
                    commands.move(account, code, slot, timezone.now())
                elif turn % 2:
                    commands.cancel(account, code, "rush", timezone.now())
                else:
                    truck = dice.choice(trucks).pk
                    commands.swap(account, code, timezone.now(), truck_id=truck)
            except GreenlaneError as refusal:
                with rush.lock:
                    rush.refused[refusal.code] += 1
    finally:
        connection.close()


async def run_http(rush: Rush, address: str, start: threading.Barrier) -> None:
    limits = httpx.Limits(max_connections=HTTP_CLIENTS)
    async with httpx.AsyncClient(base_url=address, timeout=30, limits=limits) as client:
        await asyncio.to_thread(start.wait)
        async with asyncio.TaskGroup() as clients:
            for number in range(HTTP_CLIENTS):
                clients.create_task(http_client(rush, number, client))


def test_64_clients_through_both_doors_oversell_nothing_and_lose_nothing(
    committed: str, tmp_path: Path
) -> None:
    rush = make_rush()
    start = threading.Barrier(DJANGO_CLIENTS + 1)
    with (
        web_process(tmp_path / "web.log", {"DATABASE_URL": committed}, workers=2) as web,
        ThreadPoolExecutor(DJANGO_CLIENTS) as threads,
    ):
        django = [
            threads.submit(django_client, rush, number, start)
            for number in range(HTTP_CLIENTS, HTTP_CLIENTS + DJANGO_CLIENTS)
        ]
        asyncio.run(run_http(rush, web.address, start))
        for client in django:
            client.result()
    assert set(rush.refused) <= EXPECTED | OF_HOLDERS, rush.refused
    assert min(rush.refused["full"], rush.refused["truck_busy"]) > 0, "it was no rush"
    assert_nothing_oversold_and_nothing_lost(rush)


def assert_nothing_oversold_and_nothing_lost(rush: Rush) -> None:
    assert_counts_are_right()
    for quota in Quota.objects.all():
        assert 0 <= quota.taken <= quota.capacity
    # One key, one booking, and it is there.
    assert all(len(codes) == 1 for codes in rush.given.values())
    kept = {
        (account, key): code
        for account, key, code in Booking.objects.exclude(key="").values_list("account_id", "key", "code")
    }
    assert {asked: {code} for asked, code in kept.items()} == rush.given
    active = Counter(Booking.objects.filter(state__in=ACTIVE).values_list("plate_key", flat=True))
    assert max(active.values()) == 1
    placed = Counter(Booking.objects.filter(state__in=PLACED).values_list("slot_id", flat=True))
    for slot in rush.slots:
        own = Quota.objects.get(slot=slot, kind="slot")
        assert own.capacity - own.taken == 9 - placed[slot.pk]
        _assert_free_places_can_be_taken(slot)


def _assert_free_places_can_be_taken(slot: Slot) -> None:
    """As many strangers as there are free places get one, and the next does not."""

    def free() -> int:
        shown = free_slots(slot.checkpoint, slot.direction, slot.starts_at, slot.ends_at)
        return next(each.free for each in shown if each.id == slot.pk)

    def book() -> None:
        carrier = make_carrier()
        commands.book(make_account(carrier), slot.pk, make_truck(carrier).pk, timezone.now(), "")

    for _ in range(free()):
        book()
    assert free() == 0
    with pytest.raises(GreenlaneError, match="full"):
        book()


# The negative control --------------------------------------------------------------------------------------

RACERS, PLACES = 8, 3
_NAIVE_BOOKING = """
INSERT INTO booking_booking (code, account_id, checkpoint_id, direction, slot_id, first_slot_id, plate,
    plate_key, plate_country, vin, vehicle_class, share, state, held_until, asked_for, made_at, moves,
    excused, key, changed_at, changed_why)
SELECT %(code)s, %(account)s, checkpoint_id, direction, id, id, '', '', '', '', 'laden', 'booked', 'held',
    now(), now(), now(), 0, false, '', now(), 'a naive program' FROM public.booking_slot WHERE id = %(slot)s
"""


def _naive_race(slot: Slot, quota: Quota, racers: list[Account], schema: str, *, counts: bool) -> int:
    """A program that looks first and then books, run by all at once; how many it sold a place to."""
    looked = threading.Barrier(len(racers))

    def book(number: int) -> bool:
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(f"SET LOCAL search_path TO {schema}, public")
                cursor.execute("SELECT capacity - taken FROM booking_quota WHERE id = %s", [quota.pk])
                free: int = cursor.fetchone()[0]
                looked.wait()
                if free < 1:
                    return False
                values = {"code": f"GL-{number:05}", "account": racers[number].pk, "slot": slot.pk}
                cursor.execute(_NAIVE_BOOKING, values)
                if counts:
                    cursor.execute("UPDATE booking_quota SET taken = taken + 1 WHERE id = %s", [quota.pk])
            return True
        except IntegrityError:
            return False
        finally:
            connection.close()

    with ThreadPoolExecutor(len(racers)) as threads:
        return sum(threads.map(book, range(len(racers))))


@pytest.fixture
def unguarded(committed: str) -> Iterator[None]:
    """A schema with copies of the tables, without triggers and without the CHECK."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA unguarded")
        for table in ("booking_quota", "booking_booking"):
            cursor.execute(f"CREATE TABLE unguarded.{table} (LIKE public.{table} INCLUDING ALL)")
        cursor.execute("ALTER TABLE unguarded.booking_quota DROP CONSTRAINT quota_never_oversold")
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA unguarded CASCADE")


def test_without_the_guards_the_same_race_oversells(unguarded: None) -> None:
    scene = make_scene(capacity=PLACES)
    racers = [make_account(None) for _ in range(RACERS)]
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO unguarded.booking_quota SELECT * FROM booking_quota")
    sold = _naive_race(scene.slot, scene.quota, racers, "unguarded", counts=True)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT taken, (SELECT count(*) FROM unguarded.booking_booking) FROM unguarded.booking_quota"
        )
        assert cursor.fetchone() == (RACERS, RACERS)
    assert sold == RACERS > PLACES


def test_with_the_guards_even_a_naive_program_cannot_oversell(committed: str) -> None:
    scene = make_scene(capacity=PLACES)
    racers = [make_account(None) for _ in range(RACERS)]
    assert _naive_race(scene.slot, scene.quota, racers, "public", counts=False) == PLACES
    assert Booking.objects.filter(slot=scene.slot).count() == PLACES
    assert_counts_are_right()
