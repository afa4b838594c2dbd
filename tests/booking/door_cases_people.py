"""Cases of both doors: trucks, holds, sanctions and keys."""

from __future__ import annotations

from datetime import timedelta

from door_stage import Stage, book, case, hold, other
from doors import by_django
from places_world import (
    NOW,
    Scene,
    make_account,
    make_carrier,
    make_quota,
    make_scene,
    make_slot,
    make_truck,
    minutes,
)

from greenlane.booking.commands import cancel, confirm, swap
from greenlane.booking.models import Booking, State


@case
def a_truck_has_one_active_booking_by_plate(stage: Stage) -> None:
    scene, elsewhere = make_scene(), make_scene()
    assert stage.ask(book(scene)) == "taken"
    assert stage.ask(book(scene)) == "truck_busy"
    assert stage.ask(book(scene, slot=elsewhere.slot.pk)) == "truck_busy"


@case
def a_plate_is_busy_also_when_another_carrier_registers_it(stage: Stage) -> None:
    scene = make_scene()
    assert stage.ask(book(scene)) == "taken"
    scene.truck.retired_at = NOW
    scene.truck.save()
    carrier = make_carrier()
    same = make_truck(carrier, plate=scene.truck.plate)
    assert stage.ask(book(scene, account=make_account(carrier), truck=same.pk)) == "truck_busy"


@case
def a_truck_has_one_active_booking_by_vin_under_any_plate(stage: Stage) -> None:
    scene, elsewhere = make_scene(), make_scene()
    vin = f"WDB{scene.truck.pk:014}"
    scene.truck.vin = vin
    scene.truck.save()
    assert stage.ask(book(scene)) == "taken"
    scene.truck.retired_at = NOW
    scene.truck.save()
    replated = make_truck(scene.carrier, vin=vin)
    assert stage.ask(book(scene, truck=replated.pk, slot=elsewhere.slot.pk)) == "truck_busy"


@case
def the_same_truck_twice_in_one_batch_is_booked_once(stage: Stage) -> None:
    scene, elsewhere = make_scene(), make_scene()
    assert (
        stage.ask(book(scene), book(scene, slot=elsewhere.slot.pk), book(scene))
        == "taken truck_busy truck_busy"
    )


@case
def the_same_truck_asked_by_two_people_at_once_is_booked_once(stage: Stage) -> None:
    scene = make_scene()
    colleague = make_account(scene.carrier)
    assert stage.ask(book(scene), book(scene, account=colleague)) == "taken truck_busy"


@case
def a_truck_is_free_again_after_its_booking_ended(stage: Stage) -> None:
    scene = make_scene()
    assert stage.ask(book(scene)) == "taken"
    cancel(scene.driver, stage.told[-1].code, "", NOW)
    assert stage.ask(book(scene)) == "taken"


@case
def one_person_holds_one_place(stage: Stage) -> None:
    scene, elsewhere = make_scene(), make_scene()
    assert stage.ask(hold(scene)) == "taken"
    assert stage.ask(hold(scene, slot=elsewhere.slot.pk)) == "hold_elsewhere"
    assert stage.ask(hold(scene, account=make_account(scene.carrier))) == "taken"


@case
def two_holds_of_one_person_in_one_batch_are_one(stage: Stage) -> None:
    scene, elsewhere = make_scene(), make_scene()
    assert stage.ask(hold(scene), hold(scene, slot=elsewhere.slot.pk)) == "taken hold_elsewhere"


@case
def who_holds_may_still_book_another_truck(stage: Stage) -> None:
    scene = make_scene()
    assert stage.ask(hold(scene), book(scene)) == "taken taken"


@case
def a_hold_is_not_renewable_but_the_slot_can_be_booked(stage: Stage) -> None:
    scene, elsewhere = make_scene(), make_scene()
    assert stage.ask(hold(scene)) == "taken"
    cancel(scene.driver, stage.told[-1].code, "", NOW)
    assert stage.ask(hold(scene)) == "hold_used"
    assert stage.ask(hold(scene, slot=elsewhere.slot.pk)) == "taken"
    assert stage.ask(book(scene)) == "taken"


@case
def an_expired_hold_gives_its_place_back_at_once(stage: Stage) -> None:
    scene = make_scene(capacity=1, hold_minutes=5)
    assert stage.ask(hold(scene)) == "taken"
    assert stage.ask(other(scene), at=NOW + minutes(4)) == "full"
    assert stage.ask(other(scene), at=NOW + minutes(5)) == "taken"
    assert Booking.objects.get(code=stage.told[0].code).state == State.EXPIRED


@case
def an_expired_hold_frees_the_wider_quotas_for_other_slots(stage: Stage) -> None:
    scene = make_scene(capacity=5, hold_minutes=5)
    second = make_slot(scene.checkpoint, scene.slot.ends_at)
    make_quota(second)
    make_quota(scene.slot, "hour", 1, wide=timedelta(hours=1))
    assert stage.ask(hold(scene)) == "taken"
    assert stage.ask(other(scene, slot=second.pk)) == "full"
    assert stage.ask(other(scene, slot=second.pk), at=NOW + minutes(5)) == "taken"


