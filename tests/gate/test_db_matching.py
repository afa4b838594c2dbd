"""Readings become passages: in any order, late, twice, misread; what is unclear waits for an officer."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError
from gate_world import World, clock, event_of, only_passage

from greenlane.booking.models import State
from greenlane.gate.commands import match_pending, writing
from greenlane.gate.line import Line
from greenlane.gate.models import Event, Passage, Reading, Unclear
from greenlane.gate.queries import has_pending, inside_now

pytestmark = pytest.mark.django_db


def test_a_booked_truck_is_followed_from_the_park_to_the_exit(world: World) -> None:
    booking = world.booked("501KZA03", clock(15))
    readings = world.whole_way("501KZA03")
    changed = match_pending(clock(60))
    passage = only_passage()
    assert changed == {passage.pk}
    assert passage.booking == booking
    assert passage.phase == "left"
    assert (passage.park_in_at, passage.entry_at, passage.exit_at) == (clock(0), clock(20), clock(28))
    assert [(visit["stage"], visit["in"], visit["out"]) for visit in passage.visits] == [
        ("border", clock(21).isoformat(), clock(23).isoformat()),
        ("customs", clock(24).isoformat(), clock(27).isoformat()),
    ]
    assert passage.vehicle_class == "laden"
    assert {event.pk for event in Event.objects.all()} == {reading.event_id for reading in readings}
    assert not has_pending()


def test_the_entry_uses_the_booking_at_the_time_of_the_entry(world: World) -> None:
    booking = world.booked("501KZA03", clock(15))
    world.seen("501KZA03", "entry", 20)
    match_pending(clock(600))
    booking.refresh_from_db()
    assert booking.state == State.ENTERED
    assert booking.ended_at == clock(20)


def test_readings_that_come_in_reverse_give_the_same_passage(world: World) -> None:
    world.booked("501KZA03", clock(15))
    arrived = clock(40)
    for reading in reversed(
        [
            ("park_in", 0, ""),
            ("entry", 20, ""),
            ("stage_in", 21, "border"),
            ("stage_out", 23, "border"),
            ("exit", 28, ""),
        ]
    ):
        world.seen("501KZA03", reading[0], reading[1], stage=reading[2], record_time=arrived)
        match_pending(arrived)
    passage = only_passage()
    assert (passage.park_in_at, passage.entry_at, passage.exit_at) == (clock(0), clock(20), clock(28))
    assert passage.flags == ["late"]


def test_a_truck_that_nobody_expected_gets_its_own_passage(world: World) -> None:
    world.whole_way("902NEW11")
    match_pending(clock(60))
    passage = only_passage()
    assert passage.booking is None
    assert event_of(Reading.objects.order_by("pk")[0]).method == "new"


def test_a_misread_plate_is_matched_with_its_score(world: World) -> None:
    world.booked("501KZA03", clock(15))
    world.seen("501KZA03", "park_in", 0)
    misread = world.seen("501KZA08", "entry", 20)
    match_pending(clock(30))
    event = event_of(misread)
    assert event.method == "plate_near"
    assert 0.7 < event.score < 0.95
    assert only_passage().entry_at == clock(20)


def test_look_alike_letters_are_one_plate(world: World) -> None:
    world.booked("501КВА03", clock(15))  # Cyrillic
    reading = world.seen("501KBA03", "park_in", 0)
    match_pending(clock(1))
    assert event_of(reading).method == "plate_folded"
    assert only_passage().booking is not None


def test_a_reading_between_two_trucks_waits_for_an_officer(world: World) -> None:
    world.booked("501KZA03", clock(15))
    world.booked("501KZA04", clock(15))
    reading = world.seen("501KZA0X", "entry", 20)
    match_pending(clock(30))
    unclear = Unclear.objects.get()
    assert unclear.reading_id == reading.pk
    assert unclear.reason == "ambiguous"
    assert {one["plate"] for one in unclear.candidates} == {"501KZA03", "501KZA04"}
    assert not Event.objects.exists()


def test_repeated_reads_of_a_barrier_are_one_passing(world: World) -> None:
    world.booked("501KZA03", clock(15))
    world.seen("501KZA03", "entry", 20)
    world.seen("501KZA03", "entry", 20.3)
    world.seen("501KZA03", "exit", 28)
    world.seen("501KZA03", "exit", 28.5)
    match_pending(clock(30))
    passage = only_passage()
    assert (passage.entry_at, passage.exit_at) == (clock(20), clock(28.5))
    assert passage.revision == 1


def test_a_late_upload_makes_a_new_revision_of_a_passage_that_is_over(world: World) -> None:
    world.booked("501KZA03", clock(15))
    world.seen("501KZA03", "entry", 20)
    world.seen("501KZA03", "exit", 28)
    match_pending(clock(30))
    assert only_passage().revision == 1
    world.seen("501KZA03", "stage_in", 21, stage="border", record_time=clock(90))
    match_pending(clock(91))
    passage = only_passage()
    assert passage.revision == 2
    assert passage.visits == [{"stage": "border", "lane": "1", "in": clock(21).isoformat(), "out": None}]


def test_a_device_whose_clock_is_wrong_marks_the_passage(world: World) -> None:
    world.booked("501KZA03", clock(15))
    world.seen("501KZA03", "entry", 20, skew_s=40.0)
    match_pending(clock(30))
    assert only_passage().flags == ["invalid_clock"]


def test_a_missing_entry_stays_missing(world: World) -> None:
    world.booked("501KZA03", clock(15))
    world.seen("501KZA03", "park_in", 0)
    world.seen("501KZA03", "exit", 28)
    match_pending(clock(30))
    passage = only_passage()
    assert passage.entry_at is None
    assert passage.flags == ["entry_missing"]


def test_a_truck_whose_exit_is_not_seen_in_a_day_is_lost(world: World) -> None:
    world.booked("501KZA03", clock(15))
    world.seen("501KZA03", "entry", 20)
    match_pending(clock(30))
    assert inside_now(world.checkpoint, "outbound", clock(30)) == 1
    assert match_pending(clock(20) + timedelta(hours=23)) == set()
    passage = only_passage()
    assert match_pending(clock(21) + timedelta(hours=24)) == {passage.pk}
    passage.refresh_from_db()
    assert passage.phase == "lost"
    assert passage.flags == ["exit_missing"]
    assert inside_now(world.checkpoint, "outbound", clock(60 * 25)) == 0


def test_the_next_trip_of_a_truck_is_another_passage(world: World) -> None:
    world.whole_way("902NEW11")
    world.whole_way("902NEW11", start=60 * 30)
    match_pending(clock(60 * 40))
    assert [p.exit_at for p in Passage.objects.order_by("pk")] == [clock(28), clock(60 * 30 + 28)]


def test_a_truck_that_books_while_it_waits_keeps_one_passage(world: World) -> None:
    world.seen("501KZA03", "park_in", 0)
    match_pending(clock(1))
    booking = world.booked("501KZA03", clock(30), confirmed_at=clock(5))
    world.seen("501KZA03", "entry", 40)
    match_pending(clock(41))
    passage = only_passage()
    assert passage.booking == booking
    assert (passage.park_in_at, passage.entry_at) == (clock(0), clock(40))


def test_a_booking_cancelled_before_the_truck_came_is_not_used(world: World) -> None:
    world.booked("501KZA03", clock(15), state=State.CANCELLED, ended_at=clock(-10))
    world.seen("501KZA03", "park_in", 0)
    match_pending(clock(1))
    assert only_passage().booking is None


def test_a_pass_finds_its_booking(world: World) -> None:
    booking = world.booked("501KZA03", clock(15))
    reading = world.seen(booking.code, "entry", 20, kind="qr")
    match_pending(clock(21))
    assert event_of(reading).method == "pass"
    assert only_passage().plate == "501KZA03"


def test_a_reading_that_cannot_be_worked_is_set_aside_and_stops_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    take = Line._take

    def failing(line: Line, arrival: object) -> object:
        if arrival.reading.value == "BAD":  # type: ignore[attr-defined]
            raise ZeroDivisionError("no such thing")
        return take(line, arrival)  # type: ignore[arg-type]

    monkeypatch.setattr(Line, "_take", failing)
    world.seen("501KZA03", "entry", 20)
    bad = world.seen("BAD", "entry", 21)
    world.seen("501KZA03", "exit", 28)
    match_pending(clock(30))
    assert only_passage().exit_at == clock(28)
    unclear = Unclear.objects.get()
    assert (unclear.reading_id, unclear.reason) == (bad.pk, "fault")
    assert unclear.detail == "ZeroDivisionError: no such thing"


def test_a_reading_that_cannot_be_written_is_set_aside_and_stops_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    build = writing.build_timeline

    def failing(events: list[object], **rest: object) -> object:
        if any(event.event_time == clock(21) for event in events):  # type: ignore[attr-defined]
            raise ValueError("cannot be written")
        return build(events, **rest)  # type: ignore[arg-type]

    monkeypatch.setattr(writing, "build_timeline", failing)
    world.seen("501KZA03", "entry", 20)
    bad = world.seen("777BAD77", "entry", 21)
    world.seen("501KZA03", "exit", 28)
    match_pending(clock(30))
    assert only_passage().exit_at == clock(28)
    assert Unclear.objects.get().reading_id == bad.pk
    assert not has_pending()


def test_a_lost_connection_sets_nothing_aside(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.seen("501KZA03", "entry", 20)

    def lost(*_: object) -> None:
        raise OperationalError("the connection is lost")

    monkeypatch.setattr(writing.Step, "_write_matched", lost)
    with pytest.raises(OperationalError):
        match_pending(clock(21))
    assert not Unclear.objects.exists()
    assert has_pending()


@pytest.mark.parametrize(
    "change", [{"value": "OTHER"}, {"event_time": clock(3)}, {"skew_s": 1.0}, {"matched_at": clock(99)}]
)
def test_what_was_seen_cannot_be_changed(world: World, change: dict[str, Any]) -> None:
    reading = world.seen("501KZA03", "entry", 20)
    match_pending(clock(21))
    with pytest.raises(IntegrityError, match="kept as it came"):
        Reading.objects.filter(pk=reading.pk).update(**change)


def test_a_reading_that_waits_cannot_be_changed_either(world: World) -> None:
    reading = world.seen("501KZA03", "entry", 20)
    with pytest.raises(IntegrityError, match="kept as it came"):
        Reading.objects.filter(pk=reading.pk).update(value="OTHER", matched_at=clock(21))


def test_what_was_seen_cannot_be_deleted(world: World) -> None:
    reading = world.seen("501KZA03", "entry", 20)
    with pytest.raises(IntegrityError, match="only ever added to"):
        Reading.objects.filter(pk=reading.pk).delete()
