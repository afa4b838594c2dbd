"""Releases and recalls, as the timeline and the booking show them."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection
from gate_world import OUT, World, clock, make_world

from greenlane.booking.models import Rules, State
from greenlane.callup.commands import recall, release
from greenlane.callup.models import Call
from greenlane.callup.queries import next_up
from greenlane.errors import GreenlaneError
from greenlane.gate.commands import match_pending
from greenlane.gate.models import Event, Passage
from greenlane.registry.models import Role

pytestmark = pytest.mark.django_db


def in_the_park(world: World, plate: str, minutes: float = 0) -> None:
    world.seen(plate, "park_in", minutes)
    match_pending(clock(minutes))


def test_a_booked_truck_in_the_park_is_called_for_its_slot(world: World) -> None:
    booking = world.booked("501KZA03", clock(15))
    in_the_park(world, "501KZA03")
    assert [truck.plate for truck in next_up(world.checkpoint, OUT, clock(10))] == ["501KZA03"]
    (call,) = release(world.checkpoint, OUT, clock(10))
    passage = Passage.objects.get()
    booking.refresh_from_db()
    assert (passage.called_at, passage.phase) == (clock(10), "called")
    assert booking.state == State.CALLED
    assert call.booking == booking
    assert call.gate_by > clock(10) + timedelta(minutes=20)
    assert Event.objects.get(point="call").method == "platform"
    assert next_up(world.checkpoint, OUT, clock(10)) == []


def test_a_truck_is_called_once(world: World) -> None:
    world.booked("501KZA03", clock(15))
    in_the_park(world, "501KZA03")
    assert len(release(world.checkpoint, OUT, clock(10))) == 1
    assert release(world.checkpoint, OUT, clock(11)) == []


def test_nobody_is_called_before_the_time_or_before_arrival(world: World) -> None:
    world.booked("501KZA03", clock(600))
    in_the_park(world, "501KZA03")
    world.booked("501KZA04", clock(15))
    assert release(world.checkpoint, OUT, clock(10)) == []


def test_no_more_are_called_than_fit_inside(world: World) -> None:
    Rules.objects.filter(checkpoint=world.checkpoint, direction=OUT).update(inside_limit=3)
    for number in range(1, 6):
        world.booked(f"50{number}KZA0{number}", clock(15))
        in_the_park(world, f"50{number}KZA0{number}", number / 10)
    world.seen("999INS99", "entry", 5)
    match_pending(clock(6))
    assert len(release(world.checkpoint, OUT, clock(10))) == 2
    assert release(world.checkpoint, OUT, clock(11)) == []
    world.seen("999INS99", "exit", 12)
    match_pending(clock(13))
    assert len(release(world.checkpoint, OUT, clock(13))) == 1


def test_a_truck_that_books_in_the_park_is_called_on_its_booking(world: World) -> None:
    in_the_park(world, "501KZA03")
    booking = world.booked("501KZA03", clock(15), confirmed_at=clock(2))
    (call,) = release(world.checkpoint, OUT, clock(10))
    assert call.booking == booking
    assert Passage.objects.get().booking == booking


def test_a_truck_without_a_booking_is_called_from_the_live_queue(world: World) -> None:
    in_the_park(world, "902NEW11")
    (call,) = release(world.checkpoint, OUT, clock(10))
    assert call.booking is None
    assert call.passage.plate == "902NEW11"


def test_a_recalled_truck_waits_for_its_turn_again(world: World) -> None:
    booking = world.booked("501KZA03", clock(15))
    in_the_park(world, "501KZA03")
    (call,) = release(world.checkpoint, OUT, clock(10))
    lead = world.staff(Role.SHIFT_LEAD)
    assert recall(call.pk, lead, "lane broke down", clock(11)).recalled_by == lead
    passage = Passage.objects.get()
    booking.refresh_from_db()
    assert (passage.called_at, passage.phase, booking.state) == (None, "waiting", State.CONFIRMED)
    assert recall(call.pk, lead, "again", clock(12)).recalled_at == clock(11)
    (again,) = release(world.checkpoint, OUT, clock(13))
    assert again.pk != call.pk


def test_a_truck_inside_cannot_be_recalled(world: World) -> None:
    world.booked("501KZA03", clock(15))
    in_the_park(world, "501KZA03")
    (call,) = release(world.checkpoint, OUT, clock(10))
    world.seen("501KZA03", "entry", 30)
    match_pending(clock(31))
    with pytest.raises(GreenlaneError) as refusal:
        recall(call.pk, world.staff(Role.SHIFT_LEAD), "too late", clock(32))
    assert refusal.value.code == "has_entered"


def test_only_the_shift_lead_recalls(world: World) -> None:
    world.booked("501KZA03", clock(15))
    in_the_park(world, "501KZA03")
    (call,) = release(world.checkpoint, OUT, clock(10))
    with pytest.raises(GreenlaneError) as refusal:
        recall(call.pk, world.staff(Role.PLANNER), "no", clock(11))
    assert refusal.value.status == 403


@pytest.mark.django_db(transaction=True)
def test_two_releases_at_once_call_each_truck_once() -> None:
    world = make_world()
    for number in range(1, 9):
        world.booked(f"50{number}KZA0{number}", clock(15))
        world.seen(f"50{number}KZA0{number}", "park_in", number / 10)
    match_pending(clock(5))
    failures: list[BaseException] = []

    def call_up() -> None:
        try:
            release(world.checkpoint, OUT, clock(10))
        except BaseException as failure:
            failures.append(failure)
        finally:
            connection.close()

    callers = [threading.Thread(target=call_up) for _ in range(4)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert failures == []
    called = list(Call.objects.values_list("passage_id", flat=True))
    assert len(called) == len(set(called)) == 8
