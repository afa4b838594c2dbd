"""A booking can be corrected, and stays worthless to a reseller: when its truck may be exchanged."""

from __future__ import annotations

from datetime import timedelta

import pytest
from places_world import NOW, Scene, make_scene, make_truck, minutes

from greenlane.booking.commands import book, swap
from greenlane.booking.models import Booking, Change
from greenlane.errors import GreenlaneError
from greenlane.registry.commands import verify_carrier
from greenlane.registry.models import Account, Driver, Grant, LookUp, Role, Trailer

pytestmark = [pytest.mark.db, pytest.mark.django_db]


@pytest.fixture
def scene() -> Scene:
    return make_scene(verified=True, swaps_per_trip=2, swap_cooldown_minutes=60)


def booked(scene: Scene) -> Booking:
    return book(scene.driver, scene.slot.pk, scene.truck.pk, NOW, "")


def refused_swap(scene: Scene, booking: Booking, after: float = 0) -> str:
    with pytest.raises(GreenlaneError) as refused:
        swap(scene.driver, booking.code, NOW + minutes(after), truck_id=make_truck(scene.carrier).pk)
    assert (refused.value.status, refused.value.field) == (409, "truck")
    assert refused.value.mend
    return refused.value.code


def test_a_carrier_whose_papers_nobody_has_seen_cannot_exchange_its_truck() -> None:
    scene = make_scene()
    booking = booked(scene)
    assert refused_swap(scene, booking) == "swap_unverified"
    administrator = make_administrator(scene)
    verify_carrier(administrator, scene.carrier, "extract of 3 May, KRS 0000000000", NOW)
    second = make_truck(scene.carrier)
    assert swap(scene.driver, booking.code, NOW, truck_id=second.pk).truck_id == second.pk


def test_the_truck_is_exchanged_as_often_as_the_rules_say(scene: Scene) -> None:
    booking = booked(scene)
    for hours in (0, 1):
        at = NOW + timedelta(hours=hours)
        swapped = swap(scene.driver, booking.code, at, truck_id=make_truck(scene.carrier).pk)
        assert (swapped.swaps, swapped.swapped_at) == (hours + 1, at)
    assert refused_swap(scene, booking, after=600) == "no_swaps_left"


@pytest.mark.parametrize(("after", "allowed"), [(59, False), (60, True)])
def test_two_exchanges_lie_apart(scene: Scene, after: int, allowed: bool) -> None:
    booking = booked(scene)
    swap(scene.driver, booking.code, NOW, truck_id=make_truck(scene.carrier).pk)
    if allowed:
        third = make_truck(scene.carrier)
        assert swap(scene.driver, booking.code, NOW + minutes(after), truck_id=third.pk).swaps == 2
    else:
        assert refused_swap(scene, booking, after) == "swap_too_soon"


def test_the_same_truck_again_is_no_exchange(scene: Scene) -> None:
    booking = booked(scene)
    assert swap(scene.driver, booking.code, NOW, truck_id=scene.truck.pk).swaps == 0


def test_drivers_and_trailers_change_freely_and_every_change_is_logged() -> None:
    scene = make_scene(swaps_per_trip=0)
    booking = booked(scene)
    for number in range(3):
        driver = Driver.objects.create(carrier=scene.carrier, full_name=f"Invented Person {number}")
        trailer = Trailer.objects.create(
            carrier=scene.carrier, plate=f"TR{number}", plate_key=f"TR{number}", country="PL"
        )
        swap(scene.driver, booking.code, NOW, driver_id=driver.pk, trailer_id=trailer.pk)
    drivers = [
        change.became["driver"] for change in Change.objects.filter(booking=booking).order_by("pk")[1:]
    ]
    assert len(set(drivers)) == 3
    booking.refresh_from_db()
    assert booking.swaps == 0


# Verification ----------------------------------------------------------------------------------------------


def make_administrator(scene: Scene) -> Account:
    account = scene.lead
    Grant.objects.create(account=account, checkpoint=scene.checkpoint, role=Role.ADMINISTRATOR, given_at=NOW)
    return account


def test_who_saw_which_paper_is_kept() -> None:
    scene = make_scene()
    administrator = make_administrator(scene)
    carrier = verify_carrier(
        administrator, scene.carrier, " licence 12 ", NOW, register_number="KZ-990140000000"
    )
    assert (carrier.verified_at, carrier.tax_id) == (NOW, "KZ-990140000000")
    again = verify_carrier(administrator, scene.carrier, "licence 12", NOW + minutes(5))
    assert again.verified_at == NOW
    seen = LookUp.objects.get(subject=f"carrier {carrier.pk}")
    assert (seen.account_id, seen.why, seen.at) == (administrator.pk, "verified: licence 12", NOW)


@pytest.mark.parametrize("role", [None, Role.OFFICER, Role.SHIFT_LEAD, Role.PLANNER])
def test_only_administrators_verify_carriers(role: str | None) -> None:
    scene = make_scene()
    if role:
        Grant.objects.create(account=scene.lead, checkpoint=scene.checkpoint, role=role, given_at=NOW)
    with pytest.raises(GreenlaneError) as refused:
        verify_carrier(scene.lead, scene.carrier, "a licence", NOW)
    assert refused.value.status == 403
    scene.carrier.refresh_from_db()
    assert scene.carrier.verified_at is None


def test_nobody_verifies_the_own_carrier_or_without_a_paper() -> None:
    scene = make_scene()
    administrator = make_administrator(scene)
    with pytest.raises(GreenlaneError) as no_paper:
        verify_carrier(administrator, scene.carrier, "  ", NOW)
    administrator.carrier = scene.carrier
    administrator.save()
    with pytest.raises(GreenlaneError) as own:
        verify_carrier(administrator, scene.carrier, "a licence", NOW)
    assert (no_paper.value.field, own.value.status) == ("document", 403)
