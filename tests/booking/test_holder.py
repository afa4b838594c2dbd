"""What the holder of a booking may do with it, and what is refused with a reason."""

from __future__ import annotations

from datetime import timedelta

import pytest
from places_world import (
    NOW,
    Scene,
    assert_counts_are_right,
    free,
    make_account,
    make_carrier,
    make_checkpoint,
    make_quota,
    make_scene,
    make_slot,
    make_truck,
    minutes,
    places_of,
    taken,
)

from greenlane.booking.commands import book, cancel, close_slot, confirm, hold, move, swap
from greenlane.booking.models import Booking, Change, Quota, Slot, State
from greenlane.errors import GreenlaneError
from greenlane.registry.models import Driver, Trailer

pytestmark = [pytest.mark.db, pytest.mark.django_db]


@pytest.fixture
def scene() -> Scene:
    return make_scene(capacity=2, verified=True, hold_minutes=5, move_cutoff_minutes=180, moves_per_trip=1)


def later_slot(scene: Scene, capacity: int = 2, hours: float = 1) -> tuple[Slot, Quota]:
    slot = make_slot(scene.checkpoint, scene.slot.starts_at + timedelta(hours=hours))
    return slot, make_quota(slot, "slot", capacity)


def booked(scene: Scene) -> Booking:
    return book(scene.driver, scene.slot.pk, scene.truck.pk, NOW, "")


# Confirm ---------------------------------------------------------------------------------------------------


def test_a_hold_becomes_a_booking_by_naming_the_truck(scene: Scene) -> None:
    held = hold(scene.driver, scene.slot.pk, "laden", NOW, "")
    assert held.held_until == NOW + minutes(5)
    trailer = Trailer.objects.create(carrier=scene.carrier, plate="TR1", plate_key="TR1", country="PL")
    driver = Driver.objects.create(carrier=scene.carrier, full_name="Invented Person")
    confirmed = confirm(
        scene.driver, held.code, scene.truck.pk, NOW + minutes(4), trailer_id=trailer.pk, driver_id=driver.pk
    )
    assert (confirmed.state, confirmed.plate_key) == (State.CONFIRMED, scene.truck.plate_key)
    assert (confirmed.trailer_id, confirmed.driver_id, confirmed.held_until) == (trailer.pk, driver.pk, None)
    assert taken(scene.quota) == 1


def test_confirming_twice_changes_nothing(scene: Scene) -> None:
    held = hold(scene.driver, scene.slot.pk, "laden", NOW, "")
    confirm(scene.driver, held.code, scene.truck.pk, NOW)
    again = confirm(scene.driver, held.code, scene.truck.pk, NOW + minutes(60))
    assert again.confirmed_at == NOW
    assert Change.objects.filter(booking=again).count() == 2


def test_a_hold_that_ran_out_cannot_be_confirmed(scene: Scene) -> None:
    held = hold(scene.driver, scene.slot.pk, "laden", NOW, "")
    with pytest.raises(GreenlaneError) as refused:
        confirm(scene.driver, held.code, scene.truck.pk, NOW + minutes(5))
    assert (refused.value.code, refused.value.status) == ("hold_expired", 409)


def test_a_truck_of_another_class_takes_its_places_in_that_class(scene: Scene) -> None:
    laden = make_quota(scene.slot, "class", 1, vehicle_class="laden")
    livestock = make_quota(scene.slot, "class", 1, vehicle_class="livestock")
    held = hold(scene.driver, scene.slot.pk, "laden", NOW, "")
    assert (taken(laden), taken(livestock)) == (1, 0)
    confirmed = confirm(scene.driver, held.code, make_truck(scene.carrier, "livestock").pk, NOW)
    assert (taken(laden), taken(livestock)) == (0, 1)
    assert places_of(confirmed) == {scene.quota.pk, livestock.pk}


