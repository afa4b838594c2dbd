"""The checkpoint that the player acts out: nobody is lost, no lane doubled, and the order is kept."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from greenlane.player.acting import LegPlay
from greenlane.player.arrivals import day_bounds
from greenlane.player.checkpoint import PhysicalCheckpoint, Sighting
from greenlane.player.desk import Grant
from greenlane.player.fleet import make_fleet
from greenlane.player.journey import Leg, journeys_of
from greenlane.player.lanes import Visitor
from greenlane.player.plan import plan_day
from greenlane.registry.crossing import Lane, OfficerPool, Shift, Staffing, Stage
from greenlane.registry.crossing_file import read_crossing
from greenlane.registry.hours import ALL_WEEK

CROSSING = read_crossing(Path(__file__).parents[2] / "crossings" / "yahodyn-dorohusk.yaml")
DAY = date(2026, 5, 4)
START, END = day_bounds(DAY, "Europe/Kyiv")
OUTBOUND = Leg(CROSSING.checkpoint("yahodyn"), "outbound")
INBOUND = Leg(CROSSING.checkpoint("yahodyn"), "inbound")
WAY = ["queue_end", "park_in", "call", "park_out", "entry", "stage_in", "stage_out", "exit"]


def _play_day(seed: int = 1, *, calls: bool = True) -> tuple[LegPlay, int]:
    """A day's trucks, each with the slot it asked for, announced to an empty checkpoint."""
    journey = journeys_of(CROSSING)[0]
    fleet = make_fleet(journey, ["UA"] * 20, seed)
    play = LegPlay(OUTBOUND, 0, START, seed, calls=calls)
    trips = [trip for trip in plan_day(journey, fleet, DAY, seed) if trip.comes]
    for number, trip in enumerate(trips):
        grant = Grant(f"GL-{number}", trip.asked_for, trip.asked_for + 1800.0, False) if trip.books else None
        play.admit(trip, fleet, trip.arrives_at, grant)
    return play, len(trips)


@pytest.fixture(scope="module")
def day() -> tuple[list[Sighting], int]:
    play, trucks = _play_day()
    return play.checkpoint.finish(END + 86_400), trucks


def test_every_truck_that_comes_leaves_and_passes_its_route_once(day: tuple[list[Sighting], int]) -> None:
    seen, trucks = day
    by_truck: dict[str, list[Sighting]] = defaultdict(list)
    for one in seen:
        by_truck[one.truck.key].append(one)
    assert len(by_truck) == trucks
    for ways in by_truck.values():
        points = [one.point for one in ways]
        assert points[:3] == ["park_in", "call", "park_out"]
        assert (points[3], points[-1], points.count("exit")) == ("entry", "exit", 1)
        stages = [one.stage for one in ways if one.point == "stage_in"]
        assert stages == list(ways[0].truck.route[1:-1])
        assert stages == [one.stage for one in ways if one.point == "stage_out"]


def test_sightings_are_in_order_of_time(day: tuple[list[Sighting], int]) -> None:
    times = [one.at for one in day[0]]
    assert times == sorted(times)


def test_no_lane_serves_two_trucks(day: tuple[list[Sighting], int]) -> None:
    occupied: dict[tuple[str, str], str] = {}
    visits = 0
    for one in day[0]:
        place = one.stage, one.lane
        if one.point == "stage_in":
            assert place not in occupied
            occupied[place] = one.truck.key
        elif one.point == "stage_out":
            assert occupied.pop(place) == one.truck.key
            visits += 1
    assert visits > 1_000
    assert not occupied


def test_at_a_stage_those_of_one_rank_are_served_in_the_order_they_came(
    day: tuple[list[Sighting], int],
) -> None:
    """The order of leaving the stage before is the order of coming, since all drive the same way."""
    came: dict[tuple[str, str, int], list[str]] = defaultdict(list)
    served: dict[tuple[str, str, int], list[str]] = defaultdict(list)
    for one in day[0]:
        rank = one.truck.rank
        if one.point == "stage_out":
            after = one.truck.route[one.truck.route.index(one.stage) + 1]
            came[after, one.truck.channel, rank].append(one.truck.key)
        elif one.point == "stage_in":
            served[one.stage, one.truck.channel, rank].append(one.truck.key)
    for stage in ("border", "customs"):
        for rank in range(3):
            assert served[stage, "green", rank] == came[stage, "green", rank]


