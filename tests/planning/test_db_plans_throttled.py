"""When a checkpoint takes fewer trucks than it promised: slots are throttled, new times keep the order."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from planning_world import World, signed_in
from plans_world import DIRECTION, MIDNIGHT, booked, capacity, opened, slot_at

from greenlane.booking.commands import mark_called
from greenlane.booking.models import Booking, Slot
from greenlane.errors import GreenlaneError
from greenlane.planning.models import ProposedTime
from greenlane.planning.plan_commands import accept_time, decline_time, propose_new_times
from greenlane.planning.retiming import room_of_slots
from greenlane.registry.models import Account, Role

pytestmark = pytest.mark.django_db
MORNING = MIDNIGHT + timedelta(hours=6)


@pytest.fixture
def lead(world: World) -> Account:
    """A shift lead, with slots of a day that has come."""
    opened(world)
    return world.staff(Role.SHIFT_LEAD)


def proposed(world: World, lead: Account, per_hour: float) -> dict[str, int | None]:
    """Minutes after midnight of the slots proposed, by booking."""
    made = propose_new_times(lead, world.here, DIRECTION, MORNING, per_hour)
    return {each.booking.code: minute_of(each.slot) if each.slot else None for each in made}


def minute_of(slot: Slot) -> int:
    """Minutes after midnight of a slot's start."""
    return round((slot.starts_at - MIDNIGHT).total_seconds() / 60)


def test_who_is_booked_beyond_the_rate_gets_the_next_slots_in_order(world: World, lead: Account) -> None:
    early, late = booked(world, slot_at(world, 360), 4), booked(world, slot_at(world, 375), 3)
    found = proposed(world, lead, 8)
    # Two a quarter of an hour: the first two stay, the others follow them, and the later slot's follow those.
    order = [360, 360, 375, 375, 390, 390, 405]
    kept = {booking.code: time for booking, time in zip(early + late, order, strict=True)}
    assert found == {
        booking.code: kept[booking.code]
        for booking in early + late
        if kept[booking.code] != minute_of(booking.slot)
    }


def test_slots_are_throttled_to_the_rate_and_a_proposed_place_is_kept_free(
    world: World, lead: Account
) -> None:
    booked(world, slot_at(world, 360), 3)
    proposed(world, lead, 8)
    full, next_slot, free = slot_at(world, 360), slot_at(world, 375), slot_at(world, 390)
    assert [slot.state for slot in (full, next_slot, free)] == ["closed", "closed", "open"]
    assert capacity(free) == 2
    with pytest.raises(GreenlaneError, match="no bookings"):
        booked(world, next_slot, 1, MORNING)
    booked(world, free, 2, MORNING)
    with pytest.raises(GreenlaneError, match="full"):
        booked(world, free, 1, MORNING)


def test_a_proposal_that_is_accepted_moves_the_booking_by_bookings_own_rules(
    world: World, lead: Account
) -> None:
    bookings = booked(world, slot_at(world, 360), 3)
    proposed(world, lead, 8)
    moved = accept_time(bookings[2].account, bookings[2].code, MORNING)
    assert (moved.slot, moved.moves) == (slot_at(world, 375), 0)
    assert moved.changes.latest("pk").why == "moved as proposed"
    for code in (bookings[2].code, bookings[0].code):
        with pytest.raises(GreenlaneError, match="No other time"):
            accept_time(Booking.objects.get(code=code).account, code, MORNING)
    with pytest.raises(GreenlaneError, match="no booking"):
        accept_time(bookings[0].account, bookings[2].code, MORNING)


def test_all_proposals_can_be_accepted_in_any_order(world: World, lead: Account) -> None:
    bookings = booked(world, slot_at(world, 360), 4) + booked(world, slot_at(world, 375), 4)
    found = proposed(world, lead, 8)
    for booking in bookings:
        if booking.code in found:
            accept_time(booking.account, booking.code, MORNING)
    placed = list(Booking.objects.order_by("pk").values_list("slot__starts_at", flat=True))
    assert placed == sorted(placed)
    assert {placed.count(at) for at in placed} == {2}


def test_called_trucks_stay_and_trucks_that_were_due_before_come_first(world: World, lead: Account) -> None:
    late = booked(world, slot_at(world, 315), 1)[0]
    called, other = booked(world, slot_at(world, 360), 2)
    mark_called([called.pk], MORNING)
    found = proposed(world, lead, 4)
    # One a quarter of an hour: the late one has the first, the called one the next, the other comes after.
    assert found == {other.code: 390}
    assert late.code not in found


def test_where_the_day_has_no_room_left_that_is_said(world: World, lead: Account) -> None:
    booking = booked(world, slot_at(world, 360), 1)[0]
    assert proposed(world, lead, 0) == {booking.code: None}
    with pytest.raises(GreenlaneError, match="no room left"):
        accept_time(booking.account, booking.code, MORNING)
    decline_time(booking.account, booking.code, MORNING)
    assert ProposedTime.objects.get().answer == "declined"
    assert not Slot.objects.filter(state="open", ends_at__gt=MORNING, starts_at__gte=MIDNIGHT).exists()


def test_proposing_anew_withdraws_what_was_not_answered(world: World, lead: Account) -> None:
    booked(world, slot_at(world, 360), 4)
    assert len(proposed(world, lead, 4)) == 3
    assert len(proposed(world, lead, 8)) == 2
    answers = list(ProposedTime.objects.order_by("pk").values_list("answer", flat=True))
    assert answers == ["withdrawn"] * 3 + ["open"] * 2


def test_planners_and_shift_leads_alone_may_throttle(world: World, lead: Account) -> None:
    with pytest.raises(GreenlaneError, match="needs the right"):
        propose_new_times(world.staff(Role.OFFICER), world.here, DIRECTION, MORNING, 8)
    propose_new_times(world.staff(Role.PLANNER), world.here, DIRECTION, MORNING, 8)
    with pytest.raises(GreenlaneError, match="So many trucks"):
        propose_new_times(lead, world.here, DIRECTION, MORNING, float("nan"))


def test_staff_and_holders_use_the_api(world: World, lead: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("greenlane.planning.api", "greenlane.registry.queries.calls"):
        monkeypatch.setattr(f"{module}.now", lambda: MORNING)
    bookings = booked(world, slot_at(world, 360), 3)
    address = "/api/v1/checkpoints/yahodyn/outbound/proposed-times"
    client, holder = signed_in(lead), signed_in(bookings[2].account)
    sent = client.post(address, json.dumps({"per_hour": 8}), content_type="application/json")
    assert sent.status_code == 200, sent.content
    assert [each["booking"] for each in sent.json()] == [bookings[2].code]
    assert client.get(address).json() == sent.json()
    assert holder.get(address).status_code == 403
    taken = holder.post(f"/api/v1/bookings/{bookings[2].code}/proposed-time?accept=true")
    assert taken.json()["answer"] == "accepted"
    assert client.get(address).json() == []


def test_room_of_slots_carries_fractions_and_gives_overlapping_time_once() -> None:
    quarter = 900.0
    slots = [(quarter * place, quarter * (place + 2)) for place in range(4)]
    assert room_of_slots(slots, 8, 0.0) == [2, 2, 2, 4]
    assert room_of_slots(slots, 2, 0.0) == [0, 1, 0, 1]
    assert room_of_slots(slots, 8, quarter * 1.5) == [0, 1, 2, 4]
    assert (
        sum(room_of_slots([(quarter * place, quarter * (place + 1)) for place in range(96)], 4.1, 0.0)) == 98
    )
