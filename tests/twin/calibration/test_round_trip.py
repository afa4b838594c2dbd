"""Simulated days, read as cameras read them, give back the figures that they were simulated with."""

from __future__ import annotations

from datetime import timedelta
from functools import cache

import numpy as np
import pytest
from recorded_days import (
    CLASSES,
    CUSTOMS_GREEN,
    CUSTOMS_RED,
    DOCUMENTS,
    EPOCH,
    INSPECTION,
    SCAN,
    SHARES,
    SLOT_MINUTES,
    XRAY,
    recorded,
)

from greenlane.twin.calibration.calibration import Calibration, calibrate
from greenlane.twin.calibration.durations import Durations, durations, pooled
from greenlane.twin.calibration.fitting import Fit, fit
from greenlane.twin.calibration.likelihood import estimate, standard_errors
from greenlane.twin.calibration.service_times import stage_times
from greenlane.twin.distributions import Distribution

pytestmark = pytest.mark.slow

TRUCKS = 12_000


@cache
def found(missing: float) -> Calibration:
    seen = recorded(TRUCKS, 1, missing=missing)
    end = EPOCH + timedelta(minutes=seen.until)
    return calibrate(seen, EPOCH, end, slot_minutes=SLOT_MINUTES)


def assert_is(fitted: Fit, true: Distribution) -> None:
    assert fitted.family == true.family
    assert abs(fitted.distribution.mean - true.mean) <= 3 * fitted.mean_error + 1e-9
    if true.family not in ("exponential", "fixed"):
        assert abs(fitted.distribution.cv - true.cv) <= 3 * fitted.cv_error


@pytest.mark.parametrize("missing", [0.0, 0.1])
@pytest.mark.parametrize(
    ("stage", "true"),
    [("documents", DOCUMENTS), ("xray", XRAY), ("inspection", INSPECTION), ("scan", SCAN)],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_a_stage_that_is_the_same_for_all_has_one_time(
    stage: str, true: Distribution, missing: float
) -> None:
    stage_found = found(missing).stages[stage]
    assert stage_found.groups == ()
    assert stage_found.whole is not None
    assert_is(stage_found.whole, true)


@pytest.mark.parametrize("missing", [0.0, 0.1])
def test_customs_takes_a_time_for_each_channel_and_none_for_the_classes(missing: float) -> None:
    groups = {group.names: fitted for group, fitted in found(missing).stages["customs"].groups}
    assert set(groups) == {(("green", ""),), (("red", ""),)}
    assert_is(groups[(("green", ""),)], CUSTOMS_GREEN)
    assert_is(groups[(("red", ""),)], CUSTOMS_RED)


@pytest.mark.parametrize("missing", [0.0, 0.1])
def test_shares_and_punctuality_come_back(missing: float) -> None:
    calibration = found(missing)
    for true, counted in ((SHARES, calibration.channels), (CLASSES, calibration.classes)):
        for code, share in true.items():
            low, high = counted[code].interval
            assert low - 0.005 < share < high + 0.005
    seen = calibration.punctuality
    assert seen.unbooked.value == pytest.approx(0.1, abs=0.01)
    assert seen.no_show.value == pytest.approx(0.05 / (0.9 + 0.05), abs=0.01)
    came = seen.early.count + seen.punctual.count + seen.late.count
    assert came + seen.no_show.count == seen.no_show.n
    assert seen.early.count / came == pytest.approx(0.7977, abs=0.015)  # normal(-10, 12) below 0
    assert np.median(seen.offsets) == pytest.approx(-10.0, abs=0.7)
    assert np.std(seen.offsets) == pytest.approx(12.0, rel=0.05)


def test_the_share_of_missing_readings_is_found() -> None:
    assert found(0.0).seen.missing_share == 0.0
    assert found(0.1).seen.missing_share == pytest.approx(0.1, abs=0.005)
    assert found(0.1).stages["documents"].times.missing_share == pytest.approx(0.1, abs=0.01)


def test_a_bound_made_of_the_time_itself_would_draw_the_fit_down() -> None:
    """Why a visit with a missed exit is left out, and not said to lie below the truck's next reading."""
    seen = recorded(TRUCKS, 1, missing=0.1)
    here = (seen.stage == seen.stages.index("inspection")) & np.isfinite(seen.entered)
    took = (seen.left - seen.entered)[here]
    bound = (seen.exit[seen.passage] - seen.entered)[here]
    known = np.isfinite(took)
    bounded = ~known & np.isfinite(bound)
    assert bounded.sum() > 100
    naive = Durations(
        np.concatenate([took[known], np.zeros(bounded.sum())]),
        np.concatenate([took[known], bound[bounded]]),
        np.ones(known.sum() + bounded.sum()),
    )
    sample = durations(took[known])
    fair = estimate("exponential", sample, with_least=False)
    drawn_down = estimate("exponential", naive, with_least=False)
    error = standard_errors(fair, sample)[0]
    assert drawn_down.curve.mean < fair.curve.mean - 2 * error
    assert abs(fair.curve.mean - INSPECTION.mean) < 3 * error


def test_trucks_still_in_their_lanes_are_counted_as_running() -> None:
    """Of 200 hours that each end in the middle of the work, the long inspections are not lost."""
    parts = [stage_times(recorded(80, seed, stop_at=60.0), "inspection") for seed in range(200)]
    both = pooled([part.all for part in parts if part.cells])
    assert all(part.running <= 4 for part in parts)  # lanes
    assert both.running == sum(part.running for part in parts) > 200
    fitted = fit(both, families=("exponential",))
    assert abs(fitted.distribution.mean - INSPECTION.mean) < 3 * fitted.mean_error
    complete = np.concatenate([part.sample for part in parts])
    assert complete.mean() < INSPECTION.mean - 3 * fitted.mean_error


def test_a_truck_that_left_unseen_is_not_taken_for_running() -> None:
    seen = recorded(TRUCKS, 1, missing=0.1)
    times = stage_times(seen, "inspection")
    assert times.unread > 200
    assert times.running <= 4
    assert times.complete + times.unread + times.running + times.unsound == times.visits


def test_repeated_and_shuffled_readings_give_the_same_visits() -> None:
    plain, clumsy = recorded(400, 4), recorded(400, 4, clumsy=True)
    for field in ("arrival", "entry", "exit"):
        np.testing.assert_allclose(getattr(plain, field), getattr(clumsy, field))
    for stage in ("customs", "inspection"):
        np.testing.assert_allclose(
            np.sort(stage_times(plain, stage).sample), np.sort(stage_times(clumsy, stage).sample)
        )


def test_seconds_are_noticed_and_do_no_harm() -> None:
    seen = recorded(TRUCKS, 1, resolution=1 / 60)
    assert seen.resolution == pytest.approx(1 / 60)
    fitted = fit(stage_times(seen, "documents").all)
    assert_is(fitted, DOCUMENTS)
