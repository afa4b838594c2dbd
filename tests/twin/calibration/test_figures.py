"""What was found becomes a crossing, each figure with its evidence; what was not found stays."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from recorded_days import EPOCH, recorded

from greenlane.registry.crossing import Crossing
from greenlane.registry.crossing_file import read_crossing
from greenlane.registry.crossing_writer import crossing_text
from greenlane.twin.calibration.calibration import Calibration, calibrate
from greenlane.twin.calibration.figures import Figures, with_figures
from greenlane.twin.calibration.observations import CalibrationError, Observations
from greenlane.twin.described import model_of

pytestmark = pytest.mark.slow

CROSSINGS = Path(__file__).parents[3] / "crossings"
CODE, WAY = "zabaikalsk", "outbound"


@cache
def described() -> Crossing:
    return read_crossing(CROSSINGS / "zabaikalsk-manzhouli.yaml")


@cache
def seen() -> Observations:
    """Days of the known checkpoint, its stages named as those of the crossing."""
    found = recorded(4_500, 1, missing=0.05)
    names = {"documents": "border", "scan": "weighing", "customs": "customs", "xray": "xray"}
    return replace(found, stages=tuple(names.get(stage, stage) for stage in found.stages))


@cache
def found() -> Calibration:
    return calibrate(seen(), EPOCH, EPOCH + timedelta(minutes=seen().until), slot_minutes=30)


@cache
def figures() -> Figures:
    return with_figures(described(), CODE, WAY, found())


def test_service_times_are_those_fitted_in_seconds() -> None:
    customs = figures().crossing.checkpoint(CODE).directions[WAY].stage("customs").service
    groups = {group.names[0]: fit for group, fit in found().stages["customs"].groups}
    for channel in ("green", "red"):
        time = customs.time_for(channel, "laden")
        fit = groups[(channel, "")].distribution
        assert time.mean_s == pytest.approx(fit.mean * 60, abs=0.01)
        assert time.cv == pytest.approx(fit.cv, abs=1e-4)
        assert (time.family, time.least_s) == (fit.family, pytest.approx(fit.least * 60, abs=0.01))
    assert customs.channel_mean_s == {}
    assert customs.class_factor == {}


def test_each_figure_carries_its_evidence() -> None:
    place = f"checkpoints.A.directions.{WAY}."
    evidence = figures().crossing.sources[place + "stages.border.service.mean_s"]
    assert evidence.kind == "source"
    fit = found().stages["border"].whole
    assert fit is not None
    assert f"{fit.n:,} visits" in evidence.text
    assert "2026-10-05 to 2026-10-08" in evidence.text
    assert "lognormal by BIC" in evidence.text
    assert f"greatest distance {fit.distance:.3f}" in evidence.text
    assert "% of readings missing" in evidence.text
    shares = figures().crossing.sources[place + "channel_shares.red"]
    assert "95 % interval" in shares.text


def test_what_readings_do_not_tell_stays_with_its_own_source() -> None:
    kept = {each.path: each.why for each in figures().kept}
    assert "barrier is read once" in kept["stages.entry.service"]
    assert "cancelled" in kept["turnout.cancel_share"]
    before = described().checkpoint(CODE).directions[WAY]
    after = figures().crossing.checkpoint(CODE).directions[WAY]
    assert after.stage("entry") == before.stage("entry")
    assert after.slots == before.slots
    assert after.turnout.cancel_share == before.turnout.cancel_share
    path = f"checkpoints.A.directions.{WAY}.stages.entry.service.mean_s"
    assert figures().crossing.sources[path] == described().sources[path]
    for code, direction in described().checkpoint(CODE).directions.items():
        if code != WAY:
            assert figures().crossing.checkpoint(CODE).directions[code] == direction
    assert figures().crossing.facing(CODE) == described().facing(CODE)


def test_shares_add_up_to_one_and_are_those_counted() -> None:
    after = figures().crossing.checkpoint(CODE).directions[WAY]
    assert sum(after.channel_shares.values()) == pytest.approx(1.0, abs=1e-9)
    assert sum(after.class_shares.values()) == pytest.approx(1.0, abs=1e-9)
    assert after.channel_shares["green"] == pytest.approx(0.8, abs=0.02)
    assert after.channel_shares["amber"] == 0.0
    turnout = after.turnout
    parts = (turnout.early_share, turnout.punctual_share, turnout.late_share, turnout.no_show_share)
    assert sum(parts) == pytest.approx(1.0, abs=1e-9)
    assert len(turnout.offset_minutes) == 100


def test_the_new_crossing_is_written_read_and_simulated() -> None:
    text = crossing_text(figures().crossing)
    again = read_crossing(text)
    assert again == figures().crossing
    assert model_of(again.checkpoint(CODE), WAY, EPOCH.date()).kinds


def test_a_time_as_observed_is_written_and_read() -> None:
    dice = np.random.default_rng(1)
    odd = seen()
    here = odd.stage == odd.stages.index("border")
    minutes = np.where(
        dice.random(len(here)) < 0.5, dice.normal(1.0, 0.05, len(here)), dice.normal(9.0, 0.5, len(here))
    )
    odd = replace(odd, left=np.where(here, odd.entered + minutes, odd.left))
    odd_found = calibrate(odd, EPOCH, EPOCH + timedelta(minutes=odd.until), slot_minutes=30)
    crossing = with_figures(described(), CODE, WAY, odd_found).crossing
    service = crossing.checkpoint(CODE).directions[WAY].stage("border").service
    assert service.family == "empirical"
    assert len(service.values_s) == 100
    again = read_crossing(crossing_text(crossing))
    assert again.checkpoint(CODE) == crossing.checkpoint(CODE)


def test_little_data_changes_nothing() -> None:
    few = recorded(20, 1)
    nothing = calibrate(few, EPOCH, EPOCH + timedelta(minutes=few.until), slot_minutes=30)
    same = with_figures(described(), CODE, WAY, nothing)
    assert same.crossing == described()
    assert same.changes == ()
    assert {"channel_shares", "class_shares", "arrivals", "turnout"} <= {each.path for each in same.kept}


def test_an_unknown_checkpoint_or_direction_is_refused_by_name() -> None:
    with pytest.raises(CalibrationError, match=r"checkpoint: .* has no checkpoint 'nowhere'. Use "):
        with_figures(described(), "nowhere", WAY, found())
    with pytest.raises(CalibrationError, match=r"direction: .* has no direction 'upwards'"):
        with_figures(described(), CODE, "upwards", found())
