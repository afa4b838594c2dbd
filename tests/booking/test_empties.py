"""Empties are a class of their own: their own quota in the hour, and their own places on the page."""

from __future__ import annotations

import pytest
from django.test import Client
from places_world import (
    NOW,
    Scene,
    assert_counts_are_right,
    make_account,
    make_quota,
    make_scene,
    make_truck,
    places_of,
    taken,
)

from greenlane.booking.commands import book, confirm, hold
from greenlane.booking.models import Quota
from greenlane.booking.plan import plan_day
from greenlane.booking.queries import free_slots, next_free_slot
from greenlane.errors import GreenlaneError
from greenlane.registry.crossing_file import read_crossing
from scene import CROSSINGS, crossing_at_work

pytestmark = [pytest.mark.db, pytest.mark.django_db]


@pytest.fixture
def scene() -> Scene:
    return make_scene(capacity=5)


@pytest.fixture
def empties(scene: Scene) -> Quota:
    """One place for empties in the slot's hour."""
    return make_quota(scene.slot, "class", 1, vehicle_class="empty")


def free(scene: Scene, vehicle_class: str) -> int:
    start, end = scene.slot.starts_at, scene.slot.ends_at
    (slot,) = free_slots(scene.checkpoint, "outbound", start, end, vehicle_class)
    return slot.free


def test_an_empty_takes_a_place_of_its_class(scene: Scene, empties: Quota) -> None:
    assert (free(scene, "empty"), free(scene, "laden")) == (1, 5)
    booking = book(scene.driver, scene.slot.pk, make_truck(scene.carrier, "empty").pk, NOW, "")
    assert places_of(booking) == {scene.quota.pk, empties.pk}
    assert (free(scene, "empty"), free(scene, "laden")) == (0, 4)
    with pytest.raises(GreenlaneError, match="class"):
        book(scene.driver, scene.slot.pk, make_truck(scene.carrier, "empty").pk, NOW, "")
    assert next_free_slot(scene.checkpoint, "outbound", NOW, "empty") is None
    assert_counts_are_right()


def test_laden_trucks_do_not_use_up_the_empties_places(scene: Scene, empties: Quota) -> None:
    for _ in range(3):
        book(scene.driver, scene.slot.pk, make_truck(scene.carrier).pk, NOW, "")
    assert (taken(empties), free(scene, "empty")) == (0, 1)


def test_what_counts_is_the_truck_that_is_named_not_the_class_that_was_chosen(
    scene: Scene, empties: Quota
) -> None:
    held = hold(scene.driver, scene.slot.pk, "laden", NOW, "")
    assert taken(empties) == 0
    confirm(scene.driver, held.code, make_truck(scene.carrier, "empty").pk, NOW)
    assert taken(empties) == 1
    other = make_account(scene.carrier)
    second = hold(other, scene.slot.pk, "laden", NOW, "")
    with pytest.raises(GreenlaneError, check=lambda error: error.code == "full"):
        confirm(other, second.code, make_truck(scene.carrier, "empty").pk, NOW)
    assert_counts_are_right()


@pytest.mark.parametrize("direction", ["outbound", "inbound"])
def test_a_rule_for_empties_becomes_a_quota_of_every_hour(direction: str) -> None:
    checkpoint = read_crossing(CROSSINGS / "yahodyn-dorohusk.yaml").checkpoint("yahodyn")
    places = checkpoint.directions[direction].slots.class_per_hour.get("empty")
    planned = plan_day(checkpoint, direction, checkpoint.local(NOW).date()).quotas
    of_empties = [one.capacity for one in planned if one.vehicle_class == "empty"]
    assert of_empties == ([places] * 24 if places else [])


def test_the_page_counts_places_for_empties(client: Client) -> None:
    work = crossing_at_work()
    Quota.objects.create(
        checkpoint=work.checkpoint,
        direction="outbound",
        kind=Quota.Kind.CLASS,
        vehicle_class="empty",
        starts_at=NOW.replace(year=2000),
        ends_at=NOW.replace(year=2100),
        capacity=0,
    )
    open_slot = 'name="slot" value="'
    laden, empty = (
        client.get(f"{work.slots_address}&vehicle_class={each}").content.decode()
        for each in ("laden", "empty")
    )
    assert 'value="empty"' in laden
    assert laden.count(open_slot) == empty.count(open_slot) > 0
    assert "disabled" not in laden.split(open_slot)[-1][:40]
    assert all("disabled" in each[:40] for each in empty.split(open_slot)[1:])
