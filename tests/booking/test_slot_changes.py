"""Slots and quotas change without a place being made or lost silently."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.db import IntegrityError, transaction
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

from greenlane.booking.commands import (
    book,
    cancel,
    close_slot,
    hold,
    make_slots,
    mark_entered,
    merge_slots,
    open_slot,
    set_capacity,
    set_rules,
)
from greenlane.booking.models import Booking, CapacityChange, Change, Quota, Slot, SlotQuota, State
from greenlane.booking.queries import free_slots
from greenlane.errors import GreenlaneError
from greenlane.registry.commands import load_crossing
from greenlane.registry.crossing_file import read_crossing
from greenlane.registry.models import Account, Checkpoint

pytestmark = [pytest.mark.db, pytest.mark.django_db]

DOROHUSK = read_crossing(Path(__file__).parents[2] / "crossings" / "yahodyn-dorohusk.yaml")


@pytest.fixture
def scene() -> Scene:
    return make_scene(capacity=3)


def fill(scene: Scene, slot: Slot, number: int) -> list[Booking]:
    return [book(scene.driver, slot.pk, make_truck(scene.carrier).pk, NOW, "") for _ in range(number)]


# Capacity --------------------------------------------------------------------------------------------------


def test_capacity_can_grow_and_shrink_down_to_what_is_taken(scene: Scene) -> None:
    fill(scene, scene.slot, 2)
    assert set_capacity(scene.quota.pk, 5, scene.lead, "a lane more", NOW).capacity == 5
    assert set_capacity(scene.quota.pk, 2, scene.lead, "a lane less", NOW).capacity == 2
    with pytest.raises(GreenlaneError) as refused:
        set_capacity(scene.quota.pk, 1, scene.lead, "storm", NOW)
    assert (refused.value.code, refused.value.field) == ("capacity_below_taken", "capacity")
    assert "1 bookings" in (refused.value.mend or "")
    log = CapacityChange.objects.filter(quota=scene.quota).order_by("pk")
    assert [(step.from_capacity, step.to_capacity, step.by_id, step.why) for step in log] == [
        (None, 3, None, ""),
        (3, 5, scene.lead.pk, "a lane more"),
        (5, 2, scene.lead.pk, "a lane less"),
    ]


def test_a_new_quota_counts_the_bookings_that_are_there(scene: Scene) -> None:
    held = hold(scene.driver, scene.slot.pk, "livestock", NOW, "")
    (booking,) = fill(scene, scene.slot, 1)
    hour = make_quota(scene.slot, "hour", 2, wide=timedelta(hours=1))
    animals = make_quota(scene.slot, "class", 1, vehicle_class="livestock")
    assert (taken(hour), taken(animals)) == (2, 1)
    assert places_of(held) == {scene.quota.pk, hour.pk, animals.pk}
    assert places_of(booking) == {scene.quota.pk, hour.pk}


def test_a_new_quota_too_small_for_the_bookings_that_are_there_is_refused(scene: Scene) -> None:
    fill(scene, scene.slot, 2)
    with pytest.raises(IntegrityError, match="quota_never_oversold"), transaction.atomic():
        make_quota(scene.slot, "hour", 1, wide=timedelta(hours=1))
    assert_counts_are_right()


def test_a_new_slot_is_under_the_quotas_that_cover_its_start(scene: Scene) -> None:
    hour = make_quota(scene.slot, "hour", 1, wide=timedelta(hours=1))
    inside = make_slot(scene.checkpoint, scene.slot.starts_at + minutes(59))
    outside = make_slot(scene.checkpoint, scene.slot.starts_at + minutes(60))
    assert SlotQuota.objects.filter(slot=inside, quota=hour).exists()
    assert not SlotQuota.objects.filter(slot=outside, quota=hour).exists()


def test_overlapping_slots_share_the_hour_and_keep_their_own_places(scene: Scene) -> None:
    hour = make_quota(scene.slot, "hour", 3, wide=timedelta(hours=1))
    overlapping = make_slot(scene.checkpoint, scene.slot.starts_at + minutes(10))
    own = make_quota(overlapping, "slot", 3)
    fill(scene, scene.slot, 1)
    fill(scene, overlapping, 2)
    assert (taken(scene.quota), taken(own), taken(hour)) == (1, 2, 3)
    with pytest.raises(GreenlaneError, match="full"):
        fill(scene, scene.slot, 1)


def test_free_slots_show_the_least_over_all_quotas(scene: Scene) -> None:
    make_quota(scene.slot, "hour", 2, wide=timedelta(hours=1))
    make_quota(scene.slot, "class", 1, vehicle_class="livestock")
    fill(scene, scene.slot, 1)

    def seen(vehicle_class: str) -> int:
        (slot,) = free_slots(scene.checkpoint, "outbound", NOW, NOW + timedelta(days=5), vehicle_class)
        return slot.free

    assert (seen("laden"), seen("livestock")) == (1, 1)
    fill(scene, scene.slot, 1)
    assert (seen("laden"), seen("livestock")) == (0, 0)


# Close, open, merge ----------------------------------------------------------------------------------------


def test_a_closed_slot_keeps_its_bookings_and_takes_more_when_opened(scene: Scene) -> None:
    fill(scene, scene.slot, 1)
    assert close_slot(scene.slot.pk).state == Slot.SlotState.CLOSED
    with pytest.raises(GreenlaneError) as refused:
        fill(scene, scene.slot, 1)
    assert refused.value.code == "slot_closed"
    assert taken(scene.quota) == 1
    assert open_slot(scene.slot.pk).state == Slot.SlotState.OPEN
    fill(scene, scene.slot, 2)
    assert free(scene.quota) == 0


def target_of(scene: Scene, capacity: int) -> tuple[Slot, Quota]:
    target = make_slot(scene.checkpoint, scene.slot.ends_at)
    return target, make_quota(target, "slot", capacity)


def test_a_merge_carries_all_places_and_bookings_over(scene: Scene) -> None:
    target, target_quota = target_of(scene, 2)
    fill(scene, target, 2)
    bookings = fill(scene, scene.slot, 2)
    assert merge_slots(scene.slot.pk, target.pk, scene.lead, "works on lane 2", NOW) == 2
    assert (free(scene.quota), taken(scene.quota)) == (0, 0)
    assert (taken(target_quota), free(target_quota)) == (4, 1), "2 of 2 and 2 of 3 are 4 of 5"
    assert set(Booking.objects.filter(slot=target).values_list("pk", flat=True)) >= {b.pk for b in bookings}
    step = Change.objects.filter(booking=bookings[0]).latest("pk")
    assert (step.by_id, step.why, step.became["slot"]) == (scene.lead.pk, "works on lane 2", target.pk)
    scene.slot.refresh_from_db()
    assert (scene.slot.state, scene.slot.merged_into_id) == (Slot.SlotState.MERGED, target.pk)
    assert_counts_are_right()


def test_a_merge_leaves_the_used_places_where_they_were_used(scene: Scene) -> None:
    target, target_quota = target_of(scene, 1)
    entered, _ = fill(scene, scene.slot, 2)
    mark_entered([entered.pk], NOW)
    assert merge_slots(scene.slot.pk, target.pk, scene.lead, "works", NOW) == 1
    entered.refresh_from_db()
    assert entered.slot_id == scene.slot.pk
    quotas = [Quota.objects.get(pk=quota.pk) for quota in (scene.quota, target_quota)]
    assert [(quota.taken, quota.capacity) for quota in quotas] == [(1, 1), (1, 3)]


def test_a_merge_is_refused_where_a_wider_quota_has_no_room(scene: Scene) -> None:
    target, target_quota = target_of(scene, 2)
    make_quota(target, "hour", 1, wide=timedelta(hours=1))
    fill(scene, scene.slot, 2)
    with pytest.raises(GreenlaneError) as refused:
        merge_slots(scene.slot.pk, target.pk, scene.lead, "works", NOW)
    assert refused.value.code == "full"
    assert (taken(scene.quota), free(target_quota)) == (2, 2)
    scene.slot.refresh_from_db()
    assert scene.slot.state == Slot.SlotState.OPEN


def test_merges_that_make_no_sense_are_refused_with_the_field(scene: Scene) -> None:
    target, _ = target_of(scene, 2)
    foreign = make_slot(make_checkpoint(), scene.slot.starts_at)
    bare = make_slot(scene.checkpoint, scene.slot.starts_at + timedelta(hours=3))
    gone = make_slot(scene.checkpoint, scene.slot.starts_at + timedelta(hours=4))
    merge_slots(gone.pk, target.pk, scene.lead, "works", NOW)
    refusals = []
    for source, into in (
        (scene.slot.pk, foreign.pk),
        (scene.slot.pk, scene.slot.pk),
        (scene.slot.pk, gone.pk),
        (gone.pk, target.pk),
        (scene.slot.pk, 2**40),
        (scene.slot.pk, bare.pk),
    ):
        with pytest.raises(GreenlaneError) as refused:
            merge_slots(source, into, scene.lead, "works", NOW)
        refusals.append((refused.value.code, refused.value.field))
    assert refusals == [
        ("slots_apart", "into"),
        ("slots_same", "into"),
        ("slot_merged", "into"),
        ("slot_merged", "from"),
        ("slot_unknown", "into"),
        ("quota_without_target", "into"),
    ]


# Slots from rules ------------------------------------------------------------------------------------------


@pytest.fixture
def dorohusk() -> tuple[Checkpoint, Account]:
    lead = make_account(None)
    load_crossing(DOROHUSK, lead, NOW)
    checkpoint = Checkpoint.objects.get(code=DOROHUSK.checkpoint("B").code)
    return checkpoint, lead


def test_slots_are_made_once_from_the_rules_of_the_file(dorohusk: tuple[Checkpoint, Account]) -> None:
    checkpoint, _ = dorohusk
    rules = DOROHUSK.checkpoint(checkpoint.code).directions["outbound"].slots
    assert set_rules(checkpoint, "outbound", replace(rules, horizon_days=rules.horizon_days + 1))
    day = date(2026, 5, 4)
    made = make_slots(checkpoint, "outbound", day, day + timedelta(days=1))
    assert made == 2 * len(DOROHUSK.checkpoint(checkpoint.code).slot_starts("outbound", day))
    quotas = set(Quota.objects.values_list("pk", "capacity"))
    assert make_slots(checkpoint, "outbound", day, day + timedelta(days=1)) == 0
    assert set(Quota.objects.values_list("pk", "capacity")) == quotas
    for slot in Slot.objects.filter(checkpoint=checkpoint):
        kinds = SlotQuota.objects.filter(slot=slot).values_list("quota__kind", flat=True)
        assert sorted(kinds).count("slot") == 1


def test_a_changed_capacity_survives_the_next_making_of_slots(dorohusk: tuple[Checkpoint, Account]) -> None:
    checkpoint, lead = dorohusk
    day = date(2026, 5, 4)
    make_slots(checkpoint, "outbound", day, day)
    quota = Quota.objects.filter(checkpoint=checkpoint, kind="slot").earliest("starts_at")
    set_capacity(quota.pk, 1, lead, "storm", NOW)
    make_slots(checkpoint, "outbound", day, day)
    assert Quota.objects.get(pk=quota.pk).capacity == 1


def test_giving_a_place_back_makes_it_free_to_the_next(scene: Scene) -> None:
    bookings = fill(scene, scene.slot, 3)
    cancel(scene.driver, bookings[0].code, "", NOW)
    rival = make_carrier()
    taken_over = book(make_account(rival), scene.slot.pk, make_truck(rival).pk, NOW, "")
    assert taken_over.state == State.CONFIRMED
