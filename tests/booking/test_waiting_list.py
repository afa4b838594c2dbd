"""The waiting list: freed places are offered in its order and go to nobody past it."""

from __future__ import annotations

from datetime import datetime

import pytest
from places_world import (
    NOW,
    Scene,
    assert_counts_are_right,
    make_account,
    make_quota,
    make_scene,
    make_slot,
    make_truck,
    minutes,
)
from waiting_world import DAY, a_carrier, refused, state_of, taken_by, waits

from greenlane.booking.commands import (
    book,
    cancel,
    confirm,
    expire_holds,
    hold,
    move,
)
from greenlane.booking.commands.serving import look_again, serve_line, serve_list
from greenlane.booking.commands.waiting import accept_offer, decline_offer, join_list, leave_list
from greenlane.booking.models import Booking, FreedSlot, Slot, State, WaitingGroup
from greenlane.booking.queries.waiting import list_places, waiting_list

pytestmark = [pytest.mark.db, pytest.mark.django_db]


@pytest.fixture
def scene() -> Scene:
    return make_scene(capacity=1, offer_minutes=30, passed_over_limit=2, moves_per_trip=9)


# A freed place is the list's ------------------------------------------------------------------------------


def test_a_freed_place_is_offered_to_the_first_in_line_and_to_nobody_else(scene: Scene) -> None:
    booking = taken_by(scene)
    first, second = waits(scene, NOW), waits(scene, NOW + minutes(1))
    cancel(booking.account, booking.code, "", NOW + minutes(2))
    for attempt in ("before it is served", "after"):
        with refused("waiting_first" if attempt.startswith("before") else "full"):
            taken_by(scene)
        assert serve_list(NOW + minutes(2)) == (attempt != "after"), attempt
    assert (state_of(first), state_of(second)) == ("offered", "waiting")
    offered = Booking.objects.get(waiting_entries__group=first)
    assert (offered.state, offered.is_offer) == (State.HELD, True)
    assert offered.held_until == NOW + minutes(32)
    accept_offer(first.account, first.number, NOW + minutes(10))
    offered.refresh_from_db()
    assert (offered.state, state_of(first)) == (State.CONFIRMED, "placed")
    assert_counts_are_right()


def test_who_waits_gets_what_is_free_already(scene: Scene) -> None:
    group = waits(scene)
    assert serve_line(scene.checkpoint.pk, "outbound", NOW) == 1
    assert state_of(group) == "offered"
    assert not FreedSlot.objects.exists()


def test_a_place_that_suits_nobody_who_waits_is_everybodys(scene: Scene) -> None:
    make_quota(scene.slot, "class", 0, vehicle_class="livestock")
    booking, group = taken_by(scene), waits(scene, vehicle_class="livestock")
    cancel(booking.account, booking.code, "", NOW)
    assert taken_by(scene).state == State.CONFIRMED
    assert (state_of(group), WaitingGroup.objects.get().passed_over) == ("waiting", 0)


def test_a_truck_that_found_a_place_elsewhere_is_left_out_and_holds_nobody_up(scene: Scene) -> None:
    booking, busy, next_one = taken_by(scene), waits(scene), waits(scene, NOW + minutes(1))
    elsewhere = make_slot(scene.checkpoint, scene.slot.starts_at + 3 * DAY)
    make_quota(elsewhere)
    book(busy.account, elsewhere.pk, busy.entries.get().truck_id, NOW, "")
    cancel(booking.account, booking.code, "", NOW)
    serve_list(NOW)
    assert (state_of(busy), state_of(next_one)) == ("waiting", "offered")


def test_a_move_into_a_freed_slot_is_refused_until_the_list_was_asked(scene: Scene) -> None:
    booking, group = taken_by(scene), waits(scene, vehicle_class="laden")
    later = make_slot(scene.checkpoint, scene.slot.starts_at + 2 * DAY)
    make_quota(later)
    mover = taken_by(scene, later)
    cancel(booking.account, booking.code, "", NOW)
    with refused("waiting_first"):
        move(mover.account, mover.code, scene.slot.pk, NOW)
    leave_list(group.account, group.number, NOW)
    serve_list(NOW)
    assert move(mover.account, mover.code, scene.slot.pk, NOW).slot_id == scene.slot.pk


