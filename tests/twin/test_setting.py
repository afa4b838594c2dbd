"""Settings as people write them, and what they make of a described checkpoint."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from greenlane.registry.crossing import Checkpoint
from greenlane.registry.crossing_file import read_crossing
from greenlane.twin.demand import Booked, Live
from greenlane.twin.described_demand import booked_into, punctuality
from greenlane.twin.described_scenario import scenario_of
from greenlane.twin.model import Model
from greenlane.twin.scenario import Scenario
from greenlane.twin.setting import Setting, SettingError, read_setting, read_settings

CROSSINGS = Path(__file__).parents[2] / "crossings"
WEDNESDAY = date(2026, 11, 25)


@pytest.fixture(scope="module")
def yahodyn() -> Checkpoint:
    return read_crossing(CROSSINGS / "yahodyn-dorohusk.yaml").checkpoint("yahodyn")


def set_so(checkpoint: Checkpoint, *texts: str, day: date = WEDNESDAY, days: int = 1) -> Scenario:
    return scenario_of(checkpoint, "outbound", day, days, read_settings(texts), warm_up_days=0)


def open_lanes(model: Model, stage: str, minute: float) -> int:
    return sum(
        any(opens <= minute < closes for opens, closes in lane.hours)
        for lane in model.lanes
        if stage in lane.stages
    )


@pytest.mark.parametrize(
    ("text", "setting"),
    [
        ("lanes.customs=4", Setting(("lanes", "customs"), 4.0)),
        ("lanes.customs@18:00-24:00=5", Setting(("lanes", "customs"), 5.0, (1080, 1440))),
        ("lanes.entry@22:30-06:15=0", Setting(("lanes", "entry"), 0.0, (1350, 1815))),
        ("arrivals=1.25", Setting(("arrivals",), 1.25)),
        ("call_up.rule=predicted", Setting(("call_up", "rule"), "predicted")),
        ("room.exit=none", Setting(("room", "exit"), "none")),
        ("service.customs.mean_s=90", Setting(("service", "customs", "mean_s"), 90.0)),
    ],
)
def test_a_setting_reads_and_prints_the_same(text: str, setting: Setting) -> None:
    assert read_setting(text) == setting
    assert str(setting) == text
    assert read_settings([f"{text}, channels.red=0.1 turnout.no_show_share=0"])[0] == setting


@pytest.mark.parametrize(
    ("text", "field", "words"),
    [
        ("lanes", "lanes", "not a setting"),
        ("lanes.customs=", "lanes.customs", "not a setting"),
        ("lines.customs=4", "lines.customs", "'lanes'"),
        ("lanes=4", "lanes", "lanes.STAGE"),
        ("lanes.customs=many", "lanes.customs", "not a number"),
        ("lanes.customs=nan", "lanes.customs", "not a number"),
        ("lanes.customs@18:00-25:00=4", "lanes.customs", "hours"),
        ("lanes.customs@18:75-20:00=4", "lanes.customs", "hours"),
        ("channels.red@18:00-20:00=0.1", "channels.red", "by the hour"),
        ("service.customs.cv=2", "service.customs.cv", "cannot|can be set"),
        ("call_up.rule=soon", "call_up.rule", "'soon'"),
        ("call_up.limits=3", "call_up.limits", "'limit'"),
    ],
)
def test_a_setting_of_another_form_is_refused_with_its_mend(text: str, field: str, words: str) -> None:
    with pytest.raises(SettingError, match=words) as refusal:
        read_setting(text)
    assert refusal.value.field == field
    assert refusal.value.mend


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("lanes.custms=4", "Did you mean 'customs'"),
        ("lanes.customs=2.5", "whole"),
        ("lanes.customs=0", "needs a lane"),
        ("lanes.customs=-1", "0 or more"),
        ("channels.blue=0.1", "'blue'"),
        ("channels.red=1.1", "0 to 1"),
        ("service.search=2", "'search'"),
        ("room.entry=2", "first stage"),
        ("call_up.limit=0", "1 or more"),
    ],
)
def test_a_setting_that_the_checkpoint_does_not_allow_is_refused(
    yahodyn: Checkpoint, text: str, words: str
) -> None:
    with pytest.raises(Exception, match=words) as refusal:
        set_so(yahodyn, text)
    assert getattr(refusal.value, "field", None)
    assert getattr(refusal.value, "mend", None)


def test_lanes_are_opened_and_closed_for_hours_of_every_day(yahodyn: Checkpoint) -> None:
    """Customs: two lanes always, one more from 6 to 24."""
    usual = set_so(yahodyn, days=2).model
    changed = set_so(yahodyn, "lanes.customs@18:00-22:00=5", "lanes.customs@02:00-04:00=1", days=2).model
    for day in (0, 1440):
        for hour in range(24):
            minute = day + hour * 60.0 + 30.0
            expected = 5 if 18 <= hour < 22 else 1 if 2 <= hour < 4 else open_lanes(usual, "customs", minute)
            assert open_lanes(changed, "customs", minute) == expected, hour
            assert open_lanes(changed, "border", minute) == open_lanes(usual, "border", minute)


def test_lanes_are_added_and_taken_away(yahodyn: Checkpoint) -> None:
    usual = set_so(yahodyn).model
    assert open_lanes(set_so(yahodyn, "lanes.customs=4").model, "customs", 180.0) == 3
    assert open_lanes(set_so(yahodyn, "lanes.customs=4").model, "customs", 720.0) == 4
    assert open_lanes(set_so(yahodyn, "lanes.customs=1").model, "customs", 720.0) == 1
    assert set_so(yahodyn, "lanes.customs=3").model == usual


def test_hours_are_those_of_the_wall_when_the_clock_is_changed(yahodyn: Checkpoint) -> None:
    """On 25 October 2026 the day has 25 hours in Kyiv; 18:00 is 19 hours after midnight."""
    model = set_so(yahodyn, "lanes.customs@18:00-22:00=5", day=date(2026, 10, 25)).model
    assert open_lanes(model, "customs", 19 * 60.0 - 1.0) == 3
    assert open_lanes(model, "customs", 19 * 60.0) == 5


def test_a_share_set_leaves_the_others_their_proportions(yahodyn: Checkpoint) -> None:
    kinds = {kind.code: kind.share for kind in set_so(yahodyn, "channels.red=0.2").model.kinds}
    by_channel = {
        channel: sum(share for code, share in kinds.items() if code.startswith(channel))
        for channel in ("green", "amber", "red")
    }
    assert by_channel["red"] == pytest.approx(0.2)
    assert by_channel["green"] / by_channel["amber"] == pytest.approx(0.88 / 0.08)
    assert sum(kinds.values()) == pytest.approx(1.0)
    none = {kind.code for kind in set_so(yahodyn, "channels.red=0").model.kinds}
    assert none == {code for code in kinds if not code.startswith("red")}


def test_arrivals_are_set_by_factor_and_hour(yahodyn: Checkpoint) -> None:
    usual, night = set_so(yahodyn), set_so(yahodyn, "arrivals@00:00-06:00=2")
    live, more = (next(each for each in one.demand if isinstance(each, Live)) for one in (usual, night))
    ratios = [b / a for a, b in zip(live.per_hour, more.per_hour, strict=True)]
    assert ratios == pytest.approx([2.0] * 24 + [1.0] * 72)
    booked, most = (next(each for each in one.demand if isinstance(each, Booked)) for one in (usual, night))
    assert max(most.bookings) <= 9, "no slot takes more than its capacity"
    assert sum(most.bookings[:24]) > sum(booked.bookings[:24])


def test_expected_trucks_are_those_described(yahodyn: Checkpoint) -> None:
    expected = sum(yahodyn.directions["outbound"].arrivals.expected(hour, 2) for hour in range(24))
    assert sum(source.expected for source in set_so(yahodyn).demand) == pytest.approx(expected, rel=0.01)


def test_service_room_and_call_up_are_set(yahodyn: Checkpoint) -> None:
    usual = set_so(yahodyn).model
    model = set_so(
        yahodyn, "service.customs=0.5", "service.border.mean_s=60", "room.customs=3",
        "call_up.rule=predicted", "call_up.target=8", "call_up.limit=20",
    ).model  # fmt: skip
    for kind, before in zip(model.kinds, usual.kinds, strict=True):
        at = kind.route.index("customs")
        assert kind.service[at].mean == pytest.approx(before.service[at].mean / 2.0)
        assert kind.service[at].cv == before.service[at].cv
    border = sum(kind.share * kind.service[kind.route.index("border")].mean for kind in model.kinds)
    assert border == pytest.approx(1.0)
    assert next(stage.room for stage in model.stages if stage.code == "customs") == 3
    assert (model.call_up.rule, model.call_up.target, model.call_up.limit) == ("predicted", 8.0, 20)
    assert model.call_up.travel == usual.call_up.travel


def test_without_a_park_there_is_nobody_to_call(yahodyn: Checkpoint) -> None:
    settings = read_settings(["call_up.limit=3"])
    with pytest.raises(SettingError, match="no park"):
        scenario_of(yahodyn, "inbound", WEDNESDAY, 1, settings)


def test_bookings_beyond_a_slot_take_the_next_and_then_those_before() -> None:
    assert booked_into([0.0, 15.0, 30.0, 45.0], [0.0, 15.0, 30.0, 45.0, 60.0], [6.0, 3.0, 0.0, 1.0], 4) == [
        4,
        4,
        1,
        1,
    ]
    assert booked_into([0.0, 15.0], [0.0, 15.0, 30.0], [1.0, 6.0], 4) == [3, 4]
    assert booked_into([0.0, 15.0], [0.0, 15.0, 30.0], [9.0, 9.0], 4) == [4, 4]
    assert sum(booked_into([0.0, 15.0, 30.0], [0.0, 15.0, 30.0, 45.0], [0.4] * 3, 9)) == 1


def test_punctuality_is_that_of_the_turnout(yahodyn: Checkpoint) -> None:
    described = yahodyn.directions["outbound"]
    offset = punctuality(described.turnout, described.slots)
    values = sorted(offset.values)
    early = sum(value < 0.0 for value in values) / len(values)
    late = sum(value > 30.0 for value in values) / len(values)
    assert early == pytest.approx(0.10 / 0.97, abs=0.001)
    assert late == pytest.approx(0.05 / 0.97, abs=0.001)
    before = [-value for value in values if value < 0.0]
    assert sum(before) / len(before) == pytest.approx(40.0, rel=0.03)
    observed = replace(described.turnout, offset_minutes=(-5.0, 1.0, 4.0))
    assert punctuality(observed, described.slots).values == (-5.0, 1.0, 4.0)