def test_no_more_trucks_are_called_than_the_rule_lets_in(day: tuple[list[Sighting], int]) -> None:
    out = peak = 0
    for one in day[0]:
        out += (one.point == "call") - (one.point == "exit")
        peak = max(peak, out)
    assert 0 < peak <= OUTBOUND.course.slots.inside_limit


def test_nobody_is_called_so_soon_that_he_would_be_early_at_the_barrier(
    day: tuple[list[Sighting], int],
) -> None:
    lead_s = OUTBOUND.course.slots.release_lead_minutes * 60
    drive_s = OUTBOUND.parks[0].travel_minutes * 60
    for one in day[0]:
        if one.point == "call" and one.truck.slot_start is not None:
            assert one.at >= one.truck.slot_start - lead_s - drive_s * one.truck.drive_factor - 1e-6


def test_stepping_gives_the_same_as_one_go(day: tuple[list[Sighting], int]) -> None:
    play, _ = _play_day()
    steps: list[Sighting] = []
    at = START
    while play.checkpoint.busy:
        at += 97.0
        steps += play.checkpoint.advance(at)
    told = [(one.at, one.point, one.stage, one.lane, one.truck.key) for one in steps]
    assert told == [(one.at, one.point, one.stage, one.lane, one.truck.key) for one in day[0]]


def test_live_a_booked_truck_waits_until_the_platform_calls_it() -> None:
    checkpoint = PhysicalCheckpoint(OUTBOUND, START, calls=False)
    checkpoint.arrive(_truck("booked", START + 60, booking="GL-1", slot_start=START))
    checkpoint.arrive(_truck("walk-in", START + 60))
    seen = checkpoint.advance(START + 7200)
    assert [one.point for one in seen if one.truck.key == "booked"] == ["park_in"]
    walk_in = [one.point for one in seen if one.truck.key == "walk-in"]
    assert "exit" in walk_in, "the officer lets in a truck without a booking"
    assert "call" not in walk_in, "and the sign calls nobody while the platform does"
    checkpoint.called("booked", START + 7200)
    seen = checkpoint.advance(START + 14_400)
    assert [one.point for one in seen][:2] == ["park_out", "entry"]
    assert seen[-1].point == "exit"
    assert not checkpoint.busy


def test_a_truck_called_before_it_has_come_drives_straight_on() -> None:
    checkpoint = PhysicalCheckpoint(OUTBOUND, START, calls=False)
    checkpoint.arrive(_truck("early call", START + 600, booking="GL-1", slot_start=START))
    checkpoint.called("early call", START)
    seen = checkpoint.advance(START + 7200)
    assert seen[0].at == START + 600
    assert [one.point for one in seen][:3] == ["park_in", "park_out", "entry"]


def test_who_gives_up_leaves_the_park_and_does_not_cross() -> None:
    checkpoint = PhysicalCheckpoint(OUTBOUND, START, calls=False)
    checkpoint.arrive(_truck("tired", START, booking="GL-1", slot_start=START))
    checkpoint.advance(START + 60)
    checkpoint.give_up("tired")
    assert [one.point for one in checkpoint.advance(START + 61)] == ["park_out"]
    assert not checkpoint.busy


def test_without_a_park_trucks_line_up_at_the_barrier_in_order() -> None:
    checkpoint = PhysicalCheckpoint(INBOUND, START, calls=False)
    for number in range(30):
        checkpoint.arrive(_truck(f"{number:02d}", START + number, booking="GL-1", slot_start=START))
    seen = checkpoint.finish(END)
    ends = [one.truck.key for one in seen if one.point == "queue_end"]
    assert ends == sorted(ends)
    assert ends == [one.truck.key for one in seen if one.point == "entry"]


