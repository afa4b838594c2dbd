"""`greenlane calibrate` from a file of readings: a new crossing file, a page, and no file lost."""

from __future__ import annotations

import csv
import json
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from greenlane.planning.calibrate_cli import app
from greenlane.registry.crossing_file import read_crossing
from greenlane.twin.calibration.observations import CalibrationError

sys.path.append(str(Path(__file__).parent.parent / "twin" / "calibration"))
from recorded_days import EPOCH, recorded

pytestmark = pytest.mark.slow

CROSSING = Path(__file__).parents[2] / "crossings" / "zabaikalsk-manzhouli.yaml"
NAMES = {"documents": "border", "scan": "weighing", "customs": "customs", "xray": "xray"}


@pytest.fixture(scope="module")
def events(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of a few thousand passages with one reading in twenty missing."""
    seen = recorded(2_000, 1, missing=0.05)
    path = tmp_path_factory.mktemp("events") / "events.csv"
    with path.open("w", newline="", encoding="utf-8") as stream:
        rows = csv.writer(stream)
        rows.writerow(["passage", "point", "stage", "lane", "event_time", "channel", "class", "slot_start"])

        def time(minute: float) -> str:
            return "" if np.isnan(minute) else (EPOCH + timedelta(minutes=float(minute))).isoformat()

        for number in range(len(seen.entry)):
            slot = time(seen.slot_start[number])
            if seen.no_show[number]:
                rows.writerow([number, "no_show", "", "", "", "", "", slot])
                continue
            about = [
                seen.channels[seen.channel[number]],
                seen.classes[seen.vehicle_class[number]],
                slot,
            ]
            for point, at in (
                ("park_in", seen.arrival[number]),
                ("entry", seen.entry[number]),
                ("exit", seen.exit[number]),
            ):
                if not np.isnan(at):
                    rows.writerow([number, point, "", "", time(at), *about])
        for visit, number in enumerate(seen.passage):
            stage = seen.stages[seen.stage[visit]]
            lane = seen.lanes[seen.lane[visit]]
            for point, at in (("stage_in", seen.entered[visit]), ("stage_out", seen.left[visit])):
                if not np.isnan(at):
                    rows.writerow([number, point, NAMES.get(stage, stage), lane, time(at), "", "", ""])
    return path


def run(*arguments: object) -> Any:
    return CliRunner().invoke(app, [str(each) for each in arguments], catch_exceptions=False)


def test_a_new_file_and_a_page_are_written_and_the_source_is_not_touched(
    events: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    before = CROSSING.read_bytes()
    result = run(CROSSING, events, "--report", "report", "--replications", 1)
    assert result.exit_code == 0
    assert "stages.customs.service" in result.stdout
    assert "left as it was" in result.stdout
    assert CROSSING.read_bytes() == before
    (written,) = tmp_path.glob("zabaikalsk-manzhouli.calibrated-*.yaml")
    service = read_crossing(written).checkpoint("A").directions["outbound"].stage("border").service
    assert service.mean_s == pytest.approx(90, rel=0.06)
    page = (tmp_path / "report" / "index.html").read_text(encoding="utf-8")
    assert page.count("<svg") > 10
    assert "<script" not in page
    assert "http" not in page.replace("http://www.w3.org/", "")
    assert "The twin against the record" in page


def test_nothing_is_written_over_without_being_told_to(events: Path, tmp_path: Path) -> None:
    target = tmp_path / "new.yaml"
    target.write_text("mine", encoding="utf-8")
    with pytest.raises(CalibrationError, match=r"is there already. Give --replace"):
        run(CROSSING, events, "--out", target)
    assert target.read_text(encoding="utf-8") == "mine"
    assert run(CROSSING, events, "--out", target, "--replace").exit_code == 0
    assert read_crossing(target).code == "zabaikalsk-manzhouli"


def test_the_crossings_own_file_is_never_written_over(events: Path, tmp_path: Path) -> None:
    own = tmp_path / "own.yaml"
    own.write_bytes(CROSSING.read_bytes())
    with pytest.raises(CalibrationError, match=r"the crossing's own file"):
        run(own, events, "--out", own, "--replace")
    assert own.read_bytes() == CROSSING.read_bytes()


def test_json_tells_what_changed_and_what_did_not(events: Path, tmp_path: Path) -> None:
    result = run(CROSSING, events, "--out", tmp_path / "new.yaml", "--json")
    told = json.loads(result.stdout)
    assert told["trucks"] == 2_000
    assert 0.03 < told["missing_share"] < 0.07
    assert {"stages.customs.service", "channel_shares.green"} <= {each["path"] for each in told["changes"]}
    assert "turnout.cancel_share" in {each["path"] for each in told["kept"]}


def test_days_without_a_truck_write_nothing(events: Path, tmp_path: Path) -> None:
    target = tmp_path / "new.yaml"
    result = run(CROSSING, events, "--from", "2026-01-01", "--to", "2026-01-02", "--out", target)
    assert result.exit_code == 1
    assert not target.exists()
    with pytest.raises(CalibrationError, match=r"--from: The period has no day"):
        run(CROSSING, events, "--from", "2026-01-03", "--to", "2026-01-02", "--out", target)


def test_an_unknown_checkpoint_or_direction_is_refused(events: Path) -> None:
    with pytest.raises(CalibrationError, match=r"has no checkpoint 'nowhere'"):
        run(CROSSING, events, "--checkpoint", "nowhere")
    with pytest.raises(CalibrationError, match=r"has no direction 'up'"):
        run(CROSSING, events, "--direction", "up")


@pytest.mark.django_db
def test_the_platforms_own_passages_are_used_without_a_file(tmp_path: Path) -> None:
    from django.db import connection

    from greenlane.registry.clock import now
    from greenlane.registry.commands import load_crossing
    from greenlane.registry.models import Checkpoint

    at = now()
    load_crossing(read_crossing(CROSSING), None, at)
    place = Checkpoint.objects.get(code="zabaikalsk")
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO gate_passage (checkpoint_id, direction, opened_by, plate, plate_key, country,
                   vehicle_class, channel, pre_arrival, phase, first_at, last_point, last_stage, last_lane,
                   last_at, entry_at, exit_at, visits, flags, revision)
            SELECT %s, 'outbound', gen_random_uuid(), i, i, 'KZ', 'laden', 'green', false, 'left',
                   t, 'exit', '', '', t + interval '8 min', t, t + interval '8 min',
                   jsonb_build_array(jsonb_build_object('stage', 'border', 'lane', '1',
                       'in', t + interval '1 min', 'out', t + interval '3 min')), '{}', 1
              FROM (SELECT i::text, %s - i * interval '10 min' AS t FROM generate_series(2, 200) i) x
            """,
            [place.pk, at],
        )
    result = run("zabaikalsk-manzhouli", "--out", tmp_path / "new.yaml", "--json")
    told = json.loads(result.stdout)
    assert (result.exit_code, told["trucks"]) == (0, 199)
    service = (
        read_crossing(tmp_path / "new.yaml").checkpoint("A").directions["outbound"].stage("border").service
    )
    assert (service.family, service.mean_s) == ("fixed", 120.0)