def test_confirming_into_a_full_class_is_refused_and_the_hold_stands(scene: Scene) -> None:
    make_quota(scene.slot, "class", 0, vehicle_class="livestock")
    held = hold(scene.driver, scene.slot.pk, "laden", NOW, "")
    with pytest.raises(GreenlaneError) as refused:
        confirm(scene.driver, held.code, make_truck(scene.carrier, "livestock").pk, NOW)
    assert refused.value.code == "full"
    held.refresh_from_db()
    assert held.state == State.HELD
    assert_counts_are_right()


def test_a_busy_truck_cannot_confirm_a_second_booking(scene: Scene) -> None:
    booked(scene)
    held = hold(scene.driver, scene.slot.pk, "laden", NOW, "")
    with pytest.raises(GreenlaneError) as refused:
        confirm(scene.driver, held.code, scene.truck.pk, NOW)
    assert (refused.value.code, refused.value.field) == ("truck_busy", "truck")


def test_a_limited_truck_comes_in_neither_by_confirming_nor_by_swapping(scene: Scene) -> None:
    limited = make_truck(scene.carrier)
    for days in (1, 2):
        slot = make_slot(scene.checkpoint, NOW - timedelta(days=days))
        make_quota(slot)
        missed = book(scene.driver, slot.pk, limited.pk, slot.starts_at - minutes(30), "")
        Booking.objects.filter(pk=missed.pk).update(
            state=State.NO_SHOW, strike=2, ended_at=slot.ends_at, changed_at=slot.ends_at
        )
    held = hold(scene.driver, scene.slot.pk, "laden", NOW, "")
    with pytest.raises(GreenlaneError) as at_confirm:
        confirm(scene.driver, held.code, limited.pk, NOW)
    confirm(scene.driver, held.code, scene.truck.pk, NOW)
    with pytest.raises(GreenlaneError) as at_swap:
        swap(scene.driver, held.code, NOW, truck_id=limited.pk)
    assert at_confirm.value.code == at_swap.value.code == "truck_limited"


# Move ------------------------------------------------------------------------------------------------------


def test_a_move_takes_the_new_places_and_gives_back_the_old_ones(scene: Scene) -> None:
    booking, (target, target_quota) = booked(scene), later_slot(scene)
    hour = make_quota(target, "hour", 5, wide=timedelta(hours=1))
    moved = move(scene.driver, booking.code, target.pk, NOW)
    assert (moved.slot_id, moved.first_slot_id, moved.moves) == (target.pk, scene.slot.pk, 1)
    assert (taken(scene.quota), taken(target_quota), taken(hour)) == (0, 1, 1)
    assert places_of(moved) == {target_quota.pk, hour.pk}


def test_a_move_into_a_full_slot_is_refused_and_the_old_place_is_kept(scene: Scene) -> None:
    booking, (target, target_quota) = booked(scene), later_slot(scene, capacity=0)
    with pytest.raises(GreenlaneError) as refused:
        move(scene.driver, booking.code, target.pk, NOW)
    assert refused.value.code == "full"
    assert (taken(scene.quota), taken(target_quota)) == (1, 0)
    booking.refresh_from_db()
    assert (booking.slot_id, booking.moves) == (scene.slot.pk, 0)


def test_a_booking_moves_as_often_as_the_rules_say(scene: Scene) -> None:
    booking, (first, _), (second, _) = booked(scene), later_slot(scene), later_slot(scene, hours=2)
    move(scene.driver, booking.code, first.pk, NOW)
    with pytest.raises(GreenlaneError) as refused:
        move(scene.driver, booking.code, second.pk, NOW)
    assert refused.value.code == "no_moves_left"
    assert move(scene.driver, booking.code, first.pk, NOW).moves == 1, "to where it is: nothing to do"


