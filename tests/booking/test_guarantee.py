"""The reciprocal guarantee: when it is owed, what it gives, and that it never harms who waits already."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st
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
    cancel,
    keep_guarantee,
    mark_called,
    mark_entered,
    move,
    use_credit,
)
from greenlane.booking.guarantee import Delayed, Lateness, gets_new_slot, is_owed
from greenlane.booking.models import Booking, Change, Credit, FreedSlot, PriorityUse, Quota, Slot
from greenlane.booking.queries import (
    MOVED_BY_GUARANTEE,
    credits_of,
    guarantee_published,
    usable_credits,
)
from greenlane.booking.signals import PlaceNews, place_news
from greenlane.errors import GreenlaneError
from greenlane.registry.models import Account

pytestmark = [pytest.mark.db, pytest.mark.django_db]


@pytest.fixture
def scene() -> Scene:
    return make_scene(capacity=6, guarantee_minutes=60, fee_cents=930, late_minutes=30)


def booked(scene: Scene, slot: Slot | None = None) -> Booking:
    return book(scene.driver, (slot or scene.slot).pk, make_truck(scene.carrier).pk, NOW, "")


def later(scene: Scene, hours: float, capacity: int = 6) -> tuple[Slot, Quota]:
    slot = make_slot(scene.checkpoint, scene.slot.starts_at + timedelta(hours=hours))
    return slot, make_quota(slot, "slot", capacity)


def behind(scene: Scene, at: datetime, by: float) -> None:
    """Three trucks entered at ``at``, so many minutes after the end of their slot."""
    slot = make_slot(scene.checkpoint, at - minutes(by + 17), length=17)
    make_quota(slot)
    for _ in range(3):
        mark_entered([booked(scene, slot).pk], at)


def late_by(scene: Scene, number: float) -> datetime:
    return scene.slot.ends_at + minutes(number)


def keep(scene: Scene, at: datetime, in_park: dict[int, datetime] | None = None) -> int:
    return keep_guarantee(scene.checkpoint, "outbound", at, in_park or {})


def slots_of(*bookings: Booking) -> list[int]:
    return [Booking.objects.get(pk=booking.pk).slot_id for booking in bookings]


# When it is owed -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("after", "by", "owed"), [(59, 90, 0), (60, 60, 0), (60, 61, 1), (60, 90, 1)])
def test_it_is_owed_once_the_slot_is_over_so_long_and_the_checkpoint_that_far_behind(
    scene: Scene, after: int, by: int, owed: int
) -> None:
    booking = booked(scene)
    later(scene, 5)
    at = late_by(scene, after)
    behind(scene, at, by)
    assert keep(scene, at) == owed
    assert Credit.objects.filter(booking=booking).exists() == bool(owed)


def test_a_truck_in_the_park_is_owed_it_however_the_others_fare(scene: Scene) -> None:
    came, came_late = booked(scene), booked(scene)
    at = late_by(scene, 60)
    behind(scene, at, 0)
    in_park = {came.pk: scene.slot.ends_at + minutes(30), came_late.pk: scene.slot.ends_at + minutes(31)}
    assert keep(scene, at - minutes(1), in_park) == 0
    assert keep(scene, at, in_park) == 1
    assert set(Credit.objects.values_list("booking", flat=True)) == {came.pk}


def test_trucks_that_all_stay_away_bring_their_carrier_nothing(scene: Scene) -> None:
    several = [booked(scene) for _ in range(5)]
    later(scene, 5)
    assert keep(scene, late_by(scene, 90)) == 0
    in_park = {booking.pk: scene.slot.starts_at for booking in several[:3]}
    assert keep(scene, late_by(scene, 90), in_park) == 5, "three that wait show that it stands"


CASES = st.builds(Delayed, st.just(NOW), st.booleans(), st.none() | st.just(NOW))
LATENESSES = st.builds(
    Lateness,
    st.integers(0, 300).map(minutes),
    st.booleans(),
    st.integers(1, 120).map(minutes),
    st.just(minutes(30)),
)


@given(booking=CASES, lateness=LATENESSES, after=st.integers(0, 300))
def test_what_is_owed_stays_owed_until_the_truck_enters(
    booking: Delayed, lateness: Lateness, after: int
) -> None:
    if is_owed(booking, lateness, NOW + minutes(after)):
        assert is_owed(booking, lateness, NOW + minutes(after + 1))
        assert after >= lateness.promise.total_seconds() / 60
    assert not (gets_new_slot(booking) and booking.in_park_since)


# What it gives ---------------------------------------------------------------------------------------------


def test_it_gives_a_later_slot_the_fee_and_priority_once(scene: Scene) -> None:
    booking = booked(scene)
    target, quota = later(scene, 5)
    at = late_by(scene, 65)
    behind(scene, at, 75)
    assert keep(scene, at) == 1
    booking.refresh_from_db()
    assert (booking.slot_id, booking.moves, taken(quota)) == (target.pk, 0, 1)
    assert Change.objects.filter(booking=booking, why=MOVED_BY_GUARANTEE).count() == 1
    credits = {credit.kind: credit for credit in Credit.objects.filter(booking=booking)}
    assert (credits["fee"].cents, credits["priority"].cents) == (930, 0)
    assert credits["priority"].good_until == at + timedelta(days=90)
    assert {credit.behind_minutes for credit in credits.values()} == {75}
    for after in (0, 1, 30):
        assert keep(scene, at + minutes(after)) == 0, "repeated, it changes nothing"
    assert_counts_are_right()


def test_a_booking_that_costs_nothing_gets_no_fee_back() -> None:
    scene = make_scene(guarantee_minutes=60)
    booked(scene)
    at = late_by(scene, 65)
    behind(scene, at, 75)
    keep(scene, at)
    assert list(Credit.objects.values_list("kind", flat=True)) == ["priority"]


def test_late_again_in_its_new_slot_it_moves_again_and_is_credited_once(scene: Scene) -> None:
    booking = booked(scene)
    (first, _), (second, _) = later(scene, 3), later(scene, 9)
    at = late_by(scene, 65)
    behind(scene, at, 75)
    keep(scene, at)
    again = first.ends_at + minutes(65)
    behind(scene, again, 75)
    assert keep(scene, again) == 1
    assert slots_of(booking) == [second.pk]
    assert Credit.objects.filter(booking=booking).count() == 2


def test_who_waits_or_drives_already_keeps_the_turn(scene: Scene) -> None:
    waits, called = booked(scene), booked(scene)
    mark_called([called.pk], late_by(scene, 50))
    later(scene, 5)
    at = late_by(scene, 65)
    behind(scene, at, 75)
    assert keep(scene, at, {waits.pk: scene.slot.starts_at}) == 2
    assert slots_of(waits, called) == [scene.slot.pk] * 2
    assert Credit.objects.filter(kind="priority").count() == 2


def test_new_slots_are_given_in_the_order_of_the_old_ones(scene: Scene) -> None:
    earlier = make_slot(scene.checkpoint, scene.slot.starts_at - minutes(30))
    make_quota(earlier)
    second, first = booked(scene), booked(scene, earlier)
    third = booked(scene)
    (one, _), (two, _) = later(scene, 4, capacity=2), later(scene, 5)
    at = late_by(scene, 65)
    behind(scene, at, 100)
    assert keep(scene, at) == 3
    assert slots_of(first, second, third) == [one.pk, one.pk, two.pk]


def test_without_room_the_place_is_kept_and_tried_again(scene: Scene) -> None:
    booking = booked(scene)
    full, quota = later(scene, 5, capacity=1)
    other = booked(scene, full)
    at = late_by(scene, 65)
    behind(scene, at, 75)
    assert keep(scene, at) == 1, "the credits"
    assert slots_of(booking) == [scene.slot.pk]
    cancel(scene.driver, other.code, "", at)
    FreedSlot.objects.all().delete()
    assert keep(scene, at + minutes(1)) == 1
    assert slots_of(booking) == [full.pk]
    assert free(quota) == 0


def test_closed_slots_and_those_of_the_waiting_list_are_left_alone(scene: Scene) -> None:
    booking = booked(scene)
    (closed, _), (freed, _), (target, _) = later(scene, 4), later(scene, 5), later(scene, 6)
    Slot.objects.filter(pk=closed.pk).update(state="closed")
    at = late_by(scene, 65)
    behind(scene, at, 75)
    FreedSlot.objects.get_or_create(slot=freed, defaults={"at": at})
    keep(scene, at)
    assert slots_of(booking) == [target.pk]


def test_holders_are_told(scene: Scene) -> None:
    heard: list[tuple[str, Any]] = []

    def hear(*, news: Sequence[PlaceNews], **_signal: Any) -> None:
        heard.extend((each.kind, each.details) for each in news)

    booked(scene)
    target, _ = later(scene, 5)
    at = late_by(scene, 65)
    behind(scene, at, 75)
    place_news.connect(hear)
    keep(scene, at)
    assert heard == [
        ("credited", {"cents": 930, "behind_minutes": 75}),
        ("moved_by_guarantee", {"before": scene.slot.starts_at, "starts_at": target.starts_at}),
    ]


def test_after_the_guarantee_moved_it_its_holder_may_still_move_it(scene: Scene) -> None:
    booking = booked(scene)
    later(scene, 5)
    another, _ = later(scene, 8)
    at = late_by(scene, 65)
    behind(scene, at, 75)
    keep(scene, at)
    assert move(scene.driver, booking.code, another.pk, at).moves == 1


# The credit ------------------------------------------------------------------------------------------------


def credited(scene: Scene) -> tuple[Booking, Credit]:
    booking = booked(scene)
    at = late_by(scene, 65)
    behind(scene, at, 75)
    keep(scene, at)
    return booking, Credit.objects.get(booking=booking, kind="priority")


def with_priority(slot: Slot, capacity: int) -> Quota:
    make_quota(slot, "share", 9, share="booked")
    return make_quota(slot, "share", capacity, share="priority")


def test_a_credit_puts_a_booking_into_the_priority_share_and_is_published(scene: Scene) -> None:
    later(scene, 5)
    booking, credit = credited(scene)
    booking.refresh_from_db()
    share = with_priority(booking.slot, 1)
    at = late_by(scene, 70)
    assert list(usable_credits(scene.driver, booking, at)) == [credit]
    for _ in range(2):
        used = use_credit(scene.driver, booking.code, credit.pk, at)
        assert (used.share, taken(share)) == ("priority", 1)
    use = PriorityUse.objects.get()
    assert (use.reason, use.booking_id, use.officer_id) == ("guarantee", booking.pk, None)
    assert not usable_credits(scene.driver, booking, at).exists()
    assert_counts_are_right()


def refused_use(scene: Scene, account: Account, booking: Booking, credit: Credit, at: datetime) -> str:
    with pytest.raises(GreenlaneError) as refused:
        use_credit(account, booking.code, credit.pk, at)
    assert refused.value.mend
    return refused.value.code


def test_the_cap_of_the_priority_share_holds_for_credits_too(scene: Scene) -> None:
    target, _ = later(scene, 5)
    booking, credit = credited(scene)
    share = with_priority(target, 0)
    assert refused_use(scene, scene.driver, booking, credit, late_by(scene, 70)) == "priority_full"
    credit.refresh_from_db()
    booking.refresh_from_db()
    assert (credit.used_at, booking.share, taken(share)) == (None, "booked", 0)


def test_a_credit_is_good_for_another_booking_once_its_truck_has_entered(scene: Scene) -> None:
    target, _ = later(scene, 5)
    earned, credit = credited(scene)
    with_priority(target, 2)
    another, at = booked(scene, target), late_by(scene, 70)
    assert refused_use(scene, scene.driver, another, credit, at) == "credit_not_earned"
    mark_entered([earned.pk], at)
    assert use_credit(scene.driver, another.code, credit.pk, at).share == "priority"
    third = booked(scene, target)
    assert refused_use(scene, scene.driver, third, credit, at) == "credit_used"


def test_a_credit_is_for_its_carrier_its_checkpoint_and_its_time(scene: Scene) -> None:
    later(scene, 5)
    booking, credit = credited(scene)
    at = late_by(scene, 70)
    assert refused_use(scene, scene.driver, booking, credit, at + timedelta(days=90)) == "credit_over"
    elsewhere = make_scene()
    foreign = booked(elsewhere)
    assert refused_use(scene, elsewhere.driver, foreign, credit, at) == "credit_unknown"
    slot = make_slot(elsewhere.checkpoint, NOW + timedelta(days=5))
    make_quota(slot)
    mark_entered([booking.pk], at)
    abroad = book(scene.driver, slot.pk, make_truck(scene.carrier).pk, NOW, "")
    assert refused_use(scene, scene.driver, abroad, credit, at) == "credit_elsewhere"
    assert list(credits_of(make_account(make_carrier(), "dispatcher"))) == []


def test_how_often_and_how_much_is_published(scene: Scene) -> None:
    target, _ = later(scene, 5)
    with_priority(target, 1)
    booking, credit = credited(scene)
    use_credit(scene.driver, booking.code, credit.pk, late_by(scene, 70))
    told = guarantee_published(scene.checkpoint, "outbound", NOW, NOW + timedelta(days=10))
    assert (told.bookings, told.moved, told.cents, told.worst_minutes) == (1, 1, 930, 75)
    assert (told.priority, told.priority_used) == (1, 1)
    nothing = guarantee_published(scene.checkpoint, "outbound", NOW, NOW + timedelta(days=1))
    assert (nothing.bookings, nothing.cents) == (0, 0)


# At once ---------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_guarantee_and_takers_at_once_oversell_nothing_and_credit_once() -> None:
    scene = make_scene(capacity=8, guarantee_minutes=60)
    owed = [booked(scene) for _ in range(8)]
    target, quota = later(scene, 5, capacity=6)
    at = late_by(scene, 65)
    behind(scene, at, 75)
    takers = [
        (account := make_account(make_carrier()), make_truck(account.carrier))  # type: ignore[arg-type]
        for _ in range(6)
    ]
    start = threading.Barrier(4)

    def promise() -> None:
        start.wait()
        try:
            keep(scene, at)
        finally:
            connection.close()

    def rush(mine: list[Any]) -> None:
        start.wait()
        try:
            for account, truck in mine:
                with suppress(GreenlaneError):
                    book(account, target.pk, truck.pk, at, "")
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        running = [threads.submit(promise), threads.submit(promise)]
        running += [threads.submit(rush, takers[:3]), threads.submit(rush, takers[3:])]
        for done in running:
            done.result()
    assert taken(quota) == 6
    assert Credit.objects.filter(booking__in=owed).count() == 8
    moved = sum(slot == target.pk for slot in slots_of(*owed))
    assert Change.objects.filter(booking__in=owed, why=MOVED_BY_GUARANTEE).count() == moved
    assert free(scene.quota) == moved
    assert_counts_are_right()
