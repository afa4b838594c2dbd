"""Which trucks are still in their lanes when the readings end, and which have left unseen."""

from __future__ import annotations

import numpy as np
import pytest
from recorded_days import only, recorded

from greenlane.twin.calibration.observations import Observations, between
from greenlane.twin.calibration.service_times import still_running

NAN = float("nan")
Visit = tuple[int, int, float, float]


def seen(visits: list[Visit], *, until: float, exits: dict[int, float] | None = None) -> Observations:
    """One stage: passage, lane (-1 unknown), in and out; each truck entered when its number says."""
    passage, lane, entered, left = (np.array(column) for column in zip(*visits, strict=True))
    n = int(passage.max()) + 1
    nothing = np.full(n, NAN)
    leaves = nothing.copy()
    for number, at in (exits or {}).items():
        leaves[number] = at
    return only(
        recorded(10, 1),
        until=until,
        arrival=nothing,
        slot_start=nothing,
        called=nothing,
        entry=np.arange(n, dtype=np.float64),
        exit=leaves,
        channel=np.zeros(n, np.int32),
        vehicle_class=np.zeros(n, np.int32),
        no_show=np.zeros(n, np.bool_),
        stages=("customs",),
        lanes=("C1", "C2"),
        passage=passage.astype(np.int32),
        stage=np.zeros(len(passage), np.int32),
        lane=lane.astype(np.int32),
        entered=entered.astype(np.float64),
        left=left.astype(np.float64),
    )


def test_a_truck_in_a_lane_that_took_no_other_is_still_there() -> None:
    found = seen([(0, 0, 10.0, 20.0), (1, 0, 21.0, NAN), (2, 1, 22.0, 25.0)], until=25.0)
    assert still_running(found).tolist() == [False, True, False]


def test_a_lane_that_took_another_has_let_its_truck_go() -> None:
    found = seen([(0, 0, 10.0, NAN), (1, 0, 15.0, 21.0), (2, 1, 12.0, 22.0)], until=22.0)
    assert not still_running(found).any()


def test_a_truck_that_was_read_later_is_gone() -> None:
    found = seen([(0, 0, 10.0, 20.0), (1, 0, 21.0, NAN)], until=25.0, exits={1: 24.0})
    assert not still_running(found).any()


def test_a_lane_that_closed_does_not_hold_its_last_truck_for_ever() -> None:
    visits = [(0, 0, 10.0, 20.0), (1, 0, 21.0, NAN), (2, 1, 12.0, 22.0)]
    assert still_running(seen(visits, until=40.0)).tolist() == [False, True, False]
    assert not still_running(seen(visits, until=42.0)).any()


@pytest.mark.parametrize(("left", "is_there"), [(2, True), (3, False)])
def test_without_lanes_three_that_overtook_it_tell_that_it_is_gone(left: int, is_there: bool) -> None:
    visits = [(0, -1, 10.0, NAN), *((number, -1, 11.0, 14.0) for number in (1, 2, 3))]
    found = seen(visits, until=20.0, exits=dict.fromkeys(range(1, left + 1), 15.0))
    assert still_running(found)[0] == is_there


def test_a_part_of_the_time_keeps_the_trucks_first_read_then_with_their_visits() -> None:
    whole = recorded(300, 2)
    part = between(whole, 60.0, 120.0)
    kept = np.flatnonzero((whole.first >= 60.0) & (whole.first < 120.0) & whole.came)
    assert part.came.sum() == len(kept) > 30
    np.testing.assert_array_equal(part.entry[part.came], whole.entry[kept])
    visits = np.isin(whole.passage, kept)
    np.testing.assert_array_equal(part.entered, whole.entered[visits])
    np.testing.assert_array_equal(part.entry[part.passage], whole.entry[whole.passage[visits]])
    assert (part.slot_start[part.no_show] >= 60.0).all()
