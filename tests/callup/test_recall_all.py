"""A recall reaches every truck that is called and has not entered, also two thousand of them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from call_world import parked, rules
from django.db import connection
from django.test.utils import CaptureQueriesContext
from gate_world import OUT, World, clock

from greenlane.booking.models import Booking
from greenlane.callup.commands import recall, recall_all, release
from greenlane.callup.models import Call, Message
from greenlane.callup.queries import on_the_way
from greenlane.gate.commands import match_pending
from greenlane.gate.models import Event, Passage
from greenlane.registry.models import Role

pytestmark = [pytest.mark.db, pytest.mark.django_db]


def called(world: World, number: int) -> None:
    """So many trucks that were called at once."""
    rules(world, inside_limit=number, mass_call=number, calls_per_minute=10 * number)
    parked(world, number)
    assert len(release(world.checkpoint, OUT, clock(0))) == number


@pytest.mark.slow
def test_two_thousand_calls_are_taken_back_together(world: World) -> None:
    called(world, 2000)
    lead = world.staff(Role.SHIFT_LEAD)
    back = recall_all(lead, world.checkpoint, OUT, "the barrier is broken", clock(5))
    assert len(back) == 2000
    assert Call.objects.filter(recalled_at=clock(5), recalled_by=lead).count() == 2000
    assert set(Passage.objects.values_list("phase", "called_at")) == {("waiting", None)}
    assert set(Booking.objects.values_list("state", flat=True)) == {"confirmed"}
    assert Event.objects.filter(point="call", error_reason="did_not_occur").count() == 2000
    assert set(Message.objects.filter(kind="recall").values_list("call", flat=True)) == {
        call.pk for call in back
    }


def test_its_statements_do_not_grow_with_the_calls(world: World) -> None:
    lead = world.staff(Role.SHIFT_LEAD)
    counts = []
    for number in (3, 30):
        called(world, number)
        with CaptureQueriesContext(connection) as statements:
            recall_all(lead, world.checkpoint, OUT, "closed", clock(1), pause=timedelta())
        counts.append(len(statements))
        Passage.objects.update(phase="left")
    assert counts[1] <= counts[0] + 3


def test_trucks_at_the_barrier_go_on(world: World) -> None:
    for number, plate in enumerate(("501KZA03", "502KZA03")):
        world.booked(plate, clock(0))
        world.seen(plate, "park_in", -10 + number)
    match_pending(clock(-5))
    assert len(release(world.checkpoint, OUT, clock(0))) == 2
    world.seen("501KZA03", "entry", 3)
    match_pending(clock(3.5))
    (back,) = recall_all(world.staff(Role.SHIFT_LEAD), world.checkpoint, OUT, "closed", clock(4))
    assert back.passage.plate == "502KZA03"
    assert on_the_way(world.checkpoint, OUT, clock(4)) == 0


def test_some_can_be_taken_back_by_their_time(world: World) -> None:
    rules(world, inside_limit=4, mass_call=2)
    parked(world, 4)
    lead = world.staff(Role.SHIFT_LEAD)
    release(world.checkpoint, OUT, clock(0))
    later = release(world.checkpoint, OUT, clock(2))
    back = recall_all(lead, world.checkpoint, OUT, "wrong", clock(3), since=clock(1))
    assert {call.pk for call in back} == {call.pk for call in later}


def test_repeating_a_recall_changes_nothing(world: World) -> None:
    parked(world, 2)
    lead = world.staff(Role.SHIFT_LEAD)
    calls = release(world.checkpoint, OUT, clock(0))
    recall_all(lead, world.checkpoint, OUT, "wrong", clock(1))
    assert recall_all(lead, world.checkpoint, OUT, "wrong", clock(2)) == []
    assert recall(calls[0].pk, lead, "again", clock(3)).recalled_at == clock(1)