def test_a_move_is_possible_until_the_cut_off(scene: Scene) -> None:
    booking, (target, _) = booked(scene), later_slot(scene)
    with pytest.raises(GreenlaneError) as refused:
        move(scene.driver, booking.code, target.pk, scene.slot.starts_at - minutes(179))
    assert refused.value.code == "move_too_late"
    assert move(scene.driver, booking.code, target.pk, scene.slot.starts_at - minutes(180)).moves == 1


def test_a_move_goes_to_an_open_slot_ahead_of_the_same_checkpoint(scene: Scene) -> None:
    booking = booked(scene)
    closed, past, far = (later_slot(scene, hours=hours)[0] for hours in (1, -73, 24 * 20))
    close_slot(closed.pk)
    elsewhere = make_slot(make_checkpoint(), scene.slot.starts_at)
    codes = []
    for target in (closed.pk, past.pk, far.pk, elsewhere.pk, 2**40):
        with pytest.raises(GreenlaneError) as refused:
            move(scene.driver, booking.code, target, NOW)
        codes.append(refused.value.code)
    assert codes == ["slot_closed", "slot_past", "slot_too_far", "slot_unknown", "slot_unknown"]


def test_a_hold_cannot_be_moved(scene: Scene) -> None:
    held, (target, _) = hold(scene.driver, scene.slot.pk, "laden", NOW, ""), later_slot(scene)
    with pytest.raises(GreenlaneError) as refused:
        move(scene.driver, held.code, target.pk, NOW)
    assert refused.value.code == "wrong_state"


def test_the_cap_of_a_carrier_holds_for_moves_too() -> None:
    scene = make_scene(capacity=30, carrier_share=0.05, slot_capacity=10, moves_per_trip=5)
    target, _ = later_slot(scene, capacity=30)
    other = make_slot(scene.checkpoint, scene.slot.starts_at - timedelta(hours=2))
    make_quota(other, "slot", 30)
    first, second = (
        book(scene.driver, slot.pk, make_truck(scene.carrier).pk, NOW, "") for slot in (scene.slot, other)
    )
    move(scene.driver, first.code, target.pk, NOW)
    with pytest.raises(GreenlaneError) as refused:
        move(scene.driver, second.code, target.pk, NOW)
    assert refused.value.code == "full"
    assert_counts_are_right()


def test_bookings_made_before_a_carrier_was_capped_keep_their_places() -> None:
    scene = make_scene(capacity=30, carrier_share=1.0)
    for _ in range(4):
        book(scene.driver, scene.slot.pk, make_truck(scene.carrier).pk, NOW, "")
    scene.checkpoint.booking_rules.update(carrier_share=0.01)
    with pytest.raises(GreenlaneError) as refused:
        book(scene.driver, scene.slot.pk, make_truck(scene.carrier).pk, NOW, "")
    assert refused.value.code == "full"
    cap = Quota.objects.get(kind="carrier", carrier=scene.carrier)
    assert (cap.taken, cap.capacity) == (4, 4)
    assert_counts_are_right()


# Swap ------------------------------------------------------------------------------------------------------


def test_truck_trailer_and_driver_are_swapped_inside_the_carrier(scene: Scene) -> None:
    booking, second = booked(scene), make_truck(scene.carrier, vin="WDB00000000000001")
    driver = Driver.objects.create(carrier=scene.carrier, full_name="Invented Person")
    swapped = swap(scene.driver, booking.code, NOW, truck_id=second.pk, driver_id=driver.pk)
    assert (swapped.plate, swapped.vin, swapped.driver_id) == (second.plate, second.vin, driver.pk)
    assert taken(scene.quota) == 1
    assert book(scene.driver, scene.slot.pk, scene.truck.pk, NOW, "").state == State.CONFIRMED


