"""Summaries of a clock over all passages and over cohorts fixed before arrival."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from timelines import clock, clocks_of, passage

from greenlane.standard.blocks import bootstrap_share
from greenlane.standard.columns import ClockColumn, CohortError, tabulate
from greenlane.standard.occupancy import occupancy, trucks_inside
from greenlane.standard.outcomes import Clock, Measured, Missing, Reason, stored
from greenlane.standard.shares import Share, Verdict, wilson
from greenlane.standard.summary import N_TOO_SMALL, as_row, summarise, summarise_table

some_clock: st.SearchStrategy[Clock] = st.one_of(
    st.integers(20, 4000).map(lambda seconds: Measured(float(seconds))),
    st.builds(Missing, st.sampled_from(list(Reason)), st.none() | st.integers(0, 4000).map(float)),
)
columns = st.lists(some_clock, max_size=60).map(ClockColumn.of)


def test_summary_by_hand() -> None:
    """Ten trucks: five measured, five not; one of those was certainly inside for more than ten minutes."""
    column = ClockColumn.of(
        [
            *(Measured(seconds) for seconds in (300.0, 400.0, 600.0, 601.0, 1200.0)),
            Missing(Reason.OPEN, 100.0),
            Missing(Reason.EXIT_MISSING, 700.0),
            Missing(Reason.INVALID_CLOCK),
            Missing(Reason.NOT_ENTERED),
            Missing(Reason.TURNED_AWAY),
        ]
    )
    summary = summarise(column)
    assert (summary.n, summary.n_measured) == (8, 5)
    assert summary.missing == {
        Reason.OPEN: 1,
        Reason.NOT_ENTERED: 1,
        Reason.TURNED_AWAY: 1,
        Reason.EXIT_MISSING: 1,
        Reason.INVALID_CLOCK: 1,
    }
    assert summary.shares == (Share(600.0, 3, 3, 2), Share(900.0, 4, 1, 3), Share(1800.0, 5, 0, 3))
    assert summary.share.value == 0.5
    assert (summary.share.pessimistic, summary.share.optimistic) == (3 / 8, 5 / 8)
    assert summary.match_rate == 5 / 7
    assert (summary.mean, summary.max) == (620.2, 1200.0)
    assert summary.quantile(0.5) is None
    assert as_row(summary)["p50"] == N_TOO_SMALL
    assert summary.verdict is Verdict.BROKEN  # at best 5 of 8: upper bound 86 %


def test_quantiles_and_reliability_by_hand() -> None:
    """1..100 minutes: p50 50, p95 95, mean 50.5 minutes; buffer index (95 - 50.5)/50.5."""
    summary = summarise(ClockColumn.of(Measured(60.0 * minute) for minute in range(1, 101)))
    assert [summary.quantile(p) for p in (0.5, 0.9, 0.95, 0.99)] == [3000.0, 5400.0, 5700.0, None]
    assert summary.buffer_index == pytest.approx(44.5 / 50.5)
    assert summary.p95_over_p50 == 1.9
    assert summary.match_rate == 1.0


def test_no_passage_has_no_figures() -> None:
    summary = summarise(ClockColumn.of([]))
    assert (summary.n, summary.mean, summary.max, summary.match_rate) == (0, None, None, None)
    assert (summary.buffer_index, summary.p95_over_p50) == (None, None)
    assert summary.verdict is Verdict.NOT_SHOWN


def test_open_trucks_lift_the_quantiles_that_would_hide_a_jam() -> None:
    """Sixty left after five minutes, forty are still inside after an hour. Of those that left nine in ten
    took five minutes; when nine in ten of all trucks will have left is not known.
    """
    column = ClockColumn.of([Measured(300.0)] * 60 + [Missing(Reason.OPEN, 3600.0)] * 40)
    p50, p90, *_ = summarise(column).quantiles
    assert (p50.seconds, p50.with_missing) == (300.0, 300.0)
    assert (p90.seconds, p90.with_missing) == (300.0, None)
    assert summarise(column).share.value == 0.6


@given(columns, columns)
def test_summary_of_all_is_the_sum_of_its_parts(one: ClockColumn, other: ClockColumn) -> None:
    parts, whole = (summarise(one), summarise(other)), summarise(ClockColumn.concatenate([one, other]))
    assert whole.n == sum(part.n for part in parts)
    assert whole.shares == tuple(a + b for a, b in zip(parts[0].shares, parts[1].shares, strict=True))
    assert whole.missing == {
        reason: count for reason in Reason if (count := sum(part.missing.get(reason, 0) for part in parts))
    }
    assert whole.max == max((part.max for part in parts if part.max is not None), default=None)
    assert whole.share.n == whole.n


@given(st.lists(some_clock, max_size=20))
def test_stored_clocks_come_back_the_same(clocks: list[Clock]) -> None:
    rows = [stored(clock) for clock in clocks]
    seconds, reasons, at_least = ([row[i] for row in rows] for i in range(3))
    column, expected = ClockColumn.of_stored(seconds, reasons, at_least), ClockColumn.of(clocks)
    assert column.reason.tolist() == expected.reason.tolist()
    np.testing.assert_array_equal(column.seconds, expected.seconds)
    np.testing.assert_array_equal(column.at_least, expected.at_least)


def three_trucks() -> list:
    return [
        replace(passage(entry="06:50", exit="06:55"), channel="green", vehicle_class="empty"),
        replace(passage(entry="15:59", exit="16:20"), channel="red", vehicle_class="laden"),
        replace(passage(entry="16:01", exit="16:09"), channel="green", vehicle_class="laden"),
    ]


def test_cohorts_are_those_of_the_checkpoints_zone_and_hold_every_truck_once() -> None:
    trucks = three_trucks()
    table = tabulate(trucks, [clocks_of(truck) for truck in trucks], zone="Asia/Irkutsk")  # UTC+8
    board = summarise_table(table, "inside", by=("hour", "day", "channel", "vehicle_class"))
    assert {label: group.n for label, group in board.by["hour"].items()} == {"00": 1, "14": 1, "23": 1}
    assert {label: group.n for label, group in board.by["day"].items()} == {"2026-11-24": 2, "2026-11-25": 1}
    assert board.by["channel"]["green"].share.value == 1.0
    assert board.by["channel"]["red"].share.value == 0.0
    assert board.all.share.value == pytest.approx(2 / 3)
    assert all(sum(group.n for group in groups.values()) == board.all.n for groups in board.by.values())


def test_a_cohort_that_is_known_only_afterwards_is_refused() -> None:
    trucks = three_trucks()
    table = tabulate(trucks, [clocks_of(truck) for truck in trucks], zone="UTC")
    with pytest.raises(CohortError, match=r"'flags' is not here\. Use hour, day"):
        summarise_table(table, by=("flags",))
    with pytest.raises(CohortError, match=r"'dwell' is not here\. Use access"):
        summarise_table(table, "dwell")


def test_a_stage_is_summarised_over_the_trucks_that_visited_it() -> None:
    trucks = [
        passage(entry="09:00", exit="09:09", stages="xray 09:01-09:05"),
        passage(entry="09:00", exit="09:05"),
    ]
    table = tabulate(trucks, [clocks_of(truck) for truck in trucks], zone="UTC")
    summary = summarise(table.column("stage:xray"))
    assert (summary.n, summary.mean, summary.missing) == (1, 240.0, {Reason.NOT_VISITED: 1})


def test_an_empty_table_has_no_groups() -> None:
    board = summarise_table(tabulate([], [], zone="UTC"))
    assert board.all.n == 0
    assert set(board.by) == {"hour", "day", "vehicle_class", "channel", "direction"}
    assert all(groups == {} for groups in board.by.values())


def jammed_hours() -> tuple[ClockColumn, list[str]]:
    """24 hours of 20 trucks; in three of them nobody passed in time."""
    seconds = [1200.0 if hour % 8 == 0 else 300.0 for hour in range(24) for _ in range(20)]
    return ClockColumn.of(Measured(value) for value in seconds), [f"{n // 20:02d}" for n in range(480)]


def test_the_interval_over_hours_is_wider_when_trucks_share_a_jam() -> None:
    column, hours = jammed_hours()
    summary = summarise(column, blocks=hours, seed=1)
    assert summary.blocks is not None
    assert summary.share.interval == wilson(420, 480)
    assert summary.blocks.low < wilson(420, 480).low
    assert summary.blocks.high > wilson(420, 480).high
    assert summary.blocks.low <= 420 / 480 <= summary.blocks.high


def test_the_interval_over_hours_is_the_same_for_the_same_seed_and_needs_ten_hours() -> None:
    column, hours = jammed_hours()
    assert bootstrap_share(column, 600.0, hours, seed=7) == bootstrap_share(column, 600.0, hours, seed=7)
    nine = np.arange(180)
    assert bootstrap_share(column.take(nine), 600.0, hours[:180], seed=7) is None


def test_littles_law_on_the_published_plan() -> None:
    """1,600 trucks a day at ten minutes are 11 inside; at 38 minutes, 42."""
    assert round(trucks_inside(1600, 600)) == 11
    assert round(trucks_inside(1600, 38 * 60)) == 42


def test_counted_and_expected_trucks_agree_unless_exits_are_lost() -> None:
    entries = np.arange(0, 86_400, 54.0)  # 1,600 a day
    inside = occupancy(entries, entries + 600, start=0, end=86_400)
    assert inside.expected == pytest.approx(11.11, abs=0.01)
    assert inside.gap == pytest.approx(0, abs=0.01)
    exits = entries + 600
    exits[::100] = np.nan
    lost = occupancy(entries, exits, start=0, end=86_400)
    assert lost.gap is not None
    assert lost.gap > 0.5


def test_an_empty_period_is_refused_and_no_trucks_expect_nothing() -> None:
    nothing = np.array([])
    with pytest.raises(ValueError, match="is empty"):
        occupancy(nothing, nothing, start=5, end=5)
    assert occupancy(nothing, nothing, start=0, end=5).expected is None
    assert occupancy(nothing, nothing, start=0, end=5).gap is None


def test_a_passage_is_counted_by_its_entry_or_the_first_that_is_known() -> None:
    assert passage(slot="10:00", arrival="09:00", entry="10:02").counted_at == clock("10:02")
    assert passage(slot="10:00", arrival="09:00", stages="customs 10:04-10:05").counted_at == clock("10:04")
    assert passage(slot="10:00", arrival="09:00").counted_at == clock("09:00")
    assert passage(slot="10:00").counted_at == clock("10:00")
