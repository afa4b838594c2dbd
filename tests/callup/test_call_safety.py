"""A wrong mass call is stopped by construction: by a loop, in SQL, through the commands, by one person."""

from __future__ import annotations

from datetime import timedelta

import pytest
from call_world import call_rows, parked, rules
from django.db import IntegrityError, connection, transaction
from gate_world import OUT, World, clock

from greenlane.callup.commands import (
    approve_mass_call,
    ask_mass_call,
    call_now,
    pause_calls,
    recall_all,
    refuse_mass_call,
    release,
    resume_calls,
)
from greenlane.callup.models import Call, MassCall
from greenlane.errors import GreenlaneError
from greenlane.gate.models import Passage
from greenlane.registry.models import Role

pytestmark = [pytest.mark.db, pytest.mark.django_db]

TEN = clock(10)


def refusal(error: pytest.ExceptionInfo[IntegrityError]) -> str:
    return str(error.value.__cause__.diag.constraint_name)  # type: ignore[union-attr]


def called_before_refusal(world: World, most: int, apart: timedelta) -> tuple[str, int]:
    """A loop that calls one truck after the other: which rule stops it, and after how many calls."""
    for place, passage in enumerate(parked(world, most)):
        try:
            with transaction.atomic():
                call_rows(world, [passage], TEN + place * apart)[0].save()
        except IntegrityError as error:
            return str(error.__cause__.diag.constraint_name), place  # type: ignore[union-attr]
    return "", most


@pytest.mark.slow
def test_two_thousand_calls_in_one_statement_are_refused(world: World) -> None:
    rules(world, inside_limit=5000)
    parked(world, 2000)
    with pytest.raises(IntegrityError) as error, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO callup_call (passage_id, booking_id, checkpoint_id, direction, called_at, gate_by,"
            " turn, passed, why, recalled_why)"
            " SELECT id, booking_id, checkpoint_id, direction, %s, %s, '', '[]', '', '' FROM gate_passage",
            [TEN, TEN + timedelta(hours=1)],
        )
    assert refusal(error) == "call_rate"
    assert not Call.objects.exists()


def test_calls_spread_over_hours_are_refused_as_one_act(world: World) -> None:
    rules(world, inside_limit=5000)
    rows = [
        row
        for minute, passage in enumerate(parked(world, 100))
        for row in call_rows(world, [passage], TEN + timedelta(minutes=minute))
    ]
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        Call.objects.bulk_create(rows)
    assert refusal(error) == "call_mass"


def test_a_loop_that_calls_one_after_the_other_stops_at_the_rate(world: World) -> None:
    rules(world, inside_limit=5000, calls_per_minute=12)
    assert called_before_refusal(world, 40, timedelta(seconds=0.1)) == ("call_rate", 12)


def test_a_slow_loop_stops_when_the_road_is_full(world: World) -> None:
    limits = rules(world, inside_limit=5, mass_call=10)
    bears = limits.inside_limit + limits.mass_call
    assert called_before_refusal(world, 40, timedelta(minutes=1)) == ("call_road", bears)


def test_rows_of_a_mass_call_that_nobody_approved_are_refused(world: World) -> None:
    passages = parked(world, 5)
    lead = world.staff(Role.SHIFT_LEAD)
    mass = ask_mass_call(lead, world.checkpoint, OUT, "test", TEN, count=5).mass
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        Call.objects.bulk_create(call_rows(world, passages, TEN, mass=mass))
    assert refusal(error) == "call_not_approved"


def test_an_approval_covers_the_counted_trucks_alone(world: World) -> None:
    lead, other = world.staff(Role.SHIFT_LEAD), world.staff(Role.SHIFT_LEAD)
    parked(world, 3)
    mass = ask_mass_call(lead, world.checkpoint, OUT, "test", TEN, count=3).mass
    approve_mass_call(other, mass.pk, 3, TEN)
    (stranger,) = parked(world, 1)
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        call_rows(world, [stranger], TEN, mass=mass)[0].save()
    assert refusal(error) == "call_not_approved"
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        MassCall.objects.filter(pk=mass.pk).update(passages=[*mass.passages, stranger.pk], count=4)
    assert refusal(error) == "mass_call_kept"


def test_an_approved_mass_call_cannot_be_made_up(world: World) -> None:
    lead, other = world.staff(Role.SHIFT_LEAD), world.staff(Role.SHIFT_LEAD)
    made_up = {
        "checkpoint": world.checkpoint,
        "direction": OUT,
        "passages": [1],
        "count": 1,
        "why": "no",
        "asked_by": lead,
        "asked_at": TEN,
        "good_until": TEN,
    }
    with pytest.raises(IntegrityError), transaction.atomic():
        MassCall.objects.create(**made_up, state="approved", decided_by=other, decided_at=TEN)
    mass = MassCall.objects.create(**made_up)
    with pytest.raises(IntegrityError), transaction.atomic():
        MassCall.objects.filter(pk=mass.pk).update(state="approved", decided_by=lead, decided_at=TEN)


def test_a_call_that_was_taken_back_does_not_come_to_life_again(world: World) -> None:
    parked(world, 2)
    release(world.checkpoint, OUT, TEN)
    recall_all(world.staff(Role.SHIFT_LEAD), world.checkpoint, OUT, "wrong", TEN)
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        Call.objects.update(recalled_at=None)
    assert refusal(error) == "call_kept"


