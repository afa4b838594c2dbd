"""Putting a crossing's file in force: once is enough, history stays, booking rules follow."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from crossing_texts import FULL, GOOD, older, spoiled
from people import AT, example_crossing
from typer.testing import CliRunner

from greenlane.booking.models import Rules
from greenlane.errors import GreenlaneError
from greenlane.registry.cli import app
from greenlane.registry.commands import load_crossing, planned_changes
from greenlane.registry.crossing_file import read_crossing
from greenlane.registry.models import Checkpoint, Crossing, CrossingVersion, Lane, Park, Shift, Stage
from greenlane.registry.queries import crossing_document, direction_document

pytestmark = pytest.mark.django_db
LATER = AT + timedelta(days=1)


def test_a_new_crossing_gets_its_parts_and_rules() -> None:
    diff = load_crossing(read_crossing(GOOD), None, AT)
    assert diff.is_new
    assert [checkpoint.code for checkpoint in Checkpoint.objects.order_by("side")] == ["left", "right"]
    assert Stage.objects.filter(checkpoint__code="left", direction="outbound").count() == 4
    assert list(Park.objects.values_list("code", "places", "travel_minutes")) == [("yard", 100, 12.0)]
    described = read_crossing(GOOD).checkpoint("left").directions["outbound"].slots
    rules = Rules.objects.get(checkpoint__code="left", direction="outbound")
    assert (rules.slot_capacity, rules.class_per_hour) == (described.slot_capacity, {"empty": 12})
    assert crossing_document("example") == read_crossing(GOOD)


def test_loading_it_again_changes_nothing() -> None:
    example_crossing()
    shifts = set(Shift.objects.values_list("pk", flat=True))
    diff = load_crossing(read_crossing(GOOD), None, LATER)
    assert not diff
    assert CrossingVersion.objects.count() == 1
    assert set(Shift.objects.values_list("pk", flat=True)) == shifts


def test_every_optional_part_is_kept() -> None:
    load_crossing(read_crossing(FULL), None, AT)
    assert crossing_document("example") == read_crossing(FULL)
    lanes = Lane.objects.filter(stage__checkpoint__code="left", stage__direction="outbound")
    assert list(lanes.filter(code="S1").values_list("stage__code", flat=True)) == ["search"], "not doubled"


def test_a_description_kept_before_there_were_the_optional_parts_is_still_read() -> None:
    example_crossing()
    version = CrossingVersion.objects.get()
    version.document = older(version.document)
    version.save()
    assert crossing_document("example") == read_crossing(GOOD)
    assert not planned_changes(read_crossing(GOOD))


def test_a_changed_figure_makes_a_version_and_changes_its_row() -> None:
    example_crossing()
    changed = read_crossing(spoiled("places: 100", "places: 150"))
    assert [str(change) for change in planned_changes(changed).changes] == [
        "~ checkpoints.A.parks.yard.places: 100 -> 150"
    ]
    load_crossing(changed, None, LATER)
    assert Park.objects.get(code="yard").places == 150
    assert list(CrossingVersion.objects.order_by("number").values_list("number", "loaded_at")) == [
        (1, AT),
        (2, LATER),
    ]
    assert crossing_document("example").checkpoint("A").parks[0].places == 150


def test_what_vanishes_is_retired_and_what_returns_is_in_use_again() -> None:
    example_crossing()
    lane = Lane.objects.get(stage__checkpoint__code="left", stage__direction="outbound", code="G1")
    load_crossing(read_crossing(GOOD.replace("code: G1", "code: G9")), None, LATER)
    lane.refresh_from_db()
    assert lane.retired_at == LATER
    load_crossing(read_crossing(GOOD), None, LATER)
    lane.refresh_from_db()
    assert lane.retired_at is None
    assert Lane.objects.get(stage=lane.stage, code="G9").retired_at == LATER


def test_a_stage_that_vanishes_takes_its_lanes_along() -> None:
    example_crossing()
    load_crossing(read_crossing(GOOD.replace("search", "look")), None, LATER)
    gone = Stage.objects.filter(code="search")
    assert set(gone.values_list("retired_at", flat=True)) == {LATER}
    assert set(Lane.objects.filter(stage__in=gone).values_list("retired_at", flat=True)) == {LATER}


def test_a_checkpoint_keeps_its_code() -> None:
    example_crossing()
    with pytest.raises(GreenlaneError) as refused:
        load_crossing(read_crossing(spoiled("code: left", "code: west")), None, LATER)
    assert (refused.value.code, refused.value.field) == ("checkpoint_renamed", "checkpoints.A.code")
    assert not Checkpoint.objects.filter(code="west").exists()


def test_a_checkpoint_belongs_to_one_crossing() -> None:
    example_crossing()
    with pytest.raises(GreenlaneError) as refused:
        load_crossing(read_crossing(spoiled("code: example", "code: another")), None, LATER)
    assert refused.value.code == "checkpoint_taken"
    assert Crossing.objects.count() == 1


def test_an_unknown_direction_names_the_known_ones() -> None:
    left = example_crossing()
    assert direction_document(left, "outbound").code == "outbound"
    with pytest.raises(GreenlaneError) as refused:
        direction_document(left, "sideways")
    assert refused.value.code == "direction_unknown"
    assert "inbound" in str(refused.value.mend)


def test_the_command_shows_asks_and_then_does(tmp_path: Path) -> None:
    file = tmp_path / "example.yaml"
    file.write_text(GOOD, encoding="utf-8")
    run = CliRunner()
    dry = run.invoke(app, ["load", str(file), "--dry-run"])
    assert (dry.exit_code, Crossing.objects.count()) == (0, 0)
    unasked = run.invoke(app, ["load", str(file)])
    assert (unasked.exit_code, Crossing.objects.count()) == (1, 0)
    assert "--yes" in unasked.stderr
    done = run.invoke(app, ["load", str(file), "--yes"])
    assert done.stdout.splitlines()[-1] == "example: in force"
    again = run.invoke(app, ["load", str(file)])
    assert (again.exit_code, again.stdout) == (0, "example: nothing to change\n")
    file.write_text(spoiled("places: 100", "places: 0"), encoding="utf-8")
    faulty = run.invoke(app, ["load", str(file), "--yes"])
    assert faulty.exit_code == 1
    assert "places" in faulty.stdout
