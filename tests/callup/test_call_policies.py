"""By what rule trucks are released: limit, slot, prediction; the drive as measured; the rate over workers."""

from __future__ import annotations

import threading
import time
from datetime import timedelta

import pytest
from call_world import call_rows, parked, rules
from django.db import connection
from gate_world import OUT, World, clock, make_world

from greenlane.booking.commands import mark_no_shows
from greenlane.booking.models import Booking, LiveTicket
from greenlane.callup.commands import release, tell_rest
from greenlane.callup.models import Call
from greenlane.callup.queries import drives_from, queue_at, spared_bookings
from greenlane.callup.queries.look_ahead import inside_at
from greenlane.callup.travel import drive_of
from greenlane.gate.commands import match_pending
from greenlane.gate.models import Passage

pytestmark = [pytest.mark.db, pytest.mark.django_db]


FAST = {"call_up": "predicted", "mass_call": 100, "calls_per_minute": 100, "inside_limit": 100}
"""Prediction alone decides."""


def plate(number: int) -> str:
    """Plates that no camera confuses."""
    return f"{37 * number + 100:03d}{chr(65 + number % 13)}{chr(78 - number % 13)}{number:02d}X"


def test_at_the_time_of_the_slot_the_inside_does_not_count(world: World) -> None:
    rules(world, call_up="slot", inside_limit=1)
    parked(world, 8)
    parked(world, 2, slot_at=clock(300))
    assert len(release(world.checkpoint, OUT, clock(0))) == 8


def test_by_prediction_trucks_go_while_the_clock_inside_keeps(world: World) -> None:
    rules(world, call_up_target_minutes=12, **FAST)
    parked(world, 80)
    queue = queue_at(world.checkpoint, OUT, clock(0))
    state = inside_at(world.checkpoint, OUT, clock(0), 12)
    first, last = queue.order[0].truck, queue.order[-1].truck
    assert (queue.policy, queue.fallback, state.work) == ("predicted", "", {})
    called = release(world.checkpoint, OUT, clock(0))
    assert 1 < len(called) < 80
    assert called[0].passage_id == first.passage
    # What was called is work that the next ones would wait for.
    later = inside_at(world.checkpoint, OUT, clock(0), 12)
    assert sum(later.work.values()) > 0
    assert not later.clock(queue.passages[last.passage], last).keeps(12)
    assert release(world.checkpoint, OUT, clock(0)) == []


def test_a_slower_inside_calls_fewer(world: World) -> None:
    rules(world, call_up_target_minutes=12, **FAST)
    parked(world, 80)
    free = queue_at(world.checkpoint, OUT, clock(9)).room
    for number in range(12):
        world.seen(plate(number), "entry", number / 4)
    match_pending(clock(4))
    busy = queue_at(world.checkpoint, OUT, clock(9))
    assert (busy.policy, busy.inside) == ("predicted", 12)
    assert busy.room < free < 80


def test_where_the_inside_is_not_known_the_limit_holds(world: World) -> None:
    rules(world, call_up="predicted", inside_limit=4, call_up_target_minutes=60)
    parked(world, 10)
    world.seen("501KZA03", "entry", 0)
    match_pending(clock(1))
    assert queue_at(world.checkpoint, OUT, clock(5)).fallback == ""
    silent = queue_at(world.checkpoint, OUT, clock(30))
    assert (silent.policy, silent.fallback, silent.room) == ("limit", "silent", 3)
    world.seen("502KZA03", "entry", 31)
    behind = queue_at(world.checkpoint, OUT, clock(35))
    assert (behind.policy, behind.fallback) == ("limit", "behind")


@pytest.mark.slow
def test_the_look_ahead_takes_well_under_a_second(world: World) -> None:
    """What it takes is told, not judged: a verdict by the clock of a busy machine would mean nothing."""
    rules(world, call_up="predicted", call_up_target_minutes=12)
    parked(world, 300)
    for number in range(30):
        world.seen(plate(number), "entry", number / 10)
    match_pending(clock(4))
    began = time.process_time()
    queue = queue_at(world.checkpoint, OUT, clock(9))
    print(
        f"\nlook-ahead over {len(queue.waiting)} trucks: {time.process_time() - began:.3f} s of this process"
    )
    assert len(queue.order) == 300


