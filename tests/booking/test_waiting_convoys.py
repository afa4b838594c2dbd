"""Trucks that wait together: all of them or none, and not for ever."""

from __future__ import annotations

import pytest
from places_world import NOW, assert_counts_are_right, make_scene, minutes
from waiting_world import refused, state_of, taken_by, waits

from greenlane.booking.commands import cancel
from greenlane.booking.commands.serving import serve_line, serve_list
from greenlane.booking.commands.waiting import accept_offer, decline_offer
from greenlane.booking.models import Booking, FreedSlot, State, WaitingGroup
from greenlane.registry.models import Truck

pytestmark = [pytest.mark.db, pytest.mark.django_db]


def test_a_convoy_is_served_all_or_nothing_in_one_slot() -> None:
    scene = make_scene(capacity=3, passed_over_limit=2)
    bookings, convoy = [taken_by(scene) for _ in range(3)], waits(scene, trucks=3)
    for booking in bookings[:2]:
        cancel(booking.account, booking.code, "", NOW)
    serve_list(NOW)
    assert state_of(convoy) == "waiting"
    assert not Booking.objects.filter(is_offer=True).exists()
    cancel(bookings[2].account, bookings[2].code, "", NOW)
    serve_list(NOW)
    held = Booking.objects.filter(is_offer=True, state=State.HELD)
    assert (state_of(convoy), held.count()) == ("offered", 3)
    accept_offer(convoy.account, convoy.number, NOW)
    assert Booking.objects.filter(slot=scene.slot, state=State.CONFIRMED).count() == 3
    assert_counts_are_right()


def test_a_convoy_of_which_one_truck_cannot_come_any_more_gets_nothing() -> None:
    scene = make_scene(capacity=3)
    convoy = waits(scene, trucks=2)
    truck = convoy.entries.order_by("pk").last().truck  # type: ignore[union-attr]  # there are two
    Truck.objects.filter(pk=truck.pk).update(retired_at=NOW)
    assert serve_line(scene.checkpoint.pk, "outbound", NOW) == 0
    serve_list(NOW)
    assert state_of(convoy) == "left"
    assert not Booking.objects.exists()


def test_a_convoy_is_passed_over_as_often_as_the_rules_say_and_then_places_are_kept_for_it() -> None:
    scene = make_scene(capacity=4, passed_over_limit=2)
    bookings, convoy = [taken_by(scene) for _ in range(4)], waits(scene, trucks=3)
    singles = [waits(scene, NOW + minutes(minute)) for minute in (1, 2, 3)]
    for number, booking in enumerate(bookings):
        at = NOW + minutes(5 + number)
        cancel(booking.account, booking.code, "", at)
        serve_list(at)
        convoy.refresh_from_db()
        assert convoy.passed_over <= 2
    assert [state_of(single) for single in singles] == ["offered", "offered", "waiting"]
    assert (state_of(convoy), convoy.passed_over) == ("waiting", 2)
    assert FreedSlot.objects.get().kept_for == convoy
    with refused("waiting_first"):
        taken_by(scene)
    decline_offer(singles[0].account, singles[0].number, NOW + minutes(20))
    serve_list(NOW + minutes(20))
    assert (state_of(convoy), state_of(singles[2])) == ("offered", "waiting")


def test_places_go_to_the_next_rather_than_to_waste_when_their_slot_is_near() -> None:
    scene = make_scene(capacity=2, passed_over_limit=0, move_cutoff_minutes=180)
    booking, _stays = taken_by(scene), taken_by(scene)
    convoy, single = waits(scene, trucks=2), waits(scene, NOW + minutes(1))
    cancel(booking.account, booking.code, "", NOW)
    near = scene.slot.starts_at - minutes(180)
    serve_list(near - minutes(1))
    assert FreedSlot.objects.get().kept_for == convoy
    assert state_of(single) == "waiting"
    serve_list(near)
    assert (state_of(single), state_of(convoy)) == ("offered", "waiting")
    assert not FreedSlot.objects.exists()


def test_a_convoy_that_no_slot_can_hold_is_told_so_when_it_joins() -> None:
    scene = make_scene(capacity=2)
    with refused("convoy_too_large"):
        waits(scene, trucks=3)
    capped = make_scene(capacity=9, carrier_share=0.1, slot_capacity=10)
    with refused("convoy_too_large"):
        waits(capped, trucks=3)
    assert not WaitingGroup.objects.exists()
