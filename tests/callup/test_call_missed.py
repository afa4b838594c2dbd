"""A call missed costs no place: the truck comes back near the front, with nothing to pay and no strike."""

from __future__ import annotations

from datetime import timedelta

import pytest
from call_world import parked, rules
from gate_world import OUT, World, clock

from greenlane.booking.models import Booking, State
from greenlane.callup.commands import mark_missed, recall_all, release
from greenlane.callup.models import Call
from greenlane.callup.queries import queue_at
from greenlane.gate.commands import match_pending
from greenlane.gate.models import Passage
from greenlane.registry.models import Role

pytestmark = [pytest.mark.db, pytest.mark.django_db]


def missed_once(world: World, behind: int = 3) -> Passage:
    """One truck that was called at nine and did not come."""
    rules(world, inside_limit=1, return_behind=behind, late_minutes=10)
    (passage,) = parked(world, 1)
    (call,) = release(world.checkpoint, OUT, clock(0))
    assert mark_missed(call.gate_by - timedelta(seconds=1)) == 0
    assert mark_missed(call.gate_by) == 1
    assert mark_missed(call.gate_by) == 0
    return passage


def test_the_truck_waits_again_and_owes_nothing(world: World) -> None:
    passage = missed_once(world)
    passage.refresh_from_db()
    booking = Booking.objects.get()
    assert (passage.phase, passage.called_at) == ("waiting", None)
    assert (booking.state, booking.strike) == (State.CONFIRMED, 0)
    call = Call.objects.get()
    assert call.missed_at == call.gate_by
    assert call.recalled_at is None


def test_it_goes_behind_the_next_few_and_then_first(world: World) -> None:
    first = missed_once(world)
    others = parked(world, 5, came=-50)
    order = [truck.passage for truck in queue_at(world.checkpoint, OUT, clock(60)).turns]
    assert order.index(first.pk) == 3
    rules(world, inside_limit=2)
    called = release(world.checkpoint, OUT, clock(60))
    assert [call.passage_id for call in called] == [others[0].pk, others[1].pk]
    assert called[0].passed == [{"passage": first.pk, "reason": "returned"}]
    order = [truck.passage for truck in queue_at(world.checkpoint, OUT, clock(61)).turns]
    assert order.index(first.pk) == 1
    rules(world, inside_limit=3)
    release(world.checkpoint, OUT, clock(61))
    assert queue_at(world.checkpoint, OUT, clock(62)).turns[0].passage == first.pk


def test_a_second_miss_sends_it_behind_all_that_are_due(world: World) -> None:
    first = missed_once(world)
    (again,) = release(world.checkpoint, OUT, clock(60))
    assert mark_missed(again.gate_by) == 1
    parked(world, 5, came=-50)
    order = [truck.passage for truck in queue_at(world.checkpoint, OUT, clock(180)).turns]
    assert order[-1] == first.pk


def test_a_truck_that_comes_after_all_enters(world: World) -> None:
    booking = world.booked("501KZA03", clock(0))
    world.seen("501KZA03", "park_in", -10)
    match_pending(clock(-9))
    (call,) = release(world.checkpoint, OUT, clock(0))
    mark_missed(call.gate_by)
    minutes = (call.gate_by - clock(0)) / timedelta(minutes=1) + 20
    world.seen("501KZA03", "entry", minutes)
    match_pending(clock(minutes + 1))
    booking.refresh_from_db()
    assert booking.state == State.ENTERED
    assert Passage.objects.get().phase == "inside"


def test_a_truck_seen_leaving_the_park_has_longer(world: World) -> None:
    world.booked("501KZA03", clock(0))
    world.seen("501KZA03", "park_in", -10)
    match_pending(clock(-9))
    (call,) = release(world.checkpoint, OUT, clock(0))
    world.seen("501KZA03", "park_out", 5)
    match_pending(clock(6))
    assert mark_missed(call.gate_by + timedelta(minutes=30)) == 0
    assert mark_missed(call.gate_by + timedelta(minutes=60)) == 1


def test_a_truck_that_drives_back_into_the_park_has_its_turn_again(world: World) -> None:
    world.booked("501KZA03", clock(0))
    world.seen("501KZA03", "park_in", -10)
    match_pending(clock(-9))
    release(world.checkpoint, OUT, clock(0))
    world.seen("501KZA03", "park_out", 5)
    match_pending(clock(6))
    recall_all(world.staff(Role.SHIFT_LEAD), world.checkpoint, OUT, "closed", clock(7), pause=timedelta())
    assert queue_at(world.checkpoint, OUT, clock(8)).turns == ()
    world.seen("501KZA03", "park_in", 12)
    match_pending(clock(13))
    (truck,) = queue_at(world.checkpoint, OUT, clock(13)).turns
    assert truck.arrived_at == clock(-10)


def test_nobody_misses_a_call_while_the_checkpoint_is_behind(world: World) -> None:
    limits = rules(world, inside_limit=5)
    parked(world, 5)
    calls = release(world.checkpoint, OUT, clock(0))
    assert len(calls) == 5
    # Five trucks are due and none has entered for longer than the checkpoint may be behind.
    behind = clock(30 + limits.grace_behind_minutes + 1)
    assert calls[0].gate_by < behind
    assert mark_missed(behind) == 0


def test_a_call_that_was_taken_back_is_not_missed(world: World) -> None:
    rules(world, inside_limit=1)
    parked(world, 1)
    (call,) = release(world.checkpoint, OUT, clock(0))
    recall_all(world.staff(Role.SHIFT_LEAD), world.checkpoint, OUT, "wrong", clock(1))
    assert mark_missed(call.gate_by) == 0
