"""The timeline: what was read and nothing else, whatever the order in which it came."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from greenlane.gate.effective import DID_NOT_OCCUR, INCORRECT_DATA
from greenlane.gate.timeline import PassageEvent, StageVisit, Timeline, build_timeline, extend

TEN = datetime(2026, 5, 4, 10, 0, tzinfo=UTC)
_numbers = count(1)


def clock(minutes: float) -> datetime:
    return TEN + timedelta(minutes=minutes)


def event(point: str, minutes: float, **changes: Any) -> PassageEvent:
    fields: dict[str, Any] = {
        "event_id": UUID(int=next(_numbers)),
        "event_time": clock(minutes),
        "record_time": clock(minutes) + timedelta(seconds=1),
    }
    return PassageEvent(point=point, **(fields | changes))


def stage(name: str, side: str, minutes: float, lane: str | None = None) -> PassageEvent:
    return event(f"stage_{side}", minutes, stage=name, lane=lane)


WHOLE_WAY = [
    event("queue_end", -90),
    event("park_in", -60),
    event("call", -20),
    event("park_out", -15),
    event("entry", 0),
    stage("border", "in", 1, "2"),
    stage("border", "out", 3, "2"),
    stage("customs", "in", 4),
    stage("customs", "out", 7),
    event("exit", 9),
]


def test_a_whole_way_is_read_off() -> None:
    timeline = build_timeline(WHOLE_WAY, at=clock(60))
    assert timeline.queue_end_at == clock(-90)
    assert timeline.park_in_at == clock(-60)
    assert timeline.called_at == clock(-20)
    assert timeline.park_out_at == clock(-15)
    assert timeline.entry_at == clock(0)
    assert timeline.exit_at == clock(9)
    assert timeline.visits == (
        StageVisit("border", "2", clock(1), clock(3)),
        StageVisit("customs", None, clock(4), clock(7)),
    )
    assert (timeline.flags, timeline.missing, timeline.phase) == (frozenset(), (), "left")


def test_no_events_give_an_empty_timeline() -> None:
    timeline = build_timeline([])
    assert (timeline.entry_at, timeline.visits, timeline.last, timeline.phase) == (None, (), None, "coming")


def test_missing_readings_stay_visible_as_missing() -> None:
    timeline = build_timeline([stage("border", "in", 1), stage("customs", "out", 7), event("exit", 9)])
    assert timeline.entry_at is None
    assert timeline.visits == (
        StageVisit("border", None, clock(1), None),
        StageVisit("customs", None, None, clock(7)),
    )
    assert timeline.flags == {"entry_missing"}
    assert timeline.missing == ("entry", "border:out", "customs:in")


def test_a_truck_that_stands_at_a_stage_misses_nothing_yet() -> None:
    timeline = build_timeline([event("entry", 0), stage("border", "in", 1)], at=clock(5))
    assert (timeline.missing, timeline.phase) == ((), "inside")


def test_an_exit_is_missing_only_after_a_day() -> None:
    events = [event("entry", 0)]
    assert build_timeline(events, at=clock(24 * 60)).flags == set()
    lost = build_timeline(events, at=clock(24 * 60 + 1))
    assert (lost.flags, lost.missing, lost.phase) == ({"exit_missing"}, ("exit",), "lost")
    assert build_timeline(events).phase == "inside"
    assert build_timeline([event("park_in", 0)], at=clock(48 * 60)).flags == set()


def test_of_repeated_reads_the_first_counts_at_the_entry_and_the_last_at_the_exit() -> None:
    events = [
        event("entry", 0),
        event("entry", 0.5),
        event("exit", 9),
        event("exit", 9.9),
        event("exit", 10.8),
    ]
    timeline = build_timeline(events)
    assert (timeline.entry_at, timeline.exit_at) == (clock(0), clock(10.8))
    assert timeline.flags == set()
    assert len(timeline.readings) == 5


def test_a_barrier_read_again_later_cannot_shorten_the_stay() -> None:
    timeline = build_timeline([event("entry", 0), event("entry", 5), event("exit", 9), event("exit", 30)])
    assert (timeline.entry_at, timeline.exit_at) == (clock(0), clock(30))
    assert timeline.flags == {"repeated"}


def test_repeated_reads_at_a_stage_are_one_visit() -> None:
    reads = [
        stage("xray", "in", 1),
        stage("xray", "in", 1.5),
        stage("xray", "out", 4),
        stage("xray", "out", 4.8),
    ]
    assert build_timeline(reads).visits == (StageVisit("xray", None, clock(1), clock(4.8)),)


def test_two_visits_of_a_stage_are_kept_apart() -> None:
    reads = [
        stage("customs", "in", 1, "1"),
        stage("customs", "out", 3, "1"),
        stage("xray", "in", 4),
        stage("xray", "out", 6),
        stage("customs", "in", 7, "4"),
        stage("customs", "out", 8, "4"),
    ]
    assert build_timeline(reads).visits == (
        StageVisit("customs", "1", clock(1), clock(3)),
        StageVisit("xray", None, clock(4), clock(6)),
        StageVisit("customs", "4", clock(7), clock(8)),
    )


def test_a_second_entrance_leaves_the_first_visit_open() -> None:
    reads = [stage("customs", "in", 1), stage("customs", "in", 5), stage("customs", "out", 8)]
    assert build_timeline(reads).visits == (
        StageVisit("customs", None, clock(1), None),
        StageVisit("customs", None, clock(5), clock(8)),
    )


def test_a_visit_of_no_length_is_one_visit() -> None:
    reads = [stage("weighing", "out", 2), stage("weighing", "in", 2)]
    assert build_timeline(reads).visits == (StageVisit("weighing", None, clock(2), clock(2)),)


def test_the_call_that_led_to_the_entry_counts() -> None:
    recalled = [event("call", -50), event("call", -10), event("call", 3), event("entry", 0)]
    assert build_timeline(recalled).called_at == clock(-10)
    assert build_timeline([event("call", -50)]).phase == "called"
    assert build_timeline([event("park_in", -50)]).phase == "waiting"


@pytest.mark.parametrize(
    ("exit_minutes", "invalid"), [(-1.0, True), (19 / 60, True), (20 / 60, False), (9.0, False)]
)
def test_an_impossible_time_inside_is_flagged_and_shown(exit_minutes: float, invalid: bool) -> None:
    timeline = build_timeline([event("entry", 0), event("exit", exit_minutes)])
    assert ("invalid_clock" in timeline.flags) == invalid
    assert timeline.exit_at == clock(exit_minutes)


@pytest.mark.parametrize(("skew", "invalid"), [(None, False), (15.0, False), (-15.1, True), (15.1, True)])
def test_a_device_that_is_known_to_be_wrong_is_flagged(skew: float | None, invalid: bool) -> None:
    timeline = build_timeline([event("entry", 0, skew_s=skew)])
    assert ("invalid_clock" in timeline.flags) == invalid


def test_late_readings_are_listed_with_their_delay() -> None:
    late = event("entry", 0, record_time=clock(180))
    timeline = build_timeline([late, event("exit", 9)])
    assert timeline.flags == {"late"}
    assert timeline.delays == ((late.event_id, 180 * 60.0),)


def corrected(
    wrong: PassageEvent, *, reason: str = INCORRECT_DATA, at: float = 60, **changes: Any
) -> PassageEvent:
    return replace(
        wrong,
        event_id=UUID(int=next(_numbers)),
        record_time=clock(at),
        corrects=wrong.event_id,
        error_reason=reason,
        **changes,
    )


def test_a_correction_takes_the_place_of_the_wrong_event() -> None:
    wrong = event("exit", 90)
    right = corrected(wrong, event_time=clock(9))
    timeline = build_timeline([event("entry", 0), wrong, right])
    assert timeline.exit_at == clock(9)
    assert timeline.flags == set()
    assert wrong in timeline.readings
    assert wrong not in timeline.effective


def test_an_event_that_did_not_occur_is_struck_out() -> None:
    wrong = event("exit", 9)
    timeline = build_timeline([event("entry", 0), wrong, corrected(wrong, reason=DID_NOT_OCCUR)])
    assert (timeline.exit_at, timeline.phase) == (None, "inside")


def test_a_correction_struck_out_lets_the_first_event_stand_again() -> None:
    first = event("exit", 9)
    second = corrected(first, event_time=clock(30))
    third = corrected(second, reason=DID_NOT_OCCUR, at=70)
    assert build_timeline([first, second, third]).exit_at == clock(9)


def test_of_two_corrections_the_last_counts() -> None:
    wrong = event("exit", 90)
    one = corrected(wrong, event_time=clock(8), at=61)
    two = corrected(wrong, event_time=clock(9), at=62)
    assert build_timeline([wrong, two, one]).exit_at == clock(9)
    struck = corrected(wrong, reason=DID_NOT_OCCUR, at=63)
    assert build_timeline([wrong, two, one, struck]).exit_at is None


def test_corrections_in_a_circle_hide_nothing() -> None:
    one = event("entry", 0, corrects=UUID(int=10**9))
    two = event("entry", 0.1, event_id=UUID(int=10**9), corrects=one.event_id)
    own = event("exit", 9, event_id=UUID(int=10**9 + 1), corrects=UUID(int=10**9 + 1))
    timeline = build_timeline([one, two, own])
    assert (timeline.entry_at, timeline.exit_at) == (clock(0), clock(9))


def test_a_correction_of_an_event_elsewhere_stands() -> None:
    moved = event("exit", 9, corrects=UUID(int=10**12), error_reason=INCORRECT_DATA)
    assert build_timeline([moved]).exit_at == clock(9)


@st.composite
def histories(draw: st.DrawFn) -> list[PassageEvent]:
    """Events with equal times, missing reads, repeated ids, late arrivals and corrections of one another."""
    ids = st.integers(1, 12).map(lambda n: UUID(int=n))
    events = st.builds(
        PassageEvent,
        event_id=ids,
        point=st.sampled_from(["park_in", "call", "entry", "stage_in", "stage_out", "exit"]),
        event_time=st.integers(0, 12).map(lambda n: TEN + timedelta(seconds=20 * n)),
        record_time=st.integers(0, 4).map(lambda n: TEN + timedelta(minutes=3 * n)),
        stage=st.sampled_from([None, "border", "customs"]),
        lane=st.sampled_from([None, "1"]),
        skew_s=st.sampled_from([None, 20.0]),
        corrects=st.none() | ids,
        error_reason=st.sampled_from([INCORRECT_DATA, DID_NOT_OCCUR]),
    )
    return draw(st.lists(events, max_size=14))


@settings(max_examples=300)
@given(histories(), st.data())
def test_no_order_and_no_batches_change_the_timeline(
    history: list[PassageEvent], data: st.DataObject
) -> None:
    at = TEN + timedelta(days=2)
    expected = build_timeline(history, at=at)
    shuffled = data.draw(st.permutations(history))
    assert build_timeline(shuffled, at=at) == expected
    cuts = sorted(data.draw(st.lists(st.integers(0, len(history)), max_size=3)))
    grown: Timeline = build_timeline([], at=at)
    for start, end in zip([0, *cuts], [*cuts, len(history)], strict=True):
        grown = extend(grown, shuffled[start:end], at=at)
    assert grown == expected
    assert extend(grown, shuffled, at=at) == expected


@given(histories())
def test_every_reading_is_kept_and_only_corrections_hide_one(history: list[PassageEvent]) -> None:
    timeline = build_timeline(history)
    assert {event.event_id for event in timeline.readings} == {event.event_id for event in history}
    named = {event.corrects for event in timeline.readings}
    for reading in timeline.readings:
        assert (
            reading in timeline.effective
            or reading.event_id in named
            or reading.strikes_out
            or reading.corrects is not None
        )