def test_give_and_take_between_a_resellers_carriers_gives_the_place_to_whoever_waits(scene: Scene) -> None:
    """The seller cancels; the buyer's program books in the same instant, again and again, at both doors."""
    sold, honest = taken_by(scene), waits(scene)
    buyer, (truck,) = a_carrier()
    cancel(sold.account, sold.code, "sold", NOW + minutes(1))
    for _ in range(3):
        with refused("waiting_first"):
            book(buyer, scene.slot.pk, truck.pk, NOW + minutes(1), "")
        with refused("waiting_first"):
            hold(buyer, scene.slot.pk, "laden", NOW + minutes(1), "")
    serve_list(NOW + minutes(1))
    with refused("full"):
        book(buyer, scene.slot.pk, truck.pk, NOW + minutes(1), "")
    accept_offer(honest.account, honest.number, NOW + minutes(2))
    assert Booking.objects.get(slot=scene.slot, state=State.CONFIRMED).carrier_id == honest.carrier_id


# Offers -----------------------------------------------------------------------------------------------------


def offered(scene: Scene, at: datetime = NOW, **of: int) -> WaitingGroup:
    group = waits(scene, at, **of)
    assert serve_line(scene.checkpoint.pk, "outbound", at) == 1
    group.refresh_from_db()
    return group


def test_an_offer_that_runs_out_goes_to_the_next_and_the_first_keeps_its_turn_elsewhere(scene: Scene) -> None:
    first, second = offered(scene), waits(scene, NOW + minutes(1))
    assert first.offer_until == NOW + minutes(30)
    serve_list(NOW + minutes(29))
    assert state_of(second) == "waiting"
    serve_list(NOW + minutes(30))
    assert (state_of(first), state_of(second)) == ("waiting", "offered")
    with refused("not_offered"):
        accept_offer(first.account, first.number, NOW + minutes(30))
    other = make_slot(scene.checkpoint, scene.slot.starts_at + minutes(30))
    make_quota(other, "slot", 1)
    third = waits(scene, NOW + minutes(31))
    serve_list(NOW + minutes(31))
    first.refresh_from_db()
    assert (first.state, first.offers, state_of(third)) == ("offered", 2, "waiting")


def test_the_holder_of_an_offer_that_ran_out_is_told_so_before_the_sweep(scene: Scene) -> None:
    group = offered(scene)
    with refused("offer_over"):
        accept_offer(group.account, group.number, NOW + minutes(30))


def test_the_same_slot_is_not_offered_again_to_who_let_it_go(scene: Scene) -> None:
    group = offered(scene)
    decline_offer(group.account, group.number, NOW)
    for minute in (0, 1, 2):
        serve_list(NOW + minutes(minute))
        look_again(NOW + minutes(minute))
    assert state_of(group) == "waiting"
    assert taken_by(scene).state == State.CONFIRMED


@pytest.mark.parametrize("let_go", ["declined", "ran out"])
def test_who_lets_two_offers_go_leaves_the_list(scene: Scene, let_go: str) -> None:
    make_quota(make_slot(scene.checkpoint, scene.slot.starts_at + minutes(30)), "slot", 1)
    at, group = NOW, offered(scene)
    for _ in range(2):
        assert state_of(group) == "offered"
        if let_go == "declined":
            decline_offer(group.account, group.number, at)
        at += minutes(30)
        serve_list(at)
        look_again(at)
    assert state_of(group) == "left"
    truck = group.entries.get().truck_id
    again = join_list(group.account, scene.checkpoint, "outbound", [truck], at, at + 3 * DAY, at)
    assert state_of(again) == "waiting"


def test_an_offer_stands_no_longer_than_until_the_slot_starts(scene: Scene) -> None:
    start = scene.slot.starts_at
    group = waits(scene, start - minutes(10))
    serve_line(scene.checkpoint.pk, "outbound", start - minutes(10))
    group.refresh_from_db()
    assert group.offer_until == start


def test_an_offer_is_bound_to_its_truck_and_taken_only_on_the_list(scene: Scene) -> None:
    group = offered(scene)
    booking = Booking.objects.get(is_offer=True)
    carrier = group.account.carrier
    assert carrier is not None
    other = make_truck(carrier)
    for act in (
        lambda: confirm(group.account, booking.code, other.pk, NOW),
        lambda: confirm(group.account, booking.code, group.entries.get().truck_id, NOW),
        lambda: cancel(group.account, booking.code, "", NOW),
    ):
        with refused("offer_of_list"):
            act()
    accept_offer(group.account, group.number, NOW)
    assert cancel(group.account, booking.code, "", NOW).state == State.CANCELLED


def test_an_offer_that_ran_out_is_no_spent_hold(scene: Scene) -> None:
    group = offered(scene)
    expire_holds(NOW + minutes(30))
    assert hold(group.account, scene.slot.pk, "laden", NOW + minutes(31), "").state == State.HELD


