"""The optional parts of a crossing file: fitted times, officers, shared lanes, failures, convoys."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import numpy as np
import pytest
from crossing_texts import FULL, GOOD, older, spoiled

from greenlane.registry.crossing import Crossing, Direction, Failures, Provenance, ServiceTime, observed_time
from greenlane.registry.crossing_diff import changes
from greenlane.registry.crossing_file import read_crossing
from greenlane.registry.crossing_problems import CrossingFileError, Problem

OUTBOUND = "checkpoints.A.directions.outbound"
BOOTH = f"{OUTBOUND}.stages.booth"
GROUPS = f"{BOOTH}.service.groups"
SEARCH = f"{OUTBOUND}.stages.search"


@pytest.fixture(scope="module")
def crossing() -> Crossing:
    return read_crossing(FULL)


@pytest.fixture(scope="module")
def outbound(crossing: Crossing) -> Direction:
    return crossing.checkpoint("left").directions["outbound"]


def test_the_most_specific_group_gives_the_time(outbound: Direction) -> None:
    service = outbound.stage("booth").service
    assert service.time_for("red", "laden") == ServiceTime(300, 0.4, "weibull", 60)
    assert service.time_for("red", "empty").values_s == (90, 150, 160.5, 400), "the channel before the class"
    assert service.time_for("green", "empty") == ServiceTime(40, 0, "fixed")
    assert service.time_for("green", "laden") == ServiceTime(100, 0.5, "gamma")


def test_observed_times_have_the_mean_and_spread_that_are_drawn() -> None:
    """Against the numbers that the quantile function gives for a fine grid of probabilities."""
    values = (90.0, 150.0, 160.5, 400.0)
    u = (np.arange(400_000) + 0.5) / 400_000
    drawn = np.interp(u, (np.arange(4) + 0.5) / 4, values)
    time = observed_time(values)
    assert (time.family, time.values_s) == ("empirical", values)
    assert time.mean_s == pytest.approx(drawn.mean(), rel=1e-9)
    assert time.cv == pytest.approx(drawn.std() / drawn.mean(), rel=1e-6)


def test_observed_times_are_scaled_by_channel_and_class() -> None:
    text = spoiled(
        "family: empirical, quantiles_s: {",
        "channel_mean_s: {red: 300.5}, class_factor: {laden: 2}, family: empirical, quantiles_s: {",
        FULL,
    )
    service = read_crossing(text).checkpoint("A").directions["outbound"].stage("search").service
    time = service.time_for("red", "laden")
    assert time.mean_s == 601
    assert time.values_s == (200, 500, 700, 1000), "half the mean, times two"
    assert service.time_for("green", "laden").values_s == (400, 1000, 1400, 2000)
    assert time.cv == service.cv


def test_a_mean_near_that_of_the_quantiles_is_kept_and_the_cv_is_worked_out(outbound: Direction) -> None:
    service = outbound.stage("search").service
    assert (service.mean_s, service.cv) == (601, observed_time((200, 500, 700, 1000)).cv)


def test_officers_are_counted_by_the_hour(outbound: Direction) -> None:
    (team,) = outbound.officers
    at = [datetime(2026, 11, day, hour, tzinfo=UTC) for day, hour in ((23, 12), (23, 23), (24, 5), (24, 23))]
    assert [team.on_duty(moment) for moment in at] == [3, 1, 1, 0], "the Monday's night ends on Tuesday"
    assert [stage.officers for stage in outbound.stages] == ["team", "team", None, None]


def test_a_lane_that_works_for_two_stages_is_a_lane_of_both(crossing: Crossing, outbound: Direction) -> None:
    assert [lane.code for lane in outbound.lanes_at("search")] == ["S1"]
    assert [lane.code for lane in outbound.lanes_at("out")] == ["S1", "X1"]
    left = crossing.checkpoint("left")
    opened = left.lanes_open("outbound", left.local(datetime.fromisoformat("2026-11-24T12:00+00:00")))
    assert (opened["search"], opened["out"]) == (1, 2)


def test_a_stage_may_have_lanes_of_others_alone() -> None:
    text = spoiled("            lanes: [{code: X1, shifts: always}]\n", "", FULL).replace(
        ", channels: [red]", ""
    )
    direction = read_crossing(text).checkpoint("A").directions["outbound"]
    assert direction.stage("out").lanes == ()
    assert [lane.code for lane in direction.lanes_at("out")] == ["S1"]


def test_each_lane_of_a_group_knows_how_it_fails_and_whence(crossing: Crossing, outbound: Direction) -> None:
    gate = outbound.stage("gate")
    assert [lane.failures for lane in gate.lanes] == [
        Failures(200, 30),
        Failures(200, 30),
        Failures(100, 20, "weibull", 0.8),
    ]
    assert outbound.stage("booth").lanes[0].failures is None
    path = f"{OUTBOUND}.stages.gate.lanes.G2.failures"
    assert crossing.sources[f"{path}.repair_minutes"] == Provenance("source", "Example log 2020")
    assert crossing.sources[f"{path}.between_hours"] == Provenance("assumed", "guess")
    assert not any("lanes[0]" in each for each in crossing.sources)


def test_groups_are_named_in_sources_by_channel_and_class(crossing: Crossing) -> None:
    assert crossing.sources[f"{GROUPS}.red.quantiles_s"] == Provenance("source", "Example log 2020")
    assert crossing.sources[f"{GROUPS}.red/laden.mean_s"] == Provenance("assumed", "guess")


def test_turnout_and_convoys_as_observed(outbound: Direction) -> None:
    assert outbound.turnout.offset_minutes == (-30, 0, 0, 45.5)
    assert (outbound.arrivals.convoy_share, outbound.arrivals.convoy_size) == (0.2, 6)


def test_the_document_with_every_part_round_trips_through_json(crossing: Crossing) -> None:
    assert Crossing.from_document(json.loads(json.dumps(crossing.as_document()))) == crossing


def test_a_document_kept_before_there_were_these_parts_loads_and_differs_in_nothing() -> None:
    crossing = read_crossing(GOOD)
    document = older(json.loads(json.dumps(crossing.as_document())))
    assert document != crossing.as_document()
    assert Crossing.from_document(document) == crossing
    assert changes(Crossing.from_document(document), crossing) == ()


def test_a_changed_group_is_told_by_its_name(crossing: Crossing) -> None:
    other = read_crossing(spoiled("mean_s: 300,", "mean_s: 310,", FULL))
    assert f"~ {GROUPS}.red/laden.time.mean_s: 300.0 -> 310.0" in [
        str(each) for each in changes(crossing, other)
    ]


IDLE = '{code: idle, shifts: [{days: daily, hours: "00:00-24:00", number: 1}], assumed: x}'
# (what stands in the full file, what is put there, the field at fault, a part of the message, of the mend)
FAULTS = [
    ("[90, 150,", "[150, 90,", f"{GROUPS}.red.quantiles_s[1]", "90 comes after 150", "smallest first"),
    ("[90, 150, 160.5, 400]", "[90]", f"{GROUPS}.red.quantiles_s", "two numbers or more", "quantiles"),
    ("[90, 150, 160.5, 400]", "[0, 0]", f"{GROUPS}.red.quantiles_s", "are all 0", "seconds"),
    ("[90, 150,", "[-90, 150,", f"{GROUPS}.red.quantiles_s[0]", "out of bounds", "0 or more"),
    (
        "channel: red, family: empirical, quantiles_s",
        "channel: red, family: empirical, mean_s: 190, quantiles_s",
        f"{GROUPS}.red.mean_s",
        "is 190, but that of quantiles_s is 200.125",
        "Leave it out",
    ),
    ("mean_s: 601,", "cv: 0.9,", f"{SEARCH}.service.cv", "is 0.9, but", "Leave it out"),
    ("mean_s: 601,", "least_s: 100,", f"{SEARCH}.service.least_s", "their own", "Remove"),
    ("mean_s: 601,", "channel_cv: {red: 1},", f"{SEARCH}.service.channel_cv", "observed times", "group"),
    ("quantiles_s: [90, 150, 160.5, 400],", "", f"{GROUPS}.red.quantiles_s", "is missing", "quantiles_s"),
    (
        "class: empty, mean_s",
        "class: empty, quantiles_s: [1, 2], mean_s",
        f"{GROUPS}.empty.quantiles_s",
        "beside the family fixed",
        "family: empirical",
    ),
    ("class: empty, mean_s", "mean_s", f"{GROUPS}[2]", "neither channel nor class", "a channel"),
    ("class: empty, mean_s", "channel: red, mean_s", f"{GROUPS}.red", "'red' stands twice", "one of the two"),
    ("least_s: 60}", "least_s: 400}", f"{GROUPS}.red/laden.least_s", "above mean_s", "below the mean"),
    ("class: empty, mean_s", "clas: empty, mean_s", f"{GROUPS}[2].clas", "unknown key 'clas'", "'class'"),
    (
        "room: 4\n            officers: team",
        "room: 4\n            officers: teem",
        f"{BOOTH}.officers",
        "unknown pool of officers 'teem'",
        "'team'",
    ),
    ("number: 3", "number: 0", f"{OUTBOUND}.officers.team.shifts[0].number", "out of bounds", "1 or more"),
    (", number: 3", "", f"{OUTBOUND}.officers.team.shifts[0].number", "is missing", "number"),
    (
        "officers:\n          - code: team",
        f"officers:\n          - {IDLE}\n          - code: team",
        f"{OUTBOUND}.officers.idle",
        "no stage draws on it",
        "officers: idle",
    ),
    ("also: [out]", "also: [oat]", f"{SEARCH}.lanes.S1.also", "unknown stage 'oat'", "'out'"),
    ("also: [out]", "also: [search]", f"{SEARCH}.lanes.S1.also", "its own stage", "further"),
    ("also: [out]", "also: [gate]", f"{SEARCH}.lanes.S1.also", "entry barrier shuts", "of its own"),
    (
        "{code: X1, shifts: always}",
        "{code: X1, shifts: always, also: [booth]}",
        f"{OUTBOUND}.stages.out.lanes.X1.also",
        "different pools",
        "one pool",
    ),
    ("code: X1", "code: S1", f"{SEARCH}.lanes.S1.also", "has a lane 'S1' of its own", "different codes"),
    (
        "classes: [laden]\n",
        "classes: [laden]\n            room: 2\n",
        f"{SEARCH}.lanes.S1.also",
        "'search' has a limit of room",
        "Leave out the room of search",
    ),
    (
        "kind: entry\n",
        "kind: entry\n            room: 2\n",
        f"{OUTBOUND}.stages.gate.room",
        "from outside",
        "Leave out",
    ),
    (
        "between_hours: 200",
        "between_hours: 0",
        f"{OUTBOUND}.stages.gate.lanes[0].failures.between_hours",
        "out of bounds",
        "0.01 or more",
    ),
    (
        "family: weibull, cv: 0.8",
        "family: empirical",
        f"{OUTBOUND}.stages.gate.lanes.G3.failures.family",
        "'empirical' is not known",
        "lognormal",
    ),
    (
        "convoy_size: 6",
        "convoy_size: 1",
        f"{OUTBOUND}.arrivals.convoy_size",
        "two trucks or more",
        "mean number",
    ),
    (
        "          convoy_size: 6\n",
        "",
        f"{OUTBOUND}.arrivals.convoy_size",
        "two trucks or more",
        "mean number",
    ),
    (
        "[-30, 0, 0, 45.5]",
        "[-30, 0, -1]",
        f"{OUTBOUND}.turnout.offset_quantiles_minutes[2]",
        "-1 comes after 0",
        "smallest first",
    ),
    (
        "code: S1, shifts: always, channels: [red]",
        "code: S1, shifts: always, classes: [empty], channels: [red]",
        f"{SEARCH}.lanes",
        "no lane takes red trucks of the class 'laden'",
        "Add laden",
    ),
    (
        "lanes: [{code: S1, shifts: always, channels: [red], also: [out]}]\n",
        "\n",
        f"{SEARCH}.lanes",
        "is missing",
        "under 'also'",
    ),
]


def only_problem(text: str) -> Problem:
    with pytest.raises(CrossingFileError) as caught:
        read_crossing(text)
    assert len(caught.value.problems) == 1, caught.value.lines()
    return caught.value.problems[0]


@pytest.mark.parametrize(
    ("old", "new", "field", "message", "mend"), FAULTS, ids=[fault[2] for fault in FAULTS]
)
def test_a_fault_is_named_with_field_message_and_mend(
    old: str, new: str, field: str, message: str, mend: str
) -> None:
    problem = only_problem(spoiled(old, new, FULL))
    assert problem.field == field
    assert message in problem.message
    assert mend in problem.mend
    assert problem.line > 1


def test_routes_that_go_opposite_ways_may_not_meet_a_limit_of_room() -> None:
    there = "green: [gate, booth, search, out]"
    text = spoiled("green: [gate, booth, out]", there).replace("classes: [laden]\n", "\n", 1)
    text = text.replace("red: [gate, booth, search, out]", "red: [gate, search, booth, out]", 1)
    text = text.replace(", channels: [red]", "", 1).replace("plan_s: 600", "plan_s: 60", 1)
    problem = only_problem(text)
    assert (problem.field, "opposite ways" in problem.message) == (f"{BOOTH}.room", True)
    read_crossing(text.replace("            room: 4\n", "", 1))