@case
def an_expired_hold_does_not_bind_its_person(stage: Stage) -> None:
    scene, elsewhere = make_scene(hold_minutes=5), make_scene()
    assert stage.ask(hold(scene)) == "taken"
    assert stage.ask(hold(scene, slot=elsewhere.slot.pk), at=NOW + minutes(6)) == "taken"
    assert stage.ask(hold(scene), at=NOW + minutes(20)) == "hold_used"


def _miss(scene: Scene, times: int, excused: bool = False) -> None:
    for _ in range(times):
        missed = make_slot(scene.checkpoint, NOW - timedelta(days=2, minutes=30 * Booking.objects.count()))
        make_quota(missed)
        (told,) = by_django([book(scene, slot=missed.pk)], missed.starts_at - minutes(60))
        Booking.objects.filter(code=told.code).update(
            state=State.NO_SHOW, strike=2, ended_at=missed.ends_at, changed_at=missed.ends_at, excused=excused
        )


@case
def a_truck_that_missed_its_bookings_is_limited_for_a_time(stage: Stage) -> None:
    scene = make_scene(no_show_limit=2, no_show_block_days=14, horizon_days=30)
    _miss(scene, 1)
    assert stage.ask(book(scene)) == "taken"
    cancel(scene.driver, stage.told[-1].code, "", NOW)
    _miss(scene, 1)
    assert stage.ask(book(scene)) == "truck_limited"
    late = make_slot(scene.checkpoint, NOW + timedelta(days=20))
    make_quota(late)
    assert stage.ask(book(scene, slot=late.pk), at=NOW + timedelta(days=14)) == "taken"


@case
def excused_no_shows_do_not_limit(stage: Stage) -> None:
    scene = make_scene(no_show_limit=2)
    _miss(scene, 3, excused=True)
    assert stage.ask(book(scene)) == "taken"


@case
def the_same_key_again_is_the_same_booking(stage: Stage) -> None:
    scene = make_scene(capacity=1)
    asks = [book(scene, key="k1"), book(scene, key="k1")]
    assert stage.ask(asks[0]) == "taken"
    assert stage.ask(asks[1]) == "again"
    assert stage.told[0].code == stage.told[1].code


@case
def the_same_key_twice_in_one_batch_is_one_booking(stage: Stage) -> None:
    scene = make_scene()
    assert stage.ask(book(scene, key="k1"), book(scene, key="k1")) == "taken again"
    assert stage.told[0].code == stage.told[1].code


@case
def the_same_key_of_another_account_is_another_request(stage: Stage) -> None:
    scene = make_scene()
    assert stage.ask(book(scene, key="k1"), other(scene, key="k1")) == "taken taken"


@case
def requests_without_a_key_are_all_different(stage: Stage) -> None:
    scene = make_scene()
    second = make_truck(scene.carrier)
    assert stage.ask(book(scene), book(scene, truck=second.pk)) == "taken taken"


@case
def a_key_is_not_for_another_request(stage: Stage) -> None:
    scene, elsewhere = make_scene(), make_scene()
    second = make_truck(scene.carrier)
    assert stage.ask(book(scene, key="k1")) == "taken"
    assert stage.ask(book(scene, key="k1", slot=elsewhere.slot.pk)) == "key_reused"
    assert stage.ask(book(scene, key="k1", truck=second.pk)) == "key_reused"
    assert stage.ask(hold(scene, key="k1")) == "key_reused"
    assert stage.ask(hold(scene, key="k2")) == "taken"
    assert stage.ask(book(scene, key="k2", truck=second.pk)) == "key_reused"


@case
def a_key_keeps_its_answer_whatever_became_of_the_booking(stage: Stage) -> None:
    scene = make_scene(verified=True)
    assert stage.ask(book(scene, key="k1"), hold(scene, key="k2")) == "taken taken"
    booked, held = (told.code for told in stage.told)
    swap(scene.driver, booked, NOW, truck_id=make_truck(scene.carrier).pk)
    confirm(scene.driver, held, scene.truck.pk, NOW)
    assert stage.ask(book(scene, key="k1"), hold(scene, key="k2")) == "again again"
    cancel(scene.driver, booked, "", NOW)
    assert stage.ask(book(scene, key="k1")) == "again"
    assert [told.code for told in stage.told] == [booked, held, booked, held, booked]


@case
def a_refusal_is_not_remembered_and_its_key_may_be_tried_again(stage: Stage) -> None:
    scene = make_scene(capacity=1)
    assert stage.ask(other(scene)) == "taken"
    first = stage.told[-1].code
    assert stage.ask(book(scene, key="k1")) == "full"
    booking = Booking.objects.get(code=first)
    cancel(booking.account, first, "", NOW)
    assert stage.ask(book(scene, key="k1")) == "taken"
    assert stage.ask(book(scene, key="k1")) == "again"


@case
def a_refused_request_in_a_batch_leaves_its_place_to_the_next(stage: Stage) -> None:
    scene = make_scene(capacity=1)
    assert stage.ask(book(scene, truck=2**40), other(scene), other(scene)) == "truck_unknown taken full"