def test_one_person_calls_a_few_and_not_many(world: World) -> None:
    rules(world, mass_call=4, inside_limit=50)
    lead = world.staff(Role.SHIFT_LEAD)
    keys = [passage.pk for passage in parked(world, 10)]
    calls = call_now(lead, world.checkpoint, OUT, keys[5:8], "a sick driver", TEN)
    assert [(call.turn, call.why, call.called_by) for call in calls] == [("hand", "a sick driver", lead)] * 3
    assert calls[0].passed == [{"passage": keys[0], "reason": "hand"}]
    with pytest.raises(GreenlaneError) as refused:
        call_now(lead, world.checkpoint, OUT, keys[:2], "again", clock(12))
    assert refused.value.code == "mass_call"
    assert len(call_now(lead, world.checkpoint, OUT, keys[:1], "one more", clock(12))) == 1


def test_a_mass_call_needs_another_person_the_same_number_and_the_same_queue(world: World) -> None:
    rules(world, mass_call=4, inside_limit=10)
    lead, other = world.staff(Role.SHIFT_LEAD), world.staff(Role.SHIFT_LEAD)
    passages = parked(world, 30)
    asked = ask_mass_call(lead, world.checkpoint, OUT, "the park is closed", TEN, count=25)
    assert (asked.mass.count, asked.inside, asked.then, asked.limit) == (25, 0, 25, 10)
    assert [passage.pk for passage in asked.first] == [passage.pk for passage in passages[:10]]
    assert not Call.objects.exists()
    for who, number, at, code in (
        (lead, 25, TEN, "same_person"),
        (other, 24, TEN, "count_differs"),
        (other, 25, clock(21), "mass_over"),
        (world.staff(Role.OFFICER), 25, TEN, "not_allowed"),
    ):
        with pytest.raises(GreenlaneError) as refused:
            approve_mass_call(who, asked.mass.pk, number, at)
        assert refused.value.code == code
    call_now(lead, world.checkpoint, OUT, [passages[3].pk], "ill", TEN)
    with pytest.raises(GreenlaneError) as refused:
        approve_mass_call(other, asked.mass.pk, 25, TEN)
    assert refused.value.code == "queue_changed"


def test_an_approved_mass_call_goes_out_at_the_rate_and_can_be_stopped(world: World) -> None:
    rules(world, mass_call=4, inside_limit=1, calls_per_minute=10)
    lead, other = world.staff(Role.SHIFT_LEAD), world.staff(Role.SHIFT_LEAD)
    parked(world, 40)
    mass = ask_mass_call(lead, world.checkpoint, OUT, "the park is closed", TEN, count=35).mass
    approve_mass_call(other, mass.pk, 35, TEN)
    assert len(release(world.checkpoint, OUT, TEN)) == 10
    assert release(world.checkpoint, OUT, TEN + timedelta(seconds=30)) == []
    assert len(release(world.checkpoint, OUT, clock(11))) == 10
    assert refuse_mass_call(lead, mass.pk, clock(11.5)).state == "refused"
    assert release(world.checkpoint, OUT, clock(12)) == []
    assert set(Call.objects.values_list("mass", "turn")) == {(mass.pk, "mass")}


def test_a_mass_call_is_done_when_its_trucks_are_called(world: World) -> None:
    lead, other = world.staff(Role.SHIFT_LEAD), world.staff(Role.SHIFT_LEAD)
    rules(world, mass_call=2, inside_limit=1, calls_per_minute=30)
    parked(world, 5)
    mass = ask_mass_call(lead, world.checkpoint, OUT, "the park is closed", TEN, count=5).mass
    approve_mass_call(other, mass.pk, 5, TEN)
    assert len(release(world.checkpoint, OUT, TEN)) == 5
    release(world.checkpoint, OUT, clock(12))
    mass.refresh_from_db()
    assert mass.state == "done"


def test_a_recall_of_all_stops_what_would_call_again(world: World) -> None:
    lead, other = world.staff(Role.SHIFT_LEAD), world.staff(Role.SHIFT_LEAD)
    rules(world, mass_call=3, inside_limit=3, calls_per_minute=6)
    parked(world, 20)
    mass = ask_mass_call(lead, world.checkpoint, OUT, "a mistake", TEN, count=20).mass
    approve_mass_call(other, mass.pk, 20, TEN)
    assert len(release(world.checkpoint, OUT, TEN)) == 6
    back = recall_all(lead, world.checkpoint, OUT, "wrong message", clock(10.5))
    assert len(back) == 6
    assert {call.recalled_by for call in back} == {lead}
    assert set(Passage.objects.values_list("phase", "called_at")) == {("waiting", None)}
    assert set(Passage.objects.values_list("booking__state", flat=True)) == {"confirmed"}
    assert release(world.checkpoint, OUT, clock(20)) == []
    with pytest.raises(GreenlaneError) as refused:
        call_now(lead, world.checkpoint, OUT, [Passage.objects.earliest("pk").pk], "try", clock(20))
    assert refused.value.code == "paused"
    assert resume_calls(lead, world.checkpoint, OUT, clock(21)) == 1
    assert len(release(world.checkpoint, OUT, clock(21))) == 3
    mass.refresh_from_db()
    assert mass.state == "refused"


def test_nobody_is_called_in_a_pause_by_whatever_path(world: World) -> None:
    pause_calls(world.staff(Role.SHIFT_LEAD), world.checkpoint, OUT, "smoke", TEN)
    (passage,) = parked(world, 1)
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        call_rows(world, [passage], clock(11))[0].save()
    assert refusal(error) == "call_paused"
