"""Cases of both doors: slots, quotas, and what does not exist."""

from __future__ import annotations

from datetime import timedelta

from door_stage import Stage, book, case, hold, other
from places_world import (
    NOW,
    make_account,
    make_carrier,
    make_park,
    make_quota,
    make_scene,
    make_slot,
    make_truck,
    minutes,
)

from greenlane.booking.commands import close_slot, merge_slots
from greenlane.registry.models import Driver, Trailer


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
