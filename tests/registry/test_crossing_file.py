"""A crossing file gives a crossing, or every fault in it with line, field and mend."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from crossing_texts import GOOD, line_of, spoiled
from hypothesis import given, settings
from hypothesis import strategies as st

from greenlane.errors import GreenlaneError
from greenlane.registry.crossing import Crossing, Provenance
from greenlane.registry.crossing_file import read_crossing
from greenlane.registry.crossing_problems import CrossingFileError, Problem

OUTBOUND = "checkpoints.A.directions.outbound"


def problems_of(text: str) -> tuple[Problem, ...]:
    with pytest.raises(CrossingFileError) as caught:
        read_crossing(text)
    return caught.value.problems


def only_problem(text: str) -> Problem:
    problems = problems_of(text)
    assert len(problems) == 1, [str(problem) for problem in problems]
    return problems[0]


def test_a_good_file_gives_plain_numbers() -> None:
    crossing = read_crossing(GOOD)
    booth = crossing.checkpoint("left").directions["outbound"].stage("booth")
    assert (booth.plan_s, booth.room, booth.service.mean_s, booth.service.family) == (120, 4, 100.0, "gamma")
    assert [lane.code for lane in booth.lanes] == ["B1", "B2", "B3"]
    slots = crossing.checkpoint("A").directions["outbound"].slots
    assert (slots.slot_capacity, slots.day_capacity, slots.class_per_hour) == (8, None, {"empty": 12})


def test_each_figure_knows_where_it_comes_from() -> None:
    sources = read_crossing(GOOD).sources
    service = f"{OUTBOUND}.stages.booth.service"
    assert sources[f"{service}.mean_s"] == Provenance("source", "Example study 2020, p. 3")
    assert sources[f"{service}.cv"] == Provenance("assumed", "guess")
    assert sources[f"{OUTBOUND}.arrivals.hourly"] == Provenance("source", "Example counts 2020")
    assert sources[f"{OUTBOUND}.stages.booth.lanes.B3"].kind == "assumed"


def test_an_anchored_section_is_read_again_where_it_is_named() -> None:
    crossing = read_crossing(GOOD)
    out, back = (
        crossing.checkpoint("A").directions["outbound"],
        crossing.checkpoint("B").directions["inbound"],
    )
    assert back.stages == out.stages
    assert "checkpoints.B.directions.inbound.slots.horizon_days" in crossing.sources


def test_merged_keys_may_be_overruled() -> None:
    merged = "      inbound:\n        <<: *way\n        priority_classes: [bus]\n"
    text = spoiled("      inbound: *way\n", merged)
    directions = read_crossing(text).checkpoint("A").directions
    assert directions["inbound"].priority_classes == ("bus",)
    assert directions["inbound"].arrivals == directions["outbound"].arrivals


def test_the_document_round_trips_through_json() -> None:
    crossing = read_crossing(GOOD)
    assert Crossing.from_document(json.loads(json.dumps(crossing.as_document()))) == crossing


def test_a_document_of_another_shape_is_refused() -> None:
    document = read_crossing(GOOD).as_document()
    del document["checkpoints"][0]["zone"]
    with pytest.raises(KeyError, match="zone"):
        Crossing.from_document(document)


# (what stands in the file, what is put there, the field at fault, a part of the message, a part of the mend)
FAULTS = [
    ("slot_minutes: 30", "slot_minuts: 30", f"{OUTBOUND}.slots.slot_minuts", "unknown key", "'slot_minutes'"),
    ("mode: road\n", "mode: road\ncolour: red\n", "colour", "unknown key", "Known keys: checkpoints"),
    ("    zone: Europe/Kyiv\n", "", "checkpoints.A.zone", "is missing", "Add 'zone'"),
    ("Europe/Kyiv", "Europe/Kyyiv", "checkpoints.A.zone", "not a time zone", "'Europe/Kyiv'"),
    ("country: UA", "country: XX", "checkpoints.A.country", "not a country code", "ISO 3166"),
    ("country: UA", "country: NO", "checkpoints.A.country", "must be text", '"NO"'),
    ("country: UA", "country: PL", "checkpoints.B", "is in PL as A is", "two countries"),
    ("lat: 51.19", "lat: 91", "checkpoints.A.position.lat", "out of bounds", "from -90 to 90"),
    ("lat: 51.19, lon: 23.81", "lat: 23.81, lon: 51.19", "checkpoints.B", "km from A", "exchanged"),
    ("code: right", "code: left", "checkpoints.B", "same code", "own code"),
    ("mode: road", "mode: boat", "mode", "not known here", "road"),
    ("green: 0.9", "green: 0.8", f"{OUTBOUND}.channel_shares", "sum to 0.9, not 1", "sum to 1"),
    ("green: 0.9", "grene: 0.9", f"{OUTBOUND}.channel_shares.grene", "unknown key", "'green'"),
    ("no_show_share: 0.05", "no_show_share: 0.5", f"{OUTBOUND}.turnout", "sum to 1.45", "sum to 1"),
    ("red: [gate, booth", "red: [gate, boot", f"{OUTBOUND}.routes.red", "unknown stage 'boot'", "'booth'"),
    ("green: [gate, booth", "green: [booth", f"{OUTBOUND}.routes.green", "begin at a stage", "entry barrier"),
    ("search, out]", "search]", f"{OUTBOUND}.routes.red", "end at a stage", "exit barrier"),
    (
        "red: 0.1,",
        "red: 0.05, amber: 0.05,",
        f"{OUTBOUND}.routes",
        "no route for the channel 'amber'",
        "amber",
    ),
    (
        "channels: [red]",
        "channels: [amber]",
        f"{OUTBOUND}.stages.search.lanes",
        "takes the channel",
        "Add red",
    ),
    ("mon-fri", "mon-fry", f"{OUTBOUND}.stages.booth.lanes.B3.shifts[0].days", "not a day", "mon-fri"),
    (
        "22:00-06:00",
        "22-06",
        f"{OUTBOUND}.stages.booth.lanes.B3.shifts[0].hours",
        "not a span",
        "over midnight",
    ),
    (
        "22:00-06:00",
        "10:00-24:30",
        f"{OUTBOUND}.stages.booth.lanes.B3.shifts[0].hours",
        "not a span",
        "24:00",
    ),
    ("lanes: [{code: G1, shifts: always}]", "lanes: []", f"{OUTBOUND}.stages.gate.lanes", "empty list", "- "),
    ("code: B3", "code: B1", f"{OUTBOUND}.stages.booth.lanes.B1", "'B1' stands twice", "own code"),
    ("cv: 0.5", "cv: -1", f"{OUTBOUND}.stages.booth.service.cv", "-1 is out of bounds", "0 or more"),
    ("cv: 0.5", "cv: .nan", f"{OUTBOUND}.stages.booth.service.cv", "must be a number", "number"),
    ("cv: 0.5", "cv: 1:30", f"{OUTBOUND}.stages.booth.service.cv", "must be a number", "number"),
    ("family: gamma", "family: gama", f"{OUTBOUND}.stages.booth.service.family", "'gama'", "'gamma'"),
    ("horizon_days: 14", "horizon_days: 1.5", f"{OUTBOUND}.slots.horizon_days", "whole number", "whole"),
    (
        "horizon_days: 14",
        "horizon_days: {value: 14, src: x}",
        f"{OUTBOUND}.slots.horizon_days.src",
        "unknown",
        "",
    ),
    ("step_minutes: 15", "step_minutes: 45", f"{OUTBOUND}.slots.step_minutes", "longer than", "part of it"),
    ("step_minutes: 15", "step_minutes: 20", f"{OUTBOUND}.slots.step_minutes", "with a rest", "15"),
    ("void_minutes: 120", "void_minutes: 20", f"{OUTBOUND}.slots.void_minutes", "below late", "late before"),
    ("live_share: 0.1", "live_share: 0.99", f"{OUTBOUND}.slots.live_share", "above 1", "Lower"),
    ("least_s: 120", "least_s: 700", f"{OUTBOUND}.stages.search.service.least_s", "above mean_s", "below"),
    ("plan_s: 30", "plan_s: 500", f"{OUTBOUND}.routes", "650 s", "Lower plan_s"),
    ("22, 23]", "22]", f"{OUTBOUND}.arrivals.hourly", "24 numbers, found 23 items", "24 numbers"),
    ("[0, 1, 2,", "[0, one, 2,", f"{OUTBOUND}.arrivals.hourly[1]", "found 'one'", "number"),
    ("zh: 左", "zh: ''", "checkpoints.A.names.zh", "must be text", "text"),
    ("code: yard", "code: the yard", "checkpoints.A.parks[0].code", "not a code", "letters"),
    ("places: 100", "places: many", "checkpoints.A.parks.yard.places", "found 'many'", "whole number"),
    (
        "cameras: {misread_share: 0.02, missed_share: 0.01, assumed: guess}",
        "cameras: 3",
        f"{OUTBOUND}.cameras",
        "must be a mapping",
        "key: value",
    ),
    (
        "missed_share: 0.01, assumed: guess",
        "missed_share: 0.01, assumed: a, source: b",
        f"{OUTBOUND}.cameras.assumed",
        "both source and assumed",
        "Keep",
    ),
]


@pytest.mark.parametrize(
    ("old", "new", "field", "message", "mend"), FAULTS, ids=[fault[1] for fault in FAULTS]
)
def test_a_fault_is_named_with_field_message_and_mend(
    old: str, new: str, field: str, message: str, mend: str
) -> None:
    problem = only_problem(spoiled(old, new))
    assert problem.field == field
    assert message in problem.message
    assert mend in problem.mend


def test_a_figure_without_source_or_reason_is_refused() -> None:
    text = spoiled(
        "cameras: {misread_share: 0.02, missed_share: 0.01, assumed: guess}",
        "cameras: {misread_share: 0.02, missed_share: {value: 0.01, source: study}}",
    )
    problem = only_problem(text)
    assert problem.field == f"{OUTBOUND}.cameras.misread_share"
    assert problem.message == "has neither source nor assumed"


def test_lanes_need_a_source_or_a_reason_too() -> None:
    text = spoiled(
        "    plan_s: 30\n            assumed: guess\n            service: {mean_s: 20, cv: 0, family: fixed}",
        "    plan_s: {value: 30, assumed: guess}\n"
        "            service: {mean_s: 20, cv: 0, family: fixed, assumed: guess}",
    )
    assert only_problem(text).field == f"{OUTBOUND}.stages.gate.lanes.G1"


def test_line_and_column_point_at_the_value() -> None:
    text = spoiled("places: 100", "places: many")
    problem = only_problem(text)
    line = text.splitlines()[problem.line - 1]
    assert problem.line == line_of(text, "places: many")
    assert line[problem.column - 1 :] == "many"


def test_all_faults_are_told_in_the_order_of_the_file() -> None:
    text = (
        spoiled("country: UA", "country: XX").replace("cv: 0.5", "cv: x", 1).replace("code: right\n", "\n", 1)
    )
    problems = problems_of(text)
    assert [problem.field for problem in problems] == [
        "checkpoints.A.country",
        f"{OUTBOUND}.stages.booth.service.cv",
        "checkpoints.B.code",
    ]


def test_every_missing_key_is_told() -> None:
    assert [problem.field for problem in problems_of("code: example\n\n")] == ["checkpoints", "mode", "names"]


def test_a_fault_in_a_reused_section_is_told_once() -> None:
    text = spoiled("horizon_days: 14", "").replace("hold_minutes: 5", "").replace("mode: road", "mode: rail")
    assert [problem.field for problem in problems_of(text)] == [
        "mode",
        f"{OUTBOUND}.slots.hold_minutes",
        f"{OUTBOUND}.slots.horizon_days",
    ]


def test_a_key_that_stands_twice_is_named_with_the_first_line() -> None:
    problem = only_problem(spoiled("    country: UA\n", "    country: UA\n    country: UA\n"))
    assert problem.field == "checkpoints.A.country"
    assert problem.message == "stands twice, first on line 8"


def test_a_stage_that_no_channel_visits_is_named() -> None:
    problem = only_problem(spoiled("red: [gate, booth, search, out]", "red: [gate, booth, out]"))
    assert problem.field == f"{OUTBOUND}.stages.search"
    assert problem.message == "no channel visits it"


@pytest.mark.parametrize(
    ("text", "message", "line"),
    [
        ("code: [a\nnames: b\n", "is not YAML", 2),
        ("code: a\n\tnames: b\n", "is not YAML", 2),
        ("code: a\n--- \ncode: b\n", "is not YAML", 2),
        ("# nothing\n\n", "is empty", 1),
        ("- a\n- b\n", "must be a mapping", 1),
        ("code: a\nnames: \x07\n", "forbids", 2),
        ("a: " + "[" * 900 + "\n", "nested too deeply", 1),
        ("code: a\nnames: &a {<<: *a}\n", "'<<' must name a plain mapping", 2),
    ],
)
def test_text_that_is_no_crossing_is_refused_with_a_line(text: str, message: str, line: int) -> None:
    told = {problem.line: problem for problem in problems_of(text) if message in problem.message}
    assert list(told) == [line]
    assert told[line].mend


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    line=st.integers(0, GOOD.count("\n") - 1),
    spoil=st.sampled_from(["", "x", "[]", "{}", "-1", "null", "[a, {b: c}]", "&way", "<<: 1", "'"]),
)
def test_whatever_a_line_becomes_the_answer_is_a_crossing_or_its_problems(line: int, spoil: str) -> None:
    lines = GOOD.splitlines()
    key, colon, _ = lines[line].partition(":")
    lines[line] = f"{key}{colon} {spoil}" if spoil else ""
    assert all(0 < place <= len(lines) + 1 for place in lines_at_fault("\n".join(lines)))


def lines_at_fault(text: str) -> list[int]:
    try:
        read_crossing(text)
    except CrossingFileError as error:
        return [problem.line for problem in error.problems]
    return []


def test_an_absent_file_is_a_problem_not_a_traceback(tmp_path: Path) -> None:
    with pytest.raises(CrossingFileError) as caught:
        read_crossing(tmp_path / "none.yaml")
    assert "no such file" in caught.value.problems[0].message
    assert caught.value.lines()[0].startswith(f"{tmp_path / 'none.yaml'}:1:1 ")


def test_a_file_that_is_not_utf8_is_named_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "old.yaml"
    file.write_bytes("code: a\nnames: Забайкальск\n".encode("cp1251"))
    with pytest.raises(CrossingFileError) as caught:
        read_crossing(file)
    assert caught.value.problems[0].line == 2
    assert caught.value.problems[0].message == "is not UTF-8"


def test_the_error_carries_its_first_problem_for_the_api() -> None:
    with pytest.raises(GreenlaneError) as caught:
        read_crossing(spoiled("country: UA", "country: XX"))
    assert caught.value.code == "crossing_file"
    assert caught.value.field == "checkpoints.A.country"
    assert "ISO 3166" in str(caught.value.mend)
