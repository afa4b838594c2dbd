"""The player's lanes open as the published roster has them, which it reads as any outsider may."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from fake_greenlane import FakeGreenlane

from greenlane.player.checkpoint import PhysicalCheckpoint, Sighting
from greenlane.player.client import Api
from greenlane.player.day_roster import DayRoster
from greenlane.player.journey import Leg
from greenlane.player.lanes import Visitor
from greenlane.player.rosters import Rosters
from greenlane.registry.crossing_file import read_crossing

CROSSING = read_crossing(Path(__file__).parents[2] / "crossings" / "yahodyn-dorohusk.yaml")
LEG = Leg(CROSSING.checkpoint("A"), "inbound")
START = datetime(2026, 11, 24, 22, 0, tzinfo=UTC).timestamp()
"""Local midnight in Kyiv."""
HOUR = 3600.0


def customs_lanes() -> list[str]:
    """Codes of the customs lanes as described."""
    return [lane.code for lane in LEG.course.stage("customs").lanes]


def trucks(number: int, at: float) -> list[Visitor]:
    """Trucks that come at once and stay two hours at customs."""
    route = tuple(stage.code for stage in LEG.course.stages_for("green", "laden"))
    service = tuple(2 * HOUR if code == "customs" else 1.0 for code in route)
    return [
        Visitor(f"{at}-{n}", f"AA{n:04d}BB", "UA", "laden", "green", route, service, at)
        for n in range(number)
    ]


def at_customs(seen: list[Sighting]) -> list[Sighting]:
    """Those who came into a customs lane."""
    return [one for one in seen if (one.point, one.stage) == ("stage_in", "customs")]


def test_lanes_open_and_close_by_the_roster_and_others_by_their_shifts() -> None:
    first, *others = customs_lanes()
    roster = DayRoster(
        {("customs", first): ((START, START + 24 * HOUR),)}
        | {("customs", code): ((START + 6 * HOUR, START + 8 * HOUR),) for code in others}
    )
    checkpoint = PhysicalCheckpoint(LEG, START, calls=False, rosters=lambda _leg, _day: roster)
    for truck in trucks(len(others) + 1, START + HOUR):
        checkpoint.arrive(truck)
    seen = [
        one
        for one in checkpoint.advance(START + 7 * HOUR)
        if (one.point, one.stage) == ("stage_in", "customs")
    ]
    early = [one.lane for one in seen if one.at < START + 6 * HOUR]
    assert set(early) == {first}
    assert len(seen) == len(others) + 1, "at six the others open and take who waits"
    assert {one.lane for one in seen if one.at >= START + 6 * HOUR} <= {first, *others}


def test_a_roster_published_during_the_day_is_followed_soon() -> None:
    codes = customs_lanes()
    published: list[DayRoster] = []
    checkpoint = PhysicalCheckpoint(
        LEG, START, calls=False, rosters=lambda _leg, _day: published[0] if published else None
    )
    checkpoint.advance(START + 9 * HOUR)
    published.append(DayRoster({("customs", code): () for code in codes[1:]}))
    checkpoint.advance(START + 9 * HOUR + 700)
    for truck in trucks(3, START + 10 * HOUR):
        checkpoint.arrive(truck)
    seen = checkpoint.advance(START + 11 * HOUR)
    assert {one.lane for one in at_customs(seen)} == {codes[0]}


def test_the_roster_is_asked_for_once_a_minute_without_any_token() -> None:
    platform = FakeGreenlane(CROSSING, datetime(2026, 11, 25, tzinfo=UTC))
    platform.rosters["yahodyn", "2026-11-25"] = {
        "plan": 7,
        "lanes": [
            {
                "stage": "customs",
                "lane": "C1",
                "open": [{"opens_at": "2026-11-25T04:00:00Z", "closes_at": "2026-11-25T10:00:00Z"}],
            }
        ],
    }
    rosters = Rosters(Api("http://test", say=lambda _line: None, transport=platform.transport))
    day = datetime(2026, 11, 25, tzinfo=UTC).date()
    for _ in range(3):
        roster = rosters.of(LEG, day)
    assert roster is not None
    assert roster.is_open("customs", "C1", START + 6 * HOUR)
    assert roster.is_open("customs", "C1", START + 12 * HOUR) is False
    assert roster.is_open("customs", "C2", START) is None
    assert rosters.of(LEG, day.replace(day=26)) is None
    assert len(platform.requests) == 2
    assert all("authorization" not in request.headers for request in platform.requests)
