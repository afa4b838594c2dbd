"""Controls: what may be set, its range, today's value, and the settings that they stand for."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from planning_world import CROSSINGS, DAY

from greenlane.planning.controls import Control, changed, controls_of, set_to
from greenlane.registry import crossing
from greenlane.registry.crossing_file import read_crossing
from greenlane.registry.hours import Shift
from greenlane.twin.described_scenario import scenario_of
from greenlane.twin.setting import SettingError, read_settings


def checkpoint(file: str, code: str) -> crossing.Checkpoint:
    return read_crossing(CROSSINGS / f"{file}.yaml").checkpoint(code)


def lanes(controls: tuple[Control, ...], stage: str) -> dict[str, float | str]:
    return {each.hours: each.today for each in controls if each.kind == "lanes" and each.code == stage}


def test_lanes_are_set_by_the_periods_between_changes() -> None:
    controls = controls_of(checkpoint("yahodyn-dorohusk", "yahodyn"), "outbound", DAY)
    assert lanes(controls, "border") == {"00:00–07:00": 2.0, "07:00–22:00": 3.0, "22:00–24:00": 2.0}
    assert lanes(controls, "customs") == {"00:00–06:00": 2.0, "06:00–24:00": 3.0}
    assert lanes(controls, "exit") == {"00:00–24:00": 1.0}


def test_nothing_is_set_at_the_entry_of_a_checkpoint_that_is_shut() -> None:
    controls = controls_of(checkpoint("otay-mesa", "otay-mesa-us"), "inbound", DAY)
    assert list(lanes(controls, "entry")) == ["06:00–22:00"]
    assert lanes(controls, "primary")["00:00–06:00"] == 0.0


def test_a_shift_over_midnight_counts_on_the_next_morning() -> None:
    place = checkpoint("yahodyn-dorohusk", "yahodyn")
    described = place.directions["outbound"]
    night = Shift((1,), 20 * 60, 30 * 60)  # Tuesday 20:00 to Wednesday 06:00
    stages = tuple(
        replace(stage, lanes=tuple(replace(lane, shifts=(night,)) for lane in stage.lanes))
        if stage.code == "exit"
        else stage
        for stage in described.stages
    )
    changed_place = replace(place, directions={"outbound": replace(described, stages=stages)})
    wednesday = lanes(controls_of(changed_place, "outbound", DAY), "exit")
    assert wednesday == {"00:00–06:00": 1.0, "06:00–24:00": 0.0}
    assert lanes(controls_of(changed_place, "outbound", date(2026, 11, 27)), "exit") == {"00:00–24:00": 0.0}


def test_call_up_is_set_only_where_there_is_a_park() -> None:
    place = checkpoint("yahodyn-dorohusk", "yahodyn")
    kinds = {way: {each.kind for each in controls_of(place, way, DAY)} for way in ("outbound", "inbound")}
    assert kinds["outbound"] - kinds["inbound"] == {"rule", "limit", "target"}


@pytest.mark.parametrize(
    ("file", "code", "direction"),
    [("yahodyn-dorohusk", "yahodyn", "outbound"), ("otay-mesa", "otay-mesa-us", "inbound")],
)
def test_every_control_at_either_end_is_a_setting_that_the_twin_takes(
    file: str, code: str, direction: str
) -> None:
    place = checkpoint(file, code)
    for control in controls_of(place, direction, DAY):
        for value in ("predicted", "slot") if control.kind == "rule" else (control.least, control.most):
            setting = replace(control, value=value).setting
            scenario_of(place, direction, DAY, settings=read_settings([setting]))


def test_today_is_what_the_twin_has_when_nothing_is_set() -> None:
    place = checkpoint("yahodyn-dorohusk", "yahodyn")
    as_described = scenario_of(place, "outbound", DAY)
    for control in controls_of(place, "outbound", DAY):
        if control.kind in ("target", "rule"):
            continue
        again = scenario_of(place, "outbound", DAY, settings=read_settings([control.setting]))
        assert again.demand == as_described.demand, control.name
        assert [kind.share for kind in again.model.kinds] == pytest.approx(
            [kind.share for kind in as_described.model.kinds]
        )
        assert again.model.call_up == as_described.model.call_up
        assert again.model.lanes == as_described.model.lanes, control.name


def test_settings_go_to_controls_and_back() -> None:
    controls = controls_of(checkpoint("yahodyn-dorohusk", "yahodyn"), "outbound", DAY)
    texts = ("lanes.customs@06:00-24:00=4", "arrivals=1.25", "channels.red=0.065", "call_up.rule=slot")
    found, others = set_to(controls, read_settings([*texts, "service.customs=0.9", "lanes.customs=5"]))
    assert others == ("service.customs=0.9", "lanes.customs=5")
    values = {each.name: each.value for each in found if each.is_changed}
    assert values == {
        "lanes.customs@06:00-24:00": 4.0,
        "arrivals": 125.0,
        "channels.red": 6.5,
        "call_up.rule": "slot",
    }
    assert set(changed(found, others)) == {*texts, *others}


def test_a_control_at_todays_value_sets_nothing() -> None:
    controls = controls_of(checkpoint("yahodyn-dorohusk", "yahodyn"), "outbound", DAY)
    found, _ = set_to(controls, read_settings(["arrivals=1", "call_up.limit=14", "channels.amber=0.08"]))
    assert changed(found) == ()


def test_a_link_may_set_more_than_the_slider_reaches() -> None:
    controls = controls_of(checkpoint("yahodyn-dorohusk", "yahodyn"), "outbound", DAY)
    found, _ = set_to(controls, read_settings(["lanes.customs@06:00-24:00=40"]))
    (control,) = (each for each in found if each.name == "lanes.customs@06:00-24:00")
    assert (control.value, control.greatest, control.most) == (40.0, 40.0, 7.0)
    assert control.mark == pytest.approx(3 / 40)


def test_shares_of_two_channels_hold_as_they_are_set() -> None:
    place = checkpoint("yahodyn-dorohusk", "yahodyn")
    for texts in (["channels.amber=0.15,channels.red=0.1"], ["channels.red=0.1,channels.amber=0.15"]):
        shares: dict[str, float] = {}
        for kind in scenario_of(place, "outbound", DAY, settings=read_settings(texts)).model.kinds:
            channel = kind.code.split("/")[0]
            shares[channel] = shares.get(channel, 0.0) + kind.share
        assert shares == pytest.approx({"green": 0.75, "amber": 0.15, "red": 0.1})


def test_shares_that_are_more_than_all_are_refused() -> None:
    place = checkpoint("yahodyn-dorohusk", "yahodyn")
    with pytest.raises(SettingError, match="above 1"):
        scenario_of(place, "outbound", DAY, settings=read_settings(["channels.red=0.6,channels.amber=0.6"]))