def test_the_drive_is_measured_from_call_to_entry(world: World) -> None:
    described = drives_from(world.checkpoint, OUT, clock(0), timedelta(minutes=30))[None]
    assert described.measured == 0
    passages = parked(world, 20)
    for number, passage in enumerate(passages):
        called_at = clock(number)
        call_rows(world, [passage], called_at)[0].save()
        Passage.objects.filter(pk=passage.pk).update(
            called_at=called_at, entry_at=called_at + timedelta(minutes=20 + number), phase="left"
        )
    measured = drives_from(world.checkpoint, OUT, clock(60), timedelta(minutes=30))[None]
    assert measured.measured == 20
    assert measured.usual == timedelta(minutes=29.5)
    assert measured.long == timedelta(minutes=37)
    (waits,) = parked(world, 1, slot_at=clock(200))
    (truck,) = queue_at(world.checkpoint, OUT, clock(60)).waiting
    assert (truck.passage, truck.travel) == (waits.pk, measured.usual)


def test_few_calls_or_a_line_before_the_barrier_do_not_change_the_drive() -> None:
    minutes = [timedelta(minutes=number) for number in range(200)]
    described, most = timedelta(minutes=15), timedelta(minutes=30)
    assert drive_of(described, minutes[:9], most) == drive_of(described, [], most)
    assert drive_of(described, minutes[100:], most).usual == described + most


def test_a_ticket_goes_by_its_joining_and_comes_back_with_its_call(world: World) -> None:
    for name, came in (("801KZA03", -20), ("447NMB11", -10)):
        world.seen(name, "park_in", came)
    match_pending(clock(-5))
    ticket = LiveTicket.objects.create(
        code="LQ-AAAAA-AAAAA",
        number=1,
        day=clock(0).date(),
        checkpoint=world.checkpoint,
        direction=OUT,
        plate="447NMB11",
        plate_key="447NMB11",
        country="KZ",
        vehicle_class="laden",
        via="kiosk",
        joined_at=clock(-60),
        good_until=clock(600),
    )
    rules(world, inside_limit=1)
    (call,) = release(world.checkpoint, OUT, clock(0))
    ticket.refresh_from_db()
    assert (call.passage.plate, call.ticket, call.turn) == ("447NMB11", ticket, "live")
    assert ticket.state == "called"
    tell_rest(None, ticket.code, "break", clock(1))
    ticket.refresh_from_db()
    assert ticket.state == "waiting"


def test_a_truck_that_rests_in_the_park_is_no_no_show(world: World) -> None:
    limits = rules(world, inside_limit=1)
    parked(world, 2)
    there = list(Booking.objects.values_list("pk", flat=True))
    absent = world.booked("999KZA03", clock(0))
    tell_rest(world.holder, Booking.objects.get(pk=there[0]).code, "weekly", clock(0))
    over = clock(30 + limits.void_minutes + 1)
    assert spared_bookings(world.checkpoint, OUT, over) == set(there)
    # Three trucks that were due and none that entered would mean that the checkpoint itself stands.
    ended = mark_no_shows(
        world.checkpoint, OUT, over + timedelta(hours=4), spared_bookings(world.checkpoint, OUT, over)
    )
    absent.refresh_from_db()
    assert (ended, absent.state) == (1, "no_show")
    assert spared_bookings(world.checkpoint, OUT, clock(60 * 40)) == {there[0]}


@pytest.mark.django_db(transaction=True)
def test_two_workers_together_keep_the_rate() -> None:
    world = make_world()
    rules(world, inside_limit=100, calls_per_minute=7, mass_call=50)
    parked(world, 40)
    failures: list[BaseException] = []

    def call_up() -> None:
        try:
            for second in range(3):
                release(world.checkpoint, OUT, clock(10) + timedelta(seconds=second))
        except BaseException as failure:
            failures.append(failure)
        finally:
            connection.close()

    workers = [threading.Thread(target=call_up) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert failures == []
    assert Call.objects.count() == 7
