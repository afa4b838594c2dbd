"""What a load would change is told before it happens."""

from __future__ import annotations

from crossing_texts import GOOD, spoiled

from greenlane.registry.crossing_diff import Change, changes
from greenlane.registry.crossing_file import read_crossing

BOOTH = "checkpoints.A.directions.outbound.stages.booth"


def test_the_same_crossing_changes_nothing() -> None:
    assert changes(read_crossing(GOOD), read_crossing(GOOD)) == ()


def test_a_new_crossing_is_all_additions() -> None:
    found = changes(None, read_crossing(GOOD))
    assert {change.kind for change in found} == {"added"}
    assert Change("added", "checkpoints.A.zone", None, "Europe/Kyiv") in found


def test_a_changed_figure_is_named_with_both_values_wherever_the_section_is_used() -> None:
    found = changes(read_crossing(GOOD), read_crossing(spoiled("plan_s: {value: 120", "plan_s: {value: 90")))
    assert [change.field for change in found] == [
        f"{BOOTH}.plan_s",
        "checkpoints.A.directions.inbound.stages.booth.plan_s",
        "checkpoints.B.directions.inbound.stages.booth.plan_s",
    ]
    assert str(found[0]) == f"~ {BOOTH}.plan_s: 120 -> 90"


def test_a_lane_that_goes_is_named_by_its_code_and_the_others_stay() -> None:
    lane = '- {code: B3, shifts: [{days: mon-fri, hours: "22:00-06:00"}]}'
    found = changes(read_crossing(GOOD), read_crossing(spoiled(lane, "")))
    lanes = [change for change in found if change.field.startswith(f"{BOOTH}.lanes.")]
    assert lanes
    assert {change.kind for change in lanes} == {"removed"}
    assert all(change.field.startswith(f"{BOOTH}.lanes.B3") for change in lanes)


def test_a_limit_that_is_lifted_is_removed() -> None:
    found = changes(read_crossing(GOOD), read_crossing(spoiled("hour_capacity: 30", "hour_capacity: null")))
    field = "checkpoints.A.directions.outbound.slots.hour_capacity"
    assert Change("removed", field, 30, None) in found
