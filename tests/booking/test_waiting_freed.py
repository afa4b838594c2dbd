"""In whichever way a place becomes free where somebody waits, it is the list's in the same transaction."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection, transaction
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

from greenlane.booking.commands import (
    book,
    cancel,
    close_slot,
    decline_offer,
    expire_holds,
    hold,
    join_list,
    mark_no_shows,
    merge_slots,
    move,
    open_slot,
    serve_line,
    serve_list,
    set_capacity,
    swap,
)
from greenlane.booking.models import Booking, FreedSlot, Quota, Slot, State, WaitingGroup
from greenlane.errors import GreenlaneError
from greenlane.registry.models import Carrier

pytestmark = [pytest.mark.db, pytest.mark.django_db]
DAY = timedelta(days=1)


@pytest.fixture
def scene() -> Scene:
    """One slot with one place."""
    return make_scene(capacity=1, moves_per_trip=9, void_minutes=30)


def booked(scene: Scene, slot: Slot | None = None, vehicle_class: str = "laden") -> Booking:
    carrier = make_carrier()
    Carrier.objects.filter(pk=carrier.pk).update(verified_at=NOW)
    carrier.refresh_from_db()
    truck = make_truck(carrier, vehicle_class)
    return book(make_account(carrier), (slot or scene.slot).pk, truck.pk, NOW, "")


def somebody_waits(scene: Scene, vehicle_class: str = "laden", slot: Slot | None = None) -> WaitingGroup:
    carrier = make_carrier()
    truck, start = make_truck(carrier, vehicle_class), (slot or scene.slot).starts_at
    return join_list(make_account(carrier), scene.checkpoint, "outbound", [truck.pk], start, start, NOW)


def by_cancelling(scene: Scene) -> None:
    booking = booked(scene)
    somebody_waits(scene)
    cancel(booking.account, booking.code, "", NOW)


def by_a_hold_that_ran_out(scene: Scene) -> None:
    hold(scene.driver, scene.slot.pk, "laden", NOW, "")
    somebody_waits(scene)
    expire_holds(NOW + minutes(5))


def by_a_no_show(scene: Scene) -> None:
    booked(scene)
    somebody_waits(scene)
    mark_no_shows(scene.checkpoint, "outbound", scene.slot.ends_at + minutes(31))


def by_moving_away(scene: Scene) -> None:
    later = make_slot(scene.checkpoint, scene.slot.starts_at + DAY)
    make_quota(later)
    booking = booked(scene)
    somebody_waits(scene)
    move(booking.account, booking.code, later.pk, NOW)


def by_a_raised_capacity(scene: Scene) -> None:
    booked(scene)
    somebody_waits(scene)
    set_capacity(scene.quota.pk, 2, scene.lead, "one more lane", NOW)


def by_a_wide_quota_raised(scene: Scene) -> None:
    hour = make_quota(scene.slot, "hour", 0, wide=timedelta(hours=1))
    somebody_waits(scene)
    set_capacity(hour.pk, 1, scene.lead, "", NOW)


def by_a_place_in_another_slot_of_a_full_hour(scene: Scene) -> None:
    beside = make_slot(scene.checkpoint, scene.slot.starts_at + minutes(30))
    make_quota(beside, "slot", 1)
    make_quota(scene.slot, "hour", 1, wide=timedelta(hours=1))
    booking = booked(scene, beside)
    somebody_waits(scene)
    cancel(booking.account, booking.code, "", NOW)


def by_a_truck_of_another_class(scene: Scene) -> None:
    set_capacity(scene.quota.pk, 2, scene.lead, "", NOW)
    make_quota(scene.slot, "class", 1, vehicle_class="livestock")
    booking = booked(scene, vehicle_class="livestock")
    somebody_waits(scene, "livestock")
    assert booking.carrier is not None
    laden = make_truck(booking.carrier)
    swap(booking.account, booking.code, NOW, truck_id=laden.pk)


def by_reopening(scene: Scene) -> None:
    close_slot(scene.slot.pk)
    somebody_waits(scene)
    open_slot(scene.slot.pk)


def by_a_merge(scene: Scene) -> None:
    beside = make_slot(scene.checkpoint, scene.slot.starts_at + minutes(30))
    make_quota(beside, "slot", 1)
    booked(scene)
    somebody_waits(scene)
    merge_slots(beside.pk, scene.slot.pk, scene.lead, "works", NOW)


def by_an_offer_let_go(scene: Scene) -> None:
    first = somebody_waits(scene)
    assert serve_line(scene.checkpoint.pk, "outbound", NOW) == 1
    somebody_waits(scene)
    decline_offer(first.account, first.number, NOW)


def by_plain_sql(scene: Scene) -> None:
    booking = booked(scene)
    somebody_waits(scene)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE booking_booking SET state = 'cancelled' WHERE id = %s", [booking.pk])


WAYS: list[Callable[[Scene], None]] = [
    by_cancelling,
    by_a_hold_that_ran_out,
    by_a_no_show,
    by_moving_away,
    by_a_raised_capacity,
    by_a_wide_quota_raised,
    by_a_place_in_another_slot_of_a_full_hour,
    by_a_truck_of_another_class,
    by_reopening,
    by_a_merge,
    by_an_offer_let_go,
    by_plain_sql,
]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_a_place_freed_in_any_way_is_the_lists(scene: Scene, way: Callable[[Scene], None]) -> None:
    with transaction.atomic():
        way(scene)
        assert list(FreedSlot.objects.values_list("slot_id", flat=True)) == [scene.slot.pk]
    if way is by_a_no_show:
        return  # Its slot is over.
    with pytest.raises(GreenlaneError, match="waiting list is asked first"):
        booked(scene)
    assert serve_list(NOW + minutes(6)) == 1
    assert not FreedSlot.objects.exists()
    assert Booking.objects.filter(slot=scene.slot, is_offer=True, state=State.HELD).count() == 1


def test_a_hold_that_runs_out_while_somebody_books_goes_to_the_list(scene: Scene) -> None:
    """The very request that finds the hold to be over is refused."""
    hold(scene.driver, scene.slot.pk, "laden", NOW, "")
    somebody_waits(scene)
    carrier = make_carrier()
    with pytest.raises(GreenlaneError, match="waiting list is asked first"):
        book(make_account(carrier), scene.slot.pk, make_truck(carrier).pk, NOW + minutes(5), "")


def test_a_day_drawn_by_lot_is_the_lists_once_all_who_were_drawn_have_their_places(scene: Scene) -> None:
    set_capacity(scene.quota.pk, 2, scene.lead, "", NOW)
    somebody_waits(scene)
    Slot.objects.filter(pk=scene.slot.pk).update(state="ballot")
    Slot.objects.filter(pk=scene.slot.pk).update(state="open")
    booked(scene)
    with connection.cursor() as cursor:
        # As the end of the transaction does.
        cursor.execute("SET CONSTRAINTS slot_drawn IMMEDIATE")
    with pytest.raises(GreenlaneError, match="waiting list is asked first"):
        booked(scene)


NOBODYS: list[Callable[[Scene], object]] = [
    lambda scene: None,
    lambda scene: somebody_waits(scene, slot=_later(scene)),
    lambda scene: somebody_waits(make_scene(capacity=1)),
]


def _later(scene: Scene) -> Slot:
    later = make_slot(scene.checkpoint, scene.slot.starts_at + DAY)
    make_quota(later)
    return later


@pytest.mark.parametrize("others", NOBODYS, ids=["nobody", "for another time", "at another checkpoint"])
def test_where_nobody_waits_a_freed_place_is_everybodys_at_once(
    scene: Scene, others: Callable[[Scene], object]
) -> None:
    booking = booked(scene)
    others(scene)
    cancel(booking.account, booking.code, "", NOW)
    assert not FreedSlot.objects.exists()
    assert booked(scene).state == State.CONFIRMED


def test_a_place_freed_beside_others_that_were_free_all_along_marks_no_other_slot(scene: Scene) -> None:
    """A quota over many slots that was not full held nobody up."""
    beside = make_slot(scene.checkpoint, scene.slot.starts_at + minutes(30))
    make_quota(beside, "slot", 5)
    make_quota(scene.slot, "hour", 6, wide=timedelta(hours=1))
    booking = booked(scene, beside)
    somebody_waits(scene)
    cancel(booking.account, booking.code, "", NOW)
    assert not FreedSlot.objects.exists()
    assert Quota.objects.get(kind="hour").taken == 0
