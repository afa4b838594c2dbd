"""One table of cases, run through both doors: Django's command and the turnstile over HTTP."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from doors import Ask, Told, by_django, by_turnstile
from places_world import (
    NOW,
    Scene,
    assert_counts_are_right,
    make_account,
    make_carrier,
    make_park,
    make_quota,
    make_scene,
    make_slot,
    make_truck,
    minutes,
)

from greenlane.booking.commands import cancel, close_slot, confirm, merge_slots, swap
from greenlane.booking.models import Booking, State
from greenlane.registry.models import Driver, Trailer

pytestmark = pytest.mark.db


class Stage:
    """A scene and the door that is tried on it."""

    def __init__(self, door: Callable[[Sequence[Ask], datetime], list[Told]]) -> None:
        self._door = door
        self.told: list[Told] = []

    def ask(self, *asks: Ask, at: datetime = NOW) -> str:
        """The outcomes of requests that come together, in one line."""
        told = self._door(asks, at)
        self.told += told
        return " ".join(answer.outcome for answer in told)


Case = Callable[[Stage], None]
CASES: list[Case] = []


def case(run: Case) -> Case:
    CASES.append(run)
    return run


def book(scene: Scene, **given: object) -> Ask:
    ask = Ask(scene.driver, scene.slot.pk, truck=scene.truck.pk)
    return replace(ask, **given)  # type: ignore[arg-type]  # the names are those of Ask


def other(scene: Scene, truck_class: str = "laden", **given: object) -> Ask:
    """The same wish by another person of another carrier with another truck."""
    carrier = make_carrier()
    truck = make_truck(carrier, truck_class)
    return replace(book(scene), account=make_account(carrier), truck=truck.pk, **given)  # type: ignore[arg-type]


def hold(scene: Scene, **given: object) -> Ask:
    return book(scene, truck=None, **given)


@case
def a_free_place_is_booked(stage: Stage) -> None:
    assert stage.ask(book(make_scene())) == "taken"
    assert stage.told[-1].words == "confirmed"


@case
def a_free_place_is_held(stage: Stage) -> None:
    assert stage.ask(hold(make_scene())) == "taken"
    assert stage.told[-1].words == "held"


@case
def the_last_place_goes_to_the_first_in_line(stage: Stage) -> None:
    scene = make_scene(capacity=2)
    asks = [other(scene) for _ in range(4)]
    assert stage.ask(*asks) == "taken taken full full"
    assert "(slot)" in stage.told[-1].words


@case
def a_booking_needs_a_place_in_every_quota_and_the_full_one_is_named(stage: Stage) -> None:
    for kind, selectors in (
        ("hour", {"wide": timedelta(hours=1)}),
        ("day", {"wide": timedelta(days=1)}),
        ("neighbour", {"wide": timedelta(hours=1)}),
        ("class", {"wide": timedelta(hours=1), "vehicle_class": "laden"}),
        ("share", {"share": "booked"}),
    ):
        scene = make_scene(capacity=5)
        make_quota(scene.slot, kind, 1, **selectors)
        assert stage.ask(other(scene), other(scene)) == "taken full"
        assert f"({kind})" in stage.told[-1].words


@case
def a_full_park_is_full_for_its_trucks_alone(stage: Stage) -> None:
    scene = make_scene(capacity=5)
    park = make_park(scene.checkpoint)
    make_quota(scene.slot, "park", 1, park=park, wide=timedelta(hours=1))
    assert (
        stage.ask(other(scene, park=park.pk), other(scene, park=park.pk), other(scene)) == "taken full taken"
    )


@case
def a_full_class_is_full_for_its_trucks_alone(stage: Stage) -> None:
    scene = make_scene(capacity=5)
    make_quota(scene.slot, "class", 1, vehicle_class="livestock")
    animals = [other(scene, "livestock") for _ in range(2)]
    assert stage.ask(*animals, other(scene)) == "taken full taken"


@case
def the_class_of_a_booking_is_that_of_its_truck_whatever_is_said(stage: Stage) -> None:
    scene = make_scene(capacity=5)
    make_quota(scene.slot, "class", 0, vehicle_class="livestock")
    assert stage.ask(other(scene, "livestock", vehicle_class="laden")) == "full"


@case
def a_hold_counts_in_the_class_that_it_names(stage: Stage) -> None:
    scene = make_scene(capacity=5)
    make_quota(scene.slot, "class", 0, vehicle_class="livestock")
    assert stage.ask(hold(scene, vehicle_class="livestock")) == "full"
    assert stage.ask(hold(scene, vehicle_class="empty")) == "taken"


@case
def places_of_the_live_queue_are_not_for_bookings(stage: Stage) -> None:
    scene = make_scene(capacity=5)
    make_quota(scene.slot, "share", 0, share="live")
    assert stage.ask(book(scene)) == "taken"


@case
def one_carrier_gets_its_part_of_an_hour_and_no_more(stage: Stage) -> None:
    scene = make_scene(capacity=30, carrier_share=0.1, slot_capacity=10)
    trucks = [make_truck(scene.carrier) for _ in range(3)]
    asks = [book(scene, truck=truck.pk) for truck in trucks]
    assert stage.ask(*asks) == "taken taken full"
    assert "(carrier)" in stage.told[-1].words
    assert stage.ask(other(scene)) == "taken"


@case
def the_cap_of_a_carrier_spans_the_slots_of_an_hour(stage: Stage) -> None:
    scene = make_scene(capacity=30, carrier_share=0.05, slot_capacity=10)
    second = make_slot(scene.checkpoint, scene.slot.ends_at)
    make_quota(second)
    assert stage.ask(book(scene)) == "taken"
    assert stage.ask(book(scene, slot=second.pk, truck=make_truck(scene.carrier).pk)) == "full"


@case
def a_driver_without_a_carrier_may_hold(stage: Stage) -> None:
    scene = make_scene(carrier_share=0.1)
    assert stage.ask(hold(scene, account=make_account(None))) == "taken"


@case
def a_closed_slot_takes_no_bookings(stage: Stage) -> None:
    scene = make_scene()
    close_slot(scene.slot.pk)
    assert stage.ask(book(scene)) == "slot_closed"


@case
def a_merged_slot_takes_no_bookings(stage: Stage) -> None:
    scene = make_scene()
    target = make_slot(scene.checkpoint, scene.slot.ends_at)
    make_quota(target)
    merge_slots(scene.slot.pk, target.pk, scene.lead, "works", NOW)
    assert stage.ask(book(scene), book(scene, slot=target.pk)) == "slot_closed taken"


@case
def a_slot_without_quotas_takes_no_bookings(stage: Stage) -> None:
    scene = make_scene()
    bare = make_slot(scene.checkpoint, scene.slot.ends_at)
    assert stage.ask(book(scene, slot=bare.pk)) == "slot_closed"


@case
def a_slot_can_be_booked_until_its_end(stage: Stage) -> None:
    scene = make_scene()
    assert stage.ask(other(scene), at=scene.slot.ends_at - minutes(1)) == "taken"
    assert stage.ask(other(scene), at=scene.slot.ends_at) == "slot_past"


@case
def a_slot_beyond_the_horizon_cannot_be_booked_yet(stage: Stage) -> None:
    scene = make_scene(horizon_days=2)
    assert stage.ask(book(scene)) == "slot_too_far"
    assert stage.ask(book(scene), at=scene.slot.starts_at - timedelta(days=2)) == "taken"


@case
def what_does_not_exist_is_named(stage: Stage) -> None:
    scene, elsewhere = make_scene(), make_scene()
    assert stage.ask(book(scene, slot=2**40)) == "slot_unknown"
    assert stage.ask(book(scene, truck=2**40)) == "truck_unknown"
    assert stage.ask(book(scene, truck=elsewhere.truck.pk)) == "truck_unknown"
    assert stage.ask(book(scene, park=2**40)) == "park_unknown"
    assert stage.ask(book(scene, park=make_park(elsewhere.checkpoint).pk)) == "park_unknown"
    assert [told.field for told in stage.told] == ["slot", "truck", "truck", "park", "park"]


@case
def a_retired_truck_is_unknown(stage: Stage) -> None:
    scene = make_scene()
    retired = make_truck(scene.carrier, retired_at=NOW)
    assert stage.ask(book(scene, truck=retired.pk)) == "truck_unknown"


@case
def a_strange_trailer_or_driver_refuses_its_own_request_and_no_other(stage: Stage) -> None:
    scene = make_scene(capacity=9)
    strange = Trailer.objects.create(carrier=make_carrier(), plate="T1", plate_key="T1", country="PL")
    own = Driver.objects.create(carrier=scene.carrier, full_name="Invented Person")
    asks = [
        other(scene),
        book(scene, trailer=strange.pk),
        other(scene, driver=own.pk),
        book(scene, driver=2**40),
        book(scene, driver=own.pk),
    ]
    assert stage.ask(*asks) == "taken trailer_unknown driver_unknown driver_unknown taken"
    strange.delete()


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
            state=State.NO_SHOW, changed_at=missed.ends_at, excused=excused
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
    scene = make_scene()
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


def test_both_doors_give_the_same_answers(committed: str, subtests: pytest.Subtests) -> None:
    for run in CASES:
        with subtests.test(run.__name__):
            stages = [Stage(by_django), Stage(by_turnstile)]
            for stage in stages:
                run(stage)
            assert_counts_are_right()
            by_command, by_http = ([_scrubbed(told) for told in stage.told] for stage in stages)
            assert by_command == by_http


def _scrubbed(told: Told) -> Told:
    """Without the code and the times that differ between the two scenes."""
    return replace(told, code="", words=told.words.split("cannot book before")[0])
