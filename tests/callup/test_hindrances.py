"""A driver who rests and a truck without papers are not called, and keep their places."""

from __future__ import annotations

from datetime import timedelta

import pytest
from call_world import parked, rules
from gate_world import OUT, World, clock

from greenlane.booking.models import Booking
from greenlane.callup.commands import lift, release, tell_driving, tell_missing, tell_rest
from greenlane.callup.models import Call, Hindrance
from greenlane.callup.queries import queue_at
from greenlane.callup.rest import Tachograph
from greenlane.errors import GreenlaneError
from greenlane.registry.models import Account, Role

pytestmark = [pytest.mark.db, pytest.mark.django_db]


def code_of(passage_id: int) -> str:
    return Booking.objects.get(passages=passage_id).code


def test_a_resting_driver_is_passed_over_and_called_when_the_rest_ends(world: World) -> None:
    rules(world, inside_limit=1)
    resting, other = parked(world, 2)
    tell_rest(world.holder, code_of(resting.pk), "daily", clock(0))
    (call,) = release(world.checkpoint, OUT, clock(5))
    assert call.passage_id == other.pk
    assert call.passed == [{"passage": resting.pk, "reason": "rest"}]
    rules(world, inside_limit=2)
    assert release(world.checkpoint, OUT, clock(11 * 60) - timedelta(seconds=1)) == []
    (call,) = release(world.checkpoint, OUT, clock(11 * 60))
    assert call.passage_id == resting.pk


def test_nobody_is_called_into_a_rest_that_begins_before_it_is_through(world: World) -> None:
    (passage,) = parked(world, 1)
    tell_rest(world.holder, code_of(passage.pk), "break", clock(0), starts_at=clock(40))
    drive = queue_at(world.checkpoint, OUT, clock(0)).waiting[0].travel
    last = clock(40) - drive - timedelta(minutes=10)
    assert len(queue_at(world.checkpoint, OUT, last).turns) == 1
    assert queue_at(world.checkpoint, OUT, last + timedelta(seconds=1)).turns == ()


def test_a_rest_told_on_a_call_takes_the_call_back(world: World) -> None:
    (passage,) = parked(world, 1)
    release(world.checkpoint, OUT, clock(0))
    tell_rest(world.holder, code_of(passage.pk), "break", clock(2))
    passage.refresh_from_db()
    assert passage.phase == "waiting"
    assert Call.objects.get().recalled_by == world.holder


def test_a_rest_shorter_than_the_law_asks_is_refused(world: World) -> None:
    (passage,) = parked(world, 1)
    with pytest.raises(GreenlaneError) as refusal:
        tell_rest(world.holder, code_of(passage.pk), "daily", clock(0), ends_at=clock(600))
    assert (refusal.value.code, refusal.value.field) == ("rest_too_short", "ends_at")


def test_a_rest_is_told_by_those_who_hold_the_place(world: World) -> None:
    (passage,) = parked(world, 1)
    stranger = Account.objects.create(username="x@example.org", email="x@example.org")
    with pytest.raises(GreenlaneError) as refusal:
        tell_rest(stranger, code_of(passage.pk), "daily", clock(0))
    assert refusal.value.status == 404
    hindrance = tell_rest(world.holder, code_of(passage.pk), "daily", clock(0))
    with pytest.raises(GreenlaneError) as refusal:
        lift(stranger, hindrance.pk, clock(1))
    assert refusal.value.status == 403
    lift(world.holder, hindrance.pk, clock(1))
    assert len(queue_at(world.checkpoint, OUT, clock(1)).turns) == 1


def test_a_later_rest_that_overlaps_replaces_the_earlier_one(world: World) -> None:
    (passage,) = parked(world, 1)
    code = code_of(passage.pk)
    tell_rest(world.holder, code, "break", clock(0))
    tell_rest(world.holder, code, "daily", clock(5))
    standing = Hindrance.objects.get(lifted_at=None)
    assert (standing.what, standing.ends_at) == ("daily", clock(5 + 11 * 60))


def test_the_tachograph_says_when_the_drive_may_begin(world: World) -> None:
    (passage,) = parked(world, 1)
    driven = timedelta(hours=4, minutes=25)
    day = Tachograph(driven, timedelta(hours=5), clock(-8 * 60), standing_since=clock(0))
    told = tell_driving(world.holder, code_of(passage.pk), day, clock(10))
    assert (told.verdict.fits, told.verdict.departs_at) == (False, clock(45))
    assert queue_at(world.checkpoint, OUT, clock(44)).turns == ()
    assert len(queue_at(world.checkpoint, OUT, clock(45)).turns) == 1


def test_missing_papers_hold_a_truck_until_an_officer_lifts_them(world: World) -> None:
    officer = world.staff(Role.OFFICER)
    rules(world, inside_limit=1)
    lacking, other = parked(world, 2)
    hindrance = tell_missing(officer, "the phytosanitary certificate", clock(0), passage=lacking.pk)
    assert tell_missing(officer, "the phytosanitary certificate", clock(1), passage=lacking.pk) == hindrance
    (call,) = release(world.checkpoint, OUT, clock(5))
    assert call.passage_id == other.pk
    assert call.passed == [{"passage": lacking.pk, "reason": "papers"}]
    with pytest.raises(GreenlaneError):
        lift(world.holder, hindrance.pk, clock(6))
    lift(officer, hindrance.pk, clock(6))
    assert queue_at(world.checkpoint, OUT, clock(6)).turns[0].passage == lacking.pk


def test_papers_are_the_affair_of_staff(world: World) -> None:
    (passage,) = parked(world, 1)
    with pytest.raises(GreenlaneError) as refusal:
        tell_missing(world.holder, "all", clock(0), passage=passage.pk)
    assert refusal.value.status == 403