@pytest.mark.parametrize("part", ["truck", "trailer", "driver"])
def test_nothing_of_another_carrier_can_be_swapped_in(scene: Scene, part: str) -> None:
    booking, stranger = booked(scene), make_carrier()
    foreign = {
        "truck": make_truck(stranger).pk,
        "trailer": Trailer.objects.create(carrier=stranger, plate="T9", plate_key="T9", country="PL").pk,
        "driver": Driver.objects.create(carrier=stranger, full_name="Invented Person").pk,
    }
    with pytest.raises(GreenlaneError) as refused:
        swap(scene.driver, booking.code, NOW, **{f"{part}_id": foreign[part]})
    assert (refused.value.code, refused.value.field) == (f"{part}_unknown", part)


def test_a_busy_truck_cannot_be_swapped_in(scene: Scene) -> None:
    booking, second = booked(scene), make_truck(scene.carrier)
    book(scene.driver, scene.slot.pk, second.pk, NOW, "")
    with pytest.raises(GreenlaneError) as refused:
        swap(scene.driver, booking.code, NOW, truck_id=second.pk)
    assert refused.value.code == "truck_busy"
    booking.refresh_from_db()
    assert booking.truck_id == scene.truck.pk


# Cancel and rights -----------------------------------------------------------------------------------------


def test_a_cancelled_booking_gives_its_places_back_at_once(scene: Scene) -> None:
    booking = booked(scene)
    assert free(scene.quota) == 1
    cancel(scene.driver, booking.code, "plans changed", NOW)
    assert free(scene.quota) == 2
    assert places_of(booking) == set()
    assert cancel(scene.driver, booking.code, "again", NOW + minutes(9)).ended_at == NOW


def test_a_used_booking_cannot_be_cancelled(scene: Scene) -> None:
    booking = booked(scene)
    Booking.objects.filter(pk=booking.pk).update(state=State.ENTERED, ended_at=NOW)
    with pytest.raises(GreenlaneError) as refused:
        cancel(scene.driver, booking.code, "", NOW)
    assert refused.value.code == "wrong_state"


def test_a_driver_has_its_own_bookings_and_a_dispatcher_those_of_the_carrier(scene: Scene) -> None:
    booking = booked(scene)
    colleague, dispatcher = make_account(scene.carrier), make_account(scene.carrier, "dispatcher")
    rival = make_account(make_carrier(), "dispatcher")
    for stranger in (colleague, rival):
        with pytest.raises(GreenlaneError) as refused:
            cancel(stranger, booking.code, "", NOW)
        assert (refused.value.code, refused.value.status) == ("booking_unknown", 404)
    assert cancel(dispatcher, booking.code.lower(), "", NOW).changed_by_id == dispatcher.pk


def test_every_step_is_in_the_log_with_who_when_and_why(scene: Scene) -> None:
    target, _ = later_slot(scene)
    second = make_truck(scene.carrier)
    dispatcher = make_account(scene.carrier, "dispatcher")
    held = hold(scene.driver, scene.slot.pk, "laden", NOW, "")
    confirm(scene.driver, held.code, scene.truck.pk, NOW + minutes(1))
    move(dispatcher, held.code, target.pk, NOW + minutes(2))
    swap(scene.driver, held.code, NOW + minutes(3), truck_id=second.pk)
    cancel(dispatcher, held.code, "the goods are late", NOW + minutes(4))
    log = list(Change.objects.filter(booking=held).order_by("pk"))
    assert [(step.from_state, step.to_state, step.by_id, step.at - NOW, step.why) for step in log] == [
        ("", "held", scene.driver.pk, minutes(0), ""),
        ("held", "confirmed", scene.driver.pk, minutes(1), "confirmed by its holder"),
        ("confirmed", "confirmed", dispatcher.pk, minutes(2), "moved by its holder"),
        ("confirmed", "confirmed", scene.driver.pk, minutes(3), "swapped inside the carrier"),
        ("confirmed", "cancelled", dispatcher.pk, minutes(4), "the goods are late"),
    ]
    assert (log[2].was["slot"], log[2].became["slot"]) == (scene.slot.pk, target.pk)
    assert (log[3].was["truck"], log[3].became["truck"]) == (scene.truck.pk, second.pk)
