"""Who comes: as many as described, when described, each with luck of its own whatever else changes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats
from twin_scenes import one_stage, two_stages

from greenlane.twin.demand import Booked, Live, Recorded
from greenlane.twin.distributions import Distribution
from greenlane.twin.drawing import Drawn, draw_trucks
from greenlane.twin.model import CallUpPolicy, CallUpRule, Kind, Model, ModelError

MODEL = one_stage(Distribution("fixed", 1.0))
RUSH = Live((0.0, 60.0, 120.0, 180.0), (60.0, 0.0, 30.0))
ON_TIME = Distribution("empirical", 10.0, values=tuple(float(minute) for minute in range(21)))


def came_by_number(drawn: Drawn) -> dict[int, float]:
    return dict(zip(drawn.numbers.tolist(), drawn.came.tolist(), strict=True))


def test_live_trucks_are_a_poisson_process_at_the_rate_of_each_span() -> None:
    counts = np.array(
        [
            np.histogram(draw_trucks(MODEL, (RUSH,), 7, replication).came, (0, 60, 120, 180))[0]
            for replication in range(400)
        ]
    )
    assert (counts[:, 1] == 0).all()
    for span, rate in ((0, 60.0), (2, 30.0)):
        assert abs(counts[:, span].mean() - rate) < 4.0 * np.sqrt(rate / 400)
        assert 0.75 * rate < counts[:, span].var() < 1.3 * rate
    came = draw_trucks(MODEL, (Live((0.0, 6000.0), (60.0,)),), 7, 0).came
    assert stats.kstest(np.diff(came), "expon").pvalue > 0.001


def test_more_traffic_brings_the_same_trucks_sooner_and_others_after_them() -> None:
    usual = draw_trucks(MODEL, (Live((0.0, 600.0), (30.0,)),), 3, 5)
    more = draw_trucks(MODEL, (Live((0.0, 600.0), (33.0,)),), 3, 5)
    soon, late = came_by_number(more), came_by_number(usual)
    assert len(soon) > len(late)
    assert all(soon[number] == pytest.approx(late[number] / 1.1) for number in late)


def test_convoys_come_together_at_the_same_total_rate() -> None:
    drawn = draw_trucks(MODEL, (Live((0.0, 60_000.0), (30.0,), convoy=3),), 1, 0)
    convoys, sizes = np.unique(drawn.trucks["convoy"], return_counts=True)
    assert (sizes == 3).all()
    assert len(convoys) * 3 == pytest.approx(30_000, rel=0.03)
    for convoy in convoys[:50]:
        assert len(set(drawn.came[drawn.trucks["convoy"] == convoy])) == 1


def test_bookings_come_around_their_slots_except_those_who_never_come() -> None:
    source = Booked((100.0, 200.0, 300.0), (400, 0, 600), ON_TIME, no_show_share=0.25)
    drawn = draw_trucks(MODEL, (source,), 11, 0)
    assert abs(len(drawn.came) - 750) < 4.0 * np.sqrt(1000 * 0.25 * 0.75)
    late = drawn.came - drawn.trucks["turn"]
    assert late.min() >= 0.0
    assert late.max() <= 20.0
    assert late.mean() == pytest.approx(10.0, abs=1.0)
    assert (drawn.due == drawn.came).all()


def test_one_booking_more_changes_no_other_truck() -> None:
    few = came_by_number(draw_trucks(MODEL, (Booked((0.0, 30.0), (5, 5), ON_TIME, 0.1), RUSH), 2, 9))
    more = came_by_number(draw_trucks(MODEL, (Booked((0.0, 30.0), (6, 5), ON_TIME, 0.1), RUSH), 2, 9))
    assert few.items() <= more.items()
    assert len(more) - len(few) in (0, 1)


def test_another_share_of_a_channel_moves_few_trucks_and_none_to_another_class() -> None:
    def model(red: float) -> Model:
        fixed = (Distribution("fixed", 1.0),)
        shares = {"laden": 0.7, "empty": 0.3}
        kinds = [
            Kind(f"{channel}/{name}", ("customs",), fixed, share=share * part)
            for name, share in shares.items()
            for channel, part in (("green", 1.0 - red), ("red", red))
        ]
        plain = one_stage(fixed[0])
        return Model(plain.stages, plain.lanes, tuple(kinds))

    demand = (Live((0.0, 60_000.0), (30.0,)),)
    before, after = (draw_trucks(model(red), demand, 4, 0).trucks["kind"] for red in (0.05, 0.08))
    assert (before // 2 == after // 2).all(), "no truck changes its class"
    moved = before != after
    assert moved.mean() == pytest.approx(0.03, abs=0.005)
    assert (after[moved] % 2 == 1).all(), "all that move become red"
    assert (before % 2 == 1).mean() == pytest.approx(0.05, abs=0.008)


def test_a_recorded_trace_is_the_same_in_every_replication() -> None:
    trace = Recorded((5.0, 1.0, 9.0), ("red/laden", "green/laden", "red/laden"), (float("nan"), 4.0, 2.0))
    first, second = (draw_trucks(two_stages(), (trace,), 1, replication) for replication in (0, 7))
    assert (first.trucks == second.trucks).all()
    assert first.came.tolist() == [1.0, 5.0, 9.0]
    assert first.due.tolist() == [4.0, 5.0, 9.0]
    assert first.trucks["kind"].tolist() == [0, 1, 1]


@pytest.mark.parametrize(
    ("rule", "arrival", "travel"),
    [("none", [0.0, 60.0], 0.0), ("slot", [40.0, 65.0], 0.0), ("limit", [35.0, 60.0], 5.0)],
)
def test_who_comes_early_is_called_when_the_slot_allows(
    rule: CallUpRule, arrival: list[float], travel: float
) -> None:
    """Slot at 60, lead 20, way 5 minutes: the first may go at 35. The second comes when its slot is past."""
    policy = CallUpPolicy(rule, limit=9, travel=Distribution("fixed", 5.0), lead=20.0)
    model = one_stage(Distribution("fixed", 1.0), call_up=policy)
    drawn = draw_trucks(model, (Recorded((0.0, 60.0), slots=(60.0, 10.0)),), 1, 0)
    assert drawn.trucks["arrival"].tolist() == arrival
    assert (drawn.trucks["travel"] == travel).all()
    assert drawn.due.tolist() == [60.0, 60.0]


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: Live((0.0,), (1.0,)), "demand.live.edges"),
        (lambda: Live((0.0, 5.0, 5.0), (1.0, 1.0)), "demand.live.edges"),
        (lambda: Live((0.0, 5.0), (-1.0,)), "demand.live.per_hour"),
        (lambda: Live((0.0, 5.0), (1.0,), convoy=0), "demand.live.convoy"),
        (lambda: Booked((0.0,), (1, 2), ON_TIME), "demand.booked.bookings"),
        (lambda: Booked((0.0,), (-1,), ON_TIME), "demand.booked.bookings"),
        (lambda: Booked((0.0,), (1,), ON_TIME, 1.5), "demand.booked.no_show_share"),
        (lambda: Recorded((0.0,), ("a", "b")), "demand.recorded.kinds"),
        (lambda: Recorded((float("nan"),)), "demand.recorded.at"),
    ],
)
def test_a_demand_that_does_not_hold_together_is_refused_by_field(
    make: Callable[[], object], field: str
) -> None:
    with pytest.raises(ModelError) as refusal:
        make()
    assert refusal.value.field == field
    assert refusal.value.mend
