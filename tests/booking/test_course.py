"""What becomes of bookings as their time comes: called, recalled, entered, missed, expired."""

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
    make_quota,
    make_scene,
    make_slot,
    make_truck,
    minutes,
    taken,
)

from greenlane.booking.commands import (
    book,
    expire_holds,
    hold,
    mark_called,
    mark_entered,
    mark_no_shows,
    mark_recalled,
)
from greenlane.booking.models import Booking, Change, HoldUsed, State
from greenlane.booking.queries import lag_minutes

pytestmark = [pytest.mark.db, pytest.mark.django_db]


@pytest.fixture
def scene() -> Scene:
    return make_scene(capacity=5, hold_minutes=5, void_minutes=120, grace_behind_minutes=30)


def booked(scene: Scene) -> Booking:
    return book(scene.driver, scene.slot.pk, make_truck(scene.carrier).pk, NOW, "")


def state_of(booking: Booking) -> str:
    booking.refresh_from_db()
    return booking.state


def test_called_recalled_called_entered(scene: Scene) -> None:
    booking = booked(scene)
    assert mark_called([booking.pk], NOW) == 1
    assert mark_recalled([booking.pk], NOW, "the lane closed") == 1
    assert state_of(booking) == State.CONFIRMED
    assert mark_called([booking.pk], NOW) == mark_entered([booking.pk], NOW + minutes(7)) == 1
    assert (state_of(booking), booking.ended_at) == (State.ENTERED, NOW + minutes(7))
    states = Change.objects.filter(booking=booking).order_by("pk").values_list("to_state", flat=True)
    assert list(states) == ["confirmed", "called", "confirmed", "called", "entered"]
    assert taken(scene.quota) == 1, "a truck that entered has used its place"


def test_only_bookings_in_the_right_state_are_marked(scene: Scene) -> None:
    held = hold(scene.driver, scene.slot.pk, "laden", NOW, "")
    booking = booked(scene)
    assert mark_called([held.pk, booking.pk], NOW) == 1
    assert mark_called([booking.pk], NOW) == 0
    assert mark_entered([held.pk], NOW) == 0
    assert (state_of(held), state_of(booking)) == (State.HELD, State.CALLED)


def test_a_truck_that_was_not_called_may_be_seen_entering(scene: Scene) -> None:
    booking = booked(scene)
    assert mark_entered([booking.pk], NOW) == 1


def test_holds_that_ran_out_give_their_places_back(scene: Scene) -> None:
    held = hold(scene.driver, scene.slot.pk, "laden", NOW, "")
    kept = hold(make_account(make_carrier()), scene.slot.pk, "laden", NOW + minutes(3), "")
    assert expire_holds(NOW + minutes(4)) == 0
    assert free(scene.quota) == 3
    assert expire_holds(NOW + minutes(5)) == 1
    assert free(scene.quota) == 4
    assert (state_of(held), state_of(kept)) == (State.EXPIRED, State.HELD)
    assert HoldUsed.objects.filter(account=scene.driver, slot=scene.slot).exists()


def test_a_truck_that_did_not_come_is_a_no_show_after_the_grace_of_the_rules(scene: Scene) -> None:
    booking, called = booked(scene), booked(scene)
    mark_called([called.pk], NOW)
    over = scene.slot.ends_at + minutes(120)
    assert mark_no_shows(scene.checkpoint, "outbound", over) == 0
    assert mark_no_shows(scene.checkpoint, "outbound", over + minutes(1)) == 2
    assert state_of(booking) == state_of(called) == State.NO_SHOW
    assert not booking.excused
    assert taken(scene.quota) == 0


def test_a_reading_told_of_late_undoes_a_no_show_and_takes_no_place(scene: Scene) -> None:
    booking = booked(scene)
    mark_no_shows(scene.checkpoint, "outbound", scene.slot.ends_at + minutes(121))
    came = scene.slot.ends_at + minutes(10)
    assert mark_entered([booking.pk], scene.slot.ends_at + minutes(200), {booking.pk: came}) == 1
    assert (state_of(booking), booking.ended_at, taken(scene.quota)) == (State.ENTERED, came, 0)
    later = make_quota(scene.slot, "neighbour", 0, wide=timedelta(hours=1))
    assert taken(later) == 0
    assert_counts_are_right()


def _behind(scene: Scene, at_minutes_late: int) -> None:
    """Three trucks entered so many minutes after the end of their slot."""
    earlier = make_slot(scene.checkpoint, scene.slot.starts_at + minutes(60))
    make_quota(earlier)
    for _ in range(3):
        done = book(scene.driver, earlier.pk, make_truck(scene.carrier).pk, NOW, "")
        mark_entered([done.pk], earlier.ends_at + minutes(at_minutes_late))


def test_while_the_checkpoint_is_behind_its_trucks_have_as_much_longer_and_are_excused(scene: Scene) -> None:
    booking = booked(scene)
    _behind(scene, 100)
    over = scene.slot.ends_at + minutes(120)
    assert mark_no_shows(scene.checkpoint, "outbound", over + minutes(90)) == 0
    assert mark_no_shows(scene.checkpoint, "outbound", over + minutes(101)) == 1
    assert state_of(booking) == State.NO_SHOW
    assert booking.excused
    why = Change.objects.get(booking=booking, to_state=State.NO_SHOW).why
    assert why == "did not come; excused: the checkpoint is 100 minutes behind"


def test_a_checkpoint_a_little_behind_excuses_nobody(scene: Scene) -> None:
    booking = booked(scene)
    _behind(scene, 20)
    assert mark_no_shows(scene.checkpoint, "outbound", scene.slot.ends_at + minutes(141)) == 1
    assert not Booking.objects.get(pk=booking.pk).excused
    assert_counts_are_right()


def test_a_checkpoint_through_which_nobody_passes_is_behind_though_no_entry_tells_it(scene: Scene) -> None:
    two = [booked(scene), booked(scene)]
    later = scene.slot.ends_at + minutes(90)
    assert lag_minutes(scene.checkpoint, "outbound", later) == 0.0
    third = booked(scene)
    assert lag_minutes(scene.checkpoint, "outbound", later) == 90.0
    assert mark_no_shows(scene.checkpoint, "outbound", scene.slot.ends_at + minutes(119)) == 0
    assert {state_of(booking) for booking in [*two, third]} == {State.CONFIRMED}


def test_no_shows_of_one_checkpoint_leave_the_others_alone(scene: Scene) -> None:
    booking = booked(scene)
    elsewhere = make_scene()
    assert mark_no_shows(elsewhere.checkpoint, "outbound", NOW + timedelta(days=30)) == 0
    assert state_of(booking) == State.CONFIRMED