def test_a_full_park_makes_a_line_before_it() -> None:
    park = replace(OUTBOUND.parks[0], places=2)
    leg = Leg(replace(OUTBOUND.checkpoint, parks=(park,)), "outbound")
    checkpoint = PhysicalCheckpoint(leg, START, calls=False)
    for number in range(3):
        checkpoint.arrive(_truck(f"{number}", START + number, booking=f"GL-{number}", slot_start=START))
    assert [one.point for one in checkpoint.advance(START + 60)] == ["park_in", "park_in", "queue_end"]
    checkpoint.called("0", START + 60)
    after = [(one.point, one.truck.key) for one in checkpoint.advance(START + 300)]
    assert after == [("park_out", "0"), ("park_in", "2")]


def test_trucks_are_called_by_slot_with_a_share_for_those_without_a_booking() -> None:
    rules = replace(OUTBOUND.course.slots, inside_limit=1, live_share=0.25)
    course = replace(OUTBOUND.course, slots=rules)
    leg = Leg(replace(OUTBOUND.checkpoint, directions={"outbound": course}), "outbound")
    checkpoint = PhysicalCheckpoint(leg, START, calls=True)
    for number in range(6):
        checkpoint.arrive(_truck(f"live {number}", START + number))
        booked = _truck(f"slot {number}", START + number, booking=f"GL-{number}", slot_start=START - number)
        checkpoint.arrive(booked)
    checkpoint.arrive(_truck("late", START + 6, booking="GL-9", slot_start=START - 4 * 3600))
    calls = [one.truck.key for one in checkpoint.finish(END) if one.point == "call"]
    # The first to have parked is called at once; the others wait for their turn.
    slots = [key for key in calls[1:] if not key.startswith("live")]
    assert slots == [*sorted(slots[:-1], reverse=True), "late"], "the earliest slot first, the late one last"
    assert 2 <= sum(key.startswith("live") for key in calls[:8]) <= 3


def test_priority_classes_go_first_where_trucks_wait() -> None:
    checkpoint = PhysicalCheckpoint(INBOUND, START, calls=False)
    for number in range(6):
        checkpoint.arrive(_truck(f"plain {number}", START))
    checkpoint.arrive(_truck("aid", START + 1, rank=0))
    entries = [one.truck.key for one in checkpoint.finish(END) if one.point == "entry"]
    assert entries.index("aid") == 1, "it passes all but the truck that is already in the lane"


def test_no_room_before_a_stage_keeps_the_truck_in_the_lane_before() -> None:
    course = INBOUND.course
    stages = tuple(
        replace(stage, room=0, lanes=stage.lanes[:1]) if stage.code == "border" else stage
        for stage in course.stages
    )
    checkpoint = PhysicalCheckpoint(_with_stages(stages), START, calls=False)
    for number in range(5):
        checkpoint.arrive(_truck(f"{number}", START, service_s=(1.0, 1.0, 500.0, 1.0, 1.0)))
    standing = peak = 0
    seen = checkpoint.finish(END)
    for one in seen:
        if one.stage == "weighing":
            standing += (one.point == "stage_in") - (one.point == "stage_out")
        peak = max(peak, standing)
    assert peak == 2, "both weighing lanes hold a truck that waits for the one border lane"
    stays = [one.at for one in seen if one.truck.key == "2" and one.stage == "weighing"]
    assert stays[1] - stays[0] > 400, "its stay there is long, though its weighing took a second"


def test_lanes_open_and_close_by_their_shifts_but_serve_who_is_inside() -> None:
    day_shift = (Shift((0, 1, 2, 3, 4, 5, 6), 8 * 60, 9 * 60),)
    stages = tuple(
        replace(stage, lanes=(Lane(stage.lanes[0].code, day_shift),)) for stage in INBOUND.course.stages
    )
    checkpoint = PhysicalCheckpoint(_with_stages(stages), START, calls=False)
    opens = START + 8 * 3600
    checkpoint.arrive(_truck("night", START + 60))
    checkpoint.arrive(_truck("last", opens + 3570))
    checkpoint.arrive(_truck("after hours", opens + 3700))
    seen = checkpoint.finish(START + 30 * 3600)
    at = {(one.truck.key, one.point): one.at for one in seen}
    assert at["night", "entry"] == opens
    assert at["last", "exit"] > opens + 3600, "who is inside is served to the end"
    assert ("after hours", "entry") not in at
    later = {(one.truck.key, one.point): one.at for one in checkpoint.finish(START + 40 * 3600)}
    assert later["after hours", "entry"] == opens + 86_400


