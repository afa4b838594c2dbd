"""Matching: the right truck or an officer's question, never a guess, and nothing dropped."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenlane.gate.candidates import Candidate, CandidateIndex
from greenlane.gate.matching import COUNTRY_PENALTY, LEAST_CONFIDENCE, Match, NewPassage, Unclear, match
from greenlane.gate.plates import EDIT_PENALTY, EQUAL_KEY
from greenlane.gate.readings import Reading

NOW = datetime(2026, 5, 4, 10, 0, tzinfo=UTC)


def seen(value: str, point: str = "entry", **changes: Any) -> Reading:
    fields: dict[str, Any] = {
        "event_id": UUID(int=1),
        "device": "cam",
        "point": point,
        "event_time": NOW,
        "event_time_zone_offset": "+09:00",
        "kind": "plate",
        "value": value,
        "confidence": 0.95,
    }
    return Reading(**(fields | changes))


def booking(id: str, plate: str, **changes: Any) -> Candidate:
    return Candidate(id, "booking", plate, expected_at=NOW, **changes)


def inside(id: str, plate: str, *, minutes_ago: int = 5, **changes: Any) -> Candidate:
    fields: dict[str, Any] = {"last_point": "entry", "last_at": NOW - timedelta(minutes=minutes_ago)}
    return Candidate(id, "passage", plate, **(fields | changes))


def matched(index: CandidateIndex, reading: Reading) -> tuple[str, str]:
    outcome = match(index, reading)
    assert isinstance(outcome, Match), outcome
    return outcome.candidate.id, outcome.method


def unclear(index: CandidateIndex, reading: Reading) -> tuple[str, list[str]]:
    outcome = match(index, reading)
    assert isinstance(outcome, Unclear), outcome
    return outcome.reason, [scored.candidate.id for scored in outcome.candidates]


def test_the_expected_plate_is_matched_exactly() -> None:
    index = CandidateIndex([booking("1", "A123BC77"), booking("2", "M555KX24")])
    outcome = match(index, seen("a 123 bc 77"))
    assert outcome == Match(booking("1", "A123BC77"), "plate_exact", 1.0, 1.0)


def test_a_plate_typed_in_cyrillic_is_found_by_a_latin_read() -> None:
    index = CandidateIndex([booking("1", "А123ВС77")])
    outcome = match(index, seen("A123BC77"))
    assert isinstance(outcome, Match)
    assert (outcome.method, outcome.score) == ("plate_folded", EQUAL_KEY)


def test_one_wrong_character_is_matched_when_no_other_truck_is_as_near() -> None:
    index = CandidateIndex([booking("1", "A123BC77"), booking("2", "M555KX24")])
    outcome = match(index, seen("A123BC97"))
    assert isinstance(outcome, Match)
    assert (outcome.candidate.id, outcome.method) == ("1", "plate_near")
    assert outcome.score == pytest.approx(EQUAL_KEY - EDIT_PENALTY)


def test_a_read_between_two_plates_of_a_fleet_goes_to_an_officer() -> None:
    index = CandidateIndex([booking("1", "A123BC77"), booking("2", "A124BC77")])
    assert unclear(index, seen("A129BC77")) == ("ambiguous", ["1", "2"])


def test_a_likely_confusion_does_not_outweigh_a_neighbour_plate() -> None:
    """A read half an edit from one plate and one edit from another is not decided."""
    index = CandidateIndex([booking("1", "A121BC77"), booking("2", "A124BC77")])
    assert unclear(index, seen("A127BC77")) == ("ambiguous", ["1", "2"])


def test_two_expected_trucks_of_one_plate_go_to_an_officer() -> None:
    index = CandidateIndex([booking("1", "A123BC77"), booking("2", "A123BC77")])
    assert unclear(index, seen("A123BC77")) == ("ambiguous", ["1", "2"])


def test_the_country_decides_between_equal_plates() -> None:
    index = CandidateIndex([booking("1", "123ABC", country="KZ"), booking("2", "123ABC", country="PL")])
    outcome = match(index, seen("123ABC", country="PL"))
    assert isinstance(outcome, Match)
    assert outcome.candidate.id == "2"
    assert outcome.margin == pytest.approx(COUNTRY_PENALTY)


def test_a_country_read_wrong_does_not_lose_the_truck() -> None:
    index = CandidateIndex([booking("1", "123ABC", country="KZ")])
    assert matched(index, seen("123ABC", country="PL")) == ("1", "plate_exact")


def test_a_near_plate_of_another_country_goes_to_an_officer() -> None:
    index = CandidateIndex([booking("1", "A123BC77", country="RU")])
    assert unclear(index, seen("A123BC97", country="KZ")) == ("unlikely", ["1"])


@pytest.mark.parametrize("kind", ["qr", "tag"])
def test_a_code_finds_its_truck(kind: str) -> None:
    index = CandidateIndex([booking("1", "A123BC77", codes=("GL-7K3M-Q9XD", "E200-3412"))])
    assert matched(index, seen("gl7k3mq9xd", kind=kind)) == ("1", "pass")
    assert matched(index, seen("E2003412", kind=kind)) == ("1", "pass")
    assert unclear(index, seen("GL-0000-0000", kind=kind)) == ("unknown_code", [])


@pytest.mark.parametrize("value", ["passage-7", "GL-7K3M-Q9XD"])
def test_an_officer_names_the_truck(value: str) -> None:
    index = CandidateIndex([inside("passage-7", "A123BC77", codes=("GL-7K3M-Q9XD",))])
    assert matched(index, seen(value, "stage_in", kind="tap", stage="customs")) == ("passage-7", "officer")


def test_a_plate_typed_by_an_officer_is_matched_as_a_plate() -> None:
    index = CandidateIndex([inside("7", "A123BC77")])
    assert matched(index, seen("A123BC77", "exit", kind="tap")) == ("7", "plate_exact")


def test_the_rear_camera_s_trailer_plate_joins_the_passage() -> None:
    index = CandidateIndex([booking("1", "A123BC77", trailer_plate="BX1234 77"), booking("2", "M555KX24")])
    outcome = match(index, seen("ВХ1234 77"))
    assert isinstance(outcome, Match)
    assert (outcome.candidate.id, outcome.method) == ("1", "trailer")


@pytest.mark.parametrize(
    ("point", "entry_missing"),
    [("queue_end", False), ("park_in", False), ("entry", False), ("stage_in", True), ("exit", True)],
)
def test_a_truck_that_nobody_expected_begins_a_passage(point: str, entry_missing: bool) -> None:
    index = CandidateIndex([booking("1", "M555KX24")])
    assert match(index, seen("A123BC77", point)) == NewPassage(entry_missing, 0.95)
    assert match(CandidateIndex(), seen("A123BC77", point)) == NewPassage(entry_missing, 0.95)


def test_two_characters_off_is_another_truck_coming_in_and_a_question_going_out() -> None:
    index = CandidateIndex([inside("1", "A123BC77", last_point="stage_out")])
    assert isinstance(match(index, seen("A199BC77", "entry")), NewPassage)
    assert unclear(index, seen("A199BC77", "exit")) == ("too_far", ["1"])


def test_a_doubtful_read_confirms_but_does_not_guess_or_begin() -> None:
    index = CandidateIndex([booking("1", "A123BC77")])
    doubtful = LEAST_CONFIDENCE - 0.01
    assert matched(index, seen("A123BC77", confidence=doubtful)) == ("1", "plate_exact")
    assert unclear(index, seen("A123BC97", confidence=doubtful)) == ("low_confidence", ["1"])
    assert unclear(index, seen("X999YY00", confidence=doubtful)) == ("low_confidence", [])


def test_an_order_that_cannot_be_goes_to_an_officer() -> None:
    gone = inside("1", "A123BC77", last_point="exit", last_at=NOW - timedelta(minutes=10))
    assert unclear(CandidateIndex([gone]), seen("A123BC77", "stage_in", stage="customs")) == (
        "order_impossible",
        ["1"],
    )


def test_an_entry_that_arrives_after_the_exit_is_in_order() -> None:
    gone = inside("1", "A123BC77", last_point="exit", last_at=NOW + timedelta(minutes=9))
    assert matched(CandidateIndex([gone]), seen("A123BC77", "entry")) == ("1", "plate_exact")


def test_a_truck_that_left_and_comes_again_begins_a_new_passage() -> None:
    gone = inside("1", "A123BC77", last_point="exit", last_at=NOW - timedelta(hours=6))
    neighbour = booking("2", "A124BC77")
    assert isinstance(match(CandidateIndex([gone, neighbour]), seen("A123BC77")), NewPassage)


def test_a_truck_read_twice_at_a_barrier_is_one_truck_and_hours_later_a_question() -> None:
    index = CandidateIndex([inside("1", "A123BC77", minutes_ago=2)])
    assert matched(index, seen("A123BC77", "entry")) == ("1", "plate_exact")
    index.add(inside("1", "A123BC77", minutes_ago=20 * 60))
    assert unclear(index, seen("A123BC77", "entry")) == ("order_impossible", ["1"])


def test_the_truck_inside_is_taken_before_its_own_next_booking() -> None:
    next_trip = replace(booking("2", "A123BC77"), expected_at=NOW + timedelta(days=1))
    index = CandidateIndex([inside("1", "A123BC77"), next_trip])
    assert matched(index, seen("A123BC77", "exit")) == ("1", "plate_exact")


def test_a_truck_whose_entry_was_not_read_is_found_by_its_plate() -> None:
    index = CandidateIndex([booking("1", "A123BC77")])
    assert matched(index, seen("A123BC77", "exit")) == ("1", "plate_exact")
    assert unclear(index, seen("A123BC97", "exit")) == ("unlikely", ["1"])


def test_a_near_plate_must_be_due_at_the_stage() -> None:
    index = CandidateIndex([inside("1", "A123BC77", stages_due=frozenset({"border", "customs"}))])
    assert matched(index, seen("A123BC97", "stage_in", stage="customs")) == ("1", "plate_near")
    assert unclear(index, seen("A123BC97", "stage_in", stage="xray")) == ("unlikely", ["1"])
    assert matched(index, seen("A123BC77", "stage_in", stage="xray")) == ("1", "plate_exact")


def test_a_near_plate_must_be_expected_about_now() -> None:
    late = replace(booking("1", "A123BC77"), expected_at=NOW + timedelta(hours=13))
    assert unclear(CandidateIndex([late]), seen("A123BC97")) == ("unlikely", ["1"])


def test_a_short_plate_is_matched_whole_only() -> None:
    index = CandidateIndex([booking("1", "AB12")])
    assert matched(index, seen("AB12")) == ("1", "plate_exact")
    assert isinstance(match(index, seen("AB13")), NewPassage)


def test_an_illegible_tap_goes_to_an_officer() -> None:
    assert unclear(CandidateIndex(), seen("--", kind="tap")) == ("illegible", [])


def test_the_index_follows_passages_that_open_change_and_close() -> None:
    index = CandidateIndex([booking("1", "A123BC77", codes=("GL-1",))])
    index.add(booking("1", "M555KX24", codes=("GL-2",)))
    assert (len(index), index.with_plate("A123BC77"), index.with_code("GL-1")) == (1, [], [])
    assert index.near("A123BC77") == []
    assert [near.candidate.id for near in index.near("M556KX24")] == ["1"]
    index.remove("1")
    index.remove("1")
    assert (len(index), "1" in index, list(index)) == (0, False, [])
    assert index.near("M556KX24") == []


PLATES = st.text("AB8K01O7", min_size=1, max_size=6)


@given(st.lists(PLATES, max_size=12), PLATES)
def test_the_index_finds_what_a_search_of_all_finds(plates: list[str], read: str) -> None:
    """Adding and removing in any way leaves the index as if built afresh."""
    candidates = [booking(str(n), plate) for n, plate in enumerate(plates)]
    grown = CandidateIndex(candidates)
    grown.near(read)
    for candidate in candidates[::2]:
        grown.remove(candidate.id)
    fresh = CandidateIndex(candidates[1::2])
    assert grown.near(read) == fresh.near(read)
    assert match(grown, seen(read)) == match(fresh, seen(read))


@given(st.lists(PLATES, max_size=8), PLATES, st.sampled_from(["park_in", "entry", "exit"]))
def test_the_order_of_candidates_does_not_matter(plates: list[str], read: str, point: str) -> None:
    candidates = [booking(str(n), plate) for n, plate in enumerate(plates)]
    there = match(CandidateIndex(candidates), seen(read, point))
    back = match(CandidateIndex(reversed(candidates)), seen(read, point))
    assert there == back
