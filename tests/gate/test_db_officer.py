"""What officers decide: unclear readings, corrections, risk channels; each logged, none overwriting."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from gate_world import OUT, World, clock, event_of, only_passage

from greenlane.errors import GreenlaneError
from greenlane.gate.commands import (
    correct_event,
    decide_channels,
    match_pending,
    resolve_unclear,
)
from greenlane.gate.commands.channels import Wish
from greenlane.gate.models import ChannelDecision, Event, Passage, Reading, Unclear
from greenlane.gate.queries import epcis_document, timeline, unclear_of
from greenlane.registry.models import LookUp, Role

pytestmark = pytest.mark.django_db


def unclear_entry(world: World) -> Reading:
    """A reading at the entry that fits two booked trucks equally well."""
    world.booked("501KZA03", clock(15))
    world.booked("501KZA04", clock(15))
    reading = world.seen("501KZA0X", "entry", 20)
    match_pending(clock(21))
    return reading


def test_an_officer_puts_an_unclear_reading_on_its_truck(world: World) -> None:
    reading = unclear_entry(world)
    officer = world.staff(Role.OFFICER)
    passage_id = resolve_unclear(
        officer, Unclear.objects.get().pk, "seen on the picture", clock(25), plate="501KZA03", country="KZ"
    )
    passage = only_passage()
    assert passage.pk == passage_id
    assert passage.booking is not None
    assert passage.booking.plate == "501KZA03"
    assert passage.entry_at == clock(20)
    event = event_of(reading)
    assert (event.method, event.by, event.why) == ("officer", officer, "seen on the picture")
    reading.refresh_from_db()
    assert reading.value == "501KZA0X"
    assert unclear_of(world.checkpoint, OUT, clock(26)) == []
    assert LookUp.objects.filter(account=officer).exists()


def test_an_unclear_reading_may_belong_to_a_passage_under_way(world: World) -> None:
    world.booked("501KZA03", clock(15))
    world.seen("501KZA03", "entry", 20)
    world.seen("501QQA03", "exit", 28)
    match_pending(clock(29))
    resolve_unclear(
        world.staff(Role.OFFICER),
        Unclear.objects.get().pk,
        "same truck",
        clock(30),
        passage_id=only_passage().pk,
    )
    assert only_passage().exit_at == clock(28)


def test_an_unclear_reading_is_resolved_once(world: World) -> None:
    unclear_entry(world)
    officer, unclear = world.staff(Role.OFFICER), Unclear.objects.get()
    resolve_unclear(officer, unclear.pk, "a", clock(25), plate="501KZA03")
    with pytest.raises(GreenlaneError) as refusal:
        resolve_unclear(officer, unclear.pk, "b", clock(26), plate="501KZA04")
    assert refusal.value.code == "already_resolved"


def test_only_an_officer_of_the_checkpoint_resolves(world: World) -> None:
    unclear_entry(world)
    with pytest.raises(GreenlaneError) as refusal:
        resolve_unclear(world.staff(Role.SHIFT_LEAD), Unclear.objects.get().pk, "a", clock(25), plate="X1")
    assert refusal.value.status == 403
    assert not Event.objects.exists()


def test_the_refusal_names_what_is_missing(world: World) -> None:
    unclear_entry(world)
    with pytest.raises(GreenlaneError) as refusal:
        resolve_unclear(world.staff(Role.OFFICER), Unclear.objects.get().pk, "a", clock(25))
    assert (refusal.value.code, refusal.value.field) == ("which_truck", "plate")


def test_an_event_that_did_not_occur_is_struck_out_and_kept(world: World) -> None:
    readings = world.whole_way("501KZA03")
    match_pending(clock(40))
    officer = world.staff(Role.OFFICER)
    changed = correct_event(officer, readings[2].event_id, "did_not_occur", "another truck", clock(50))
    passage = only_passage()
    assert changed == {passage.pk}
    assert passage.entry_at is None
    assert passage.revision == 2
    assert passage.flags == ["entry_missing"]
    assert Event.objects.filter(pk=readings[2].event_id).exists()
    assert [event.superseded for event in timeline(passage.pk) if event.event_id == readings[2].event_id] == [
        True
    ]


def test_a_wrong_time_is_replaced_by_a_new_event(world: World) -> None:
    readings = world.whole_way("501KZA03")
    match_pending(clock(40))
    right = clock(29)
    correct_event(
        world.staff(Role.OFFICER),
        readings[-1].event_id,
        "incorrect_data",
        "clock",
        clock(50),
        event_time=right,
    )
    passage = only_passage()
    assert (passage.exit_at, passage.revision) == (right, 2)


def test_an_event_of_another_truck_moves_to_it(world: World) -> None:
    world.booked("501KZA03", clock(15))
    world.booked("777BCD09", clock(15))
    world.seen("501KZA03", "entry", 20)
    wrong = world.seen("501KZA03", "exit", 28)
    world.seen("777BCD09", "entry", 21)
    match_pending(clock(40))
    changed = correct_event(
        world.staff(Role.OFFICER), wrong.event_id, "incorrect_data", "misread", clock(50), plate="777BCD09"
    )
    assert len(changed) == 2
    assert Passage.objects.get(plate="501KZA03").exit_at is None
    assert Passage.objects.get(plate="777BCD09").exit_at == clock(28)


@pytest.mark.parametrize(
    ("reason", "right", "code"),
    [
        ("wrong", {}, "reason_unknown"),
        ("incorrect_data", {}, "what_is_right"),
        ("did_not_occur", {"plate": "A1"}, "what_is_right"),
    ],
)
def test_a_correction_that_says_too_little_is_refused(
    world: World, reason: str, right: dict[str, str], code: str
) -> None:
    reading = world.seen("501KZA03", "entry", 20)
    match_pending(clock(21))
    with pytest.raises(GreenlaneError) as refusal:
        correct_event(world.staff(Role.OFFICER), reading.event_id, reason, "a", clock(30), **right)  # type: ignore[arg-type]
    assert refusal.value.code == code


def test_a_correction_can_be_struck_out_and_nothing_else(world: World) -> None:
    readings = world.whole_way("501KZA03")
    match_pending(clock(40))
    officer = world.staff(Role.OFFICER)
    correct_event(officer, readings[2].event_id, "did_not_occur", "another truck", clock(50))
    strike = Event.objects.get(corrects=readings[2].event_id)
    with pytest.raises(GreenlaneError) as refusal:
        correct_event(officer, strike.pk, "incorrect_data", "no", clock(51), plate="777BCD09")
    assert refusal.value.code == "is_correction"
    correct_event(officer, strike.pk, "did_not_occur", "it was this truck", clock(52))
    assert only_passage().entry_at == clock(20)


def test_an_unknown_event_cannot_be_corrected(world: World) -> None:
    with pytest.raises(GreenlaneError) as refusal:
        correct_event(world.staff(Role.OFFICER), uuid4(), "did_not_occur", "a", clock(30))
    assert refusal.value.status == 404


def test_a_channel_decided_before_the_entry_holds(world: World) -> None:
    booking = world.booked("501KZA03", clock(15))
    decide_channels(
        world.checkpoint,
        OUT,
        [
            Wish("green", booking=booking.code, decided_at=clock(-120)),
            Wish("red", booking=booking.code.lower(), pre_arrival=True, decided_at=clock(-60)),
        ],
        clock(-60),
        device=world.device,
    )
    world.seen("501KZA03", "entry", 20)
    match_pending(clock(21))
    passage = only_passage()
    assert (passage.channel, passage.pre_arrival) == ("red", True)


def test_a_channel_decided_after_the_entry_is_kept_and_moves_nothing(world: World) -> None:
    booking = world.booked("501KZA03", clock(15))
    world.seen("501KZA03", "entry", 20)
    match_pending(clock(21))
    refused = decide_channels(world.checkpoint, OUT, [Wish("red", booking=booking.code)], clock(25))
    assert refused == []
    assert only_passage().channel == ""
    assert ChannelDecision.objects.count() == 1


def test_a_channel_reaches_a_truck_that_waits(world: World) -> None:
    world.seen("902NEW11", "park_in", 0)
    match_pending(clock(1))
    decide_channels(world.checkpoint, OUT, [Wish("amber", plate="9O2 new 11")], clock(5))
    assert only_passage().channel == "amber"


def test_a_decision_that_names_no_truck_is_refused_and_the_others_stand(world: World) -> None:
    refused = decide_channels(
        world.checkpoint,
        OUT,
        [
            Wish("green"),
            Wish("green", plate="501KZA03"),
            Wish("blue", plate="501KZA03"),
            Wish("red", booking="GL-1"),
        ],
        clock(0),
    )
    assert [(one.index, one.error.code) for one in refused] == [
        (0, "which_truck"),
        (2, "channel_unknown"),
        (3, "booking_unknown"),
    ]
    assert ChannelDecision.objects.count() == 1


def test_the_export_declares_errors_and_hides_plates(world: World) -> None:
    readings = world.whole_way("501KZA03")
    match_pending(clock(40))
    correct_event(
        world.staff(Role.OFFICER),
        readings[-1].event_id,
        "incorrect_data",
        "clock",
        clock(50),
        event_time=clock(29),
    )
    told = epcis_document(
        world.checkpoint,
        clock(-60),
        clock(60),
        base="https://queue.example.org",
        at=clock(60) + timedelta(hours=1),
    )
    events = told["epcisBody"]["eventList"]
    assert len(events) == len(readings) + 2
    (declared,) = [event for event in events if "errorDeclaration" in event]
    assert declared["eventID"] == f"urn:uuid:{readings[-1].event_id}"
    correction = Event.objects.get(corrects=readings[-1].event_id)
    assert declared["errorDeclaration"]["correctiveEventIDs"] == [f"urn:uuid:{correction.pk}"]
    assert "501KZA03" not in str(told)