def test_officers_of_a_pool_serve_no_more_trucks_than_they_are() -> None:
    """Two by day and one by night for weighing and border, whose lanes are six."""
    day = Staffing(Shift(ALL_WEEK, 8 * 60, 20 * 60), 1)
    pool = OfficerPool("team", (Staffing(Shift(ALL_WEEK, 0, 1440), 1), day))
    shared = ("weighing", "border")
    stages = tuple(
        replace(stage, officers="team" if stage.code in shared else None) for stage in INBOUND.course.stages
    )
    checkpoint = PhysicalCheckpoint(_with_stages(stages, officers=(pool,)), START, calls=False)
    for number in range(60):
        checkpoint.arrive(
            _truck(f"{number}", START + 7 * 3600 + number, service_s=(1.0, 50.0, 100.0, 1.0, 1.0))
        )
    seen = checkpoint.finish(END)
    assert sum(one.point == "exit" for one in seen) == 60
    serving, most = 0, {True: 0, False: 0}
    for one in seen:
        if one.stage in shared:
            serving += (one.point == "stage_in") - (one.point == "stage_out")
            is_day = one.at >= START + 8 * 3600
            most[is_day] = max(most[is_day], serving)
    assert most == {True: 2, False: 1}


def test_a_lane_of_two_stages_serves_one_truck_whoever_came_to_its_lines_first() -> None:
    """Weighing has no lane but the two at the border."""
    stages = tuple(
        replace(stage, lanes=())
        if stage.code == "weighing"
        else replace(stage, lanes=tuple(replace(lane, also=("weighing",)) for lane in stage.lanes[:2]))
        if stage.code == "border"
        else stage
        for stage in INBOUND.course.stages
    )
    checkpoint = PhysicalCheckpoint(_with_stages(stages), START, calls=False)
    for number in range(20):
        checkpoint.arrive(_truck(f"{number:02d}", START + number, service_s=(30.0, 50.0, 100.0, 1.0, 1.0)))
    seen = checkpoint.finish(END)
    assert sum(one.point == "exit" for one in seen) == 20
    inside: dict[str, str] = {}
    came: dict[tuple[str, str], float] = {}
    served: list[float] = []
    for one in seen:
        if one.point == "entry":
            came[one.truck.key, "weighing"] = one.at + 30.0
        if one.stage not in ("weighing", "border"):
            continue
        if one.point == "stage_in":
            assert one.lane not in inside
            inside[one.lane] = one.truck.key
            served.append(came[one.truck.key, one.stage])
        else:
            del inside[one.lane]
            came[one.truck.key, "border"] = one.at
    assert served == sorted(served), "the first to have come to either line goes first"


def _with_stages(stages: tuple[Stage, ...], officers: tuple[OfficerPool, ...] = ()) -> Leg:
    course = replace(INBOUND.course, stages=stages, officers=officers)
    return Leg(replace(INBOUND.checkpoint, directions={"inbound": course}), "inbound")


def _truck(
    key: str,
    arrives_at: float,
    *,
    booking: str = "",
    slot_start: float | None = None,
    rank: int = 2,
    service_s: tuple[float, ...] = (25.0, 50.0, 100.0, 140.0, 20.0),
) -> Visitor:
    return Visitor(
        key=key,
        plate="AB1234CD",
        country="UA",
        vehicle_class="laden",
        channel="green",
        route=("entry", "weighing", "border", "customs", "exit"),
        service_s=service_s,
        arrives_at=arrives_at,
        rank=rank,
        booking=booking,
        slot_start=slot_start,
        slot_end=None if slot_start is None else slot_start + 1800,
    )