def test_a_hold_and_an_offer_of_one_account_do_not_shut_each_other_out(scene: Scene) -> None:
    later = make_slot(scene.checkpoint, scene.slot.starts_at + 2 * DAY)
    make_quota(later)
    group = waits(scene)
    hold(group.account, later.pk, "laden", NOW, "")
    assert serve_line(scene.checkpoint.pk, "outbound", NOW) == 1


# Joining and leaving ----------------------------------------------------------------------------------------


def test_a_truck_waits_once_over_all_checkpoints(scene: Scene) -> None:
    group, elsewhere = waits(scene), make_scene(capacity=1)
    truck, start = group.entries.get().truck_id, elsewhere.slot.starts_at
    with refused("truck_waits"):
        join_list(group.account, elsewhere.checkpoint, "outbound", [truck], start, start, NOW)
    leave_list(group.account, group.number, NOW)
    join_list(group.account, elsewhere.checkpoint, "outbound", [truck], start, start, NOW)


def test_what_cannot_wait_is_refused_with_its_reason(scene: Scene) -> None:
    account, (truck,) = a_carrier()
    start = scene.slot.starts_at
    far = NOW + 15 * DAY
    stranger = a_carrier()[1][0]

    def join(trucks: list[int], earliest: datetime = start, latest: datetime = start) -> None:
        join_list(account, scene.checkpoint, "outbound", trucks, earliest, latest, NOW)

    for code, trucks, earliest, latest in (
        ("trucks_missing", [], start, start),
        ("trucks_doubled", [truck.pk, truck.pk], start, start),
        ("truck_unknown", [stranger.pk], start, start),
        ("times_unsound", [truck.pk], start, start - DAY),
        ("times_past", [truck.pk], NOW - DAY, NOW),
        ("times_too_far", [truck.pk], start, far),
        ("no_slots", [truck.pk], start + minutes(1), start + minutes(2)),
    ):
        with refused(code):
            join(trucks, earliest, latest)
    Slot.objects.filter(pk=scene.slot.pk).update(state="ballot")
    with refused("ballot_first"):
        join([truck.pk])
    Slot.objects.filter(pk=scene.slot.pk).update(state="open")
    book(account, scene.slot.pk, truck.pk, NOW, "")
    with refused("truck_busy"):
        join([truck.pk])
    assert not WaitingGroup.objects.exists()


def test_times_that_passed_end_the_waiting(scene: Scene) -> None:
    group = waits(scene)
    taken_by(scene)
    serve_list(group.latest - minutes(1))
    assert state_of(group) == "waiting"
    serve_list(group.latest)
    assert (state_of(group), group.entries.get().is_waiting) == ("over", False)


def test_leaving_with_an_open_offer_gives_it_to_the_next(scene: Scene) -> None:
    first, second = offered(scene), waits(scene, NOW + minutes(1))
    leave_list(first.account, first.number, NOW + minutes(2))
    serve_list(NOW + minutes(2))
    assert (state_of(first), state_of(second)) == ("left", "offered")
    accept_offer(second.account, second.number, NOW + minutes(3))
    with refused("not_waiting"):
        leave_list(second.account, second.number, NOW + minutes(3))


def test_only_the_group_itself_sees_it_and_acts_for_it(scene: Scene) -> None:
    group = offered(scene)
    carrier = group.account.carrier
    colleague, dispatcher = make_account(carrier), make_account(carrier, "dispatcher")
    for stranger in (scene.driver, colleague):
        with refused("waiting_unknown"):
            accept_offer(stranger, group.number, NOW)
    assert accept_offer(dispatcher, group.number.lower(), NOW).state == "placed"


def test_the_order_is_owed_then_as_they_came_then_the_turns_of_a_draw(scene: Scene) -> None:
    taken_by(scene)
    start = scene.slot.starts_at

    def joins(at: datetime, rank: int) -> str:
        account, (truck,) = a_carrier()
        group = join_list(account, scene.checkpoint, "outbound", [truck.pk], start, start, at)
        WaitingGroup.objects.filter(pk=group.pk).update(rank=rank)
        return group.number

    early, third, second, late = (
        joins(NOW, 1),
        joins(NOW + minutes(5), 3),
        joins(NOW + minutes(5), 2),
        joins(NOW + minutes(9), 1),
    )
    owed = joins(NOW + minutes(10), 0)
    listed = waiting_list(scene.checkpoint.pk, "outbound")
    assert [each.number for each in listed] == [owed, early, second, third, late]
    places = list_places(WaitingGroup.objects.all())
    assert (places[owed].before, places[late].position, places[late].before) == (0, 5, 4)
