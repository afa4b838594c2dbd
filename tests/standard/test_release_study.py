"""A time release study out of the events."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest
from timelines import clocks_of, passage

from greenlane.standard.columns import CohortError
from greenlane.standard.release_study import (
    ATTRIBUTES,
    FIGURES,
    OUTLIER_RULE,
    ReleaseRow,
    ReleaseStudy,
    release_study,
    write_csv,
)


def trucks() -> list:
    green = passage(slot="09:00", arrival="09:00", entry="09:05", exit="09:12", stages="border 09:06-09:08")
    return [
        replace(green, channel="green", pre_arrival=True),
        replace(green, channel="green", pre_arrival=True),
        replace(
            passage(
                arrival="09:00", entry="09:20", exit="10:00", stages="border 09:25-09:30, customs 09:30-09:55"
            ),
            channel="red",
            pre_arrival=False,
        ),
        replace(passage(arrival="09:00", entry="09:20", stages="border 09:25-09:30"), channel="red"),
    ]


def study() -> ReleaseStudy:
    passages = trucks()
    return release_study(passages, [clocks_of(times) for times in passages], zone="UTC")


def row(activity: str, **group: str) -> ReleaseRow:
    (found,) = [row for row in study().rows if row.group == group and row.activity == activity]
    return found


def test_release_runs_from_arrival_to_the_exit_barrier() -> None:
    everyone = row("release")
    assert (everyone.n, everyone.n_missing) == (3, 1)  # the fourth was never seen to leave
    assert everyone.mean == (720 + 720 + 3600) / 3
    assert (everyone.median, everyone.mode) == (720, 720)
    assert (everyone.least, everyone.greatest, everyone.range) == (720, 3600, 2880)


def test_by_channel_and_by_papers_before_arrival() -> None:
    assert row("inside", channel="green").mean == 420
    assert row("inside", channel="red").mean == 2400
    assert row("inside", channel="red").n_missing == 1
    assert row("inside", pre_arrival="yes").n == 2
    assert row("inside", pre_arrival="no").n == 1
    assert row("inside", channel="red", pre_arrival="").n == 0  # not known whether papers came before


def test_every_activity_has_its_mean_over_the_trucks_that_underwent_it() -> None:
    assert (row("stage:border").n, row("stage:border").mean) == (4, (120 + 120 + 300 + 300) / 4)
    assert (row("stage:customs").n, row("stage:customs").mean) == (1, 1500)
    assert row("idle", channel="green").mean == 300


def test_outliers_are_counted_by_the_stated_rule_and_stay_in_the_mean() -> None:
    passages = [passage(arrival="09:00", entry="09:00", exit=f"09:{minute}") for minute in range(10, 18)]
    passages.append(passage(arrival="09:00", entry="09:00", exit="15:00"))
    result = release_study(passages, [clocks_of(times) for times in passages], zone="UTC", groupings=[()])
    release = result.rows[0]
    # 10..17 and 360 minutes: quartiles 12 and 16, fence 6..22
    assert release.outliers == 1
    assert release.mean == pytest.approx(60 * (108 + 360) / 9)
    assert release.mean_without_outliers == 60 * 13.5
    assert result.outlier_rule == OUTLIER_RULE


def test_few_values_have_no_outlier() -> None:
    assert row("release").outliers == 0


def test_csv_has_a_line_for_every_row_and_leaves_unknown_figures_empty() -> None:
    stream = io.StringIO(newline="")
    write_csv(study(), stream)
    lines = list(csv.DictReader(io.StringIO(stream.getvalue())))
    assert list(lines[0]) == [*ATTRIBUTES, "activity", *FIGURES]
    assert len(lines) == len(study().rows)
    assert lines[0]["channel"] == "all"
    assert (lines[0]["activity"], lines[0]["mean_s"], lines[0]["range_s"]) == ("release", "1680.0", "2880.0")
    (unread,) = [
        line
        for line in lines
        if (line["channel"], line["pre_arrival"], line["activity"]) == ("red", "", "release")
    ]
    assert (unread["n"], unread["n_missing"], unread["mean_s"]) == ("0", "1", "")


def test_a_grouping_known_only_afterwards_is_refused() -> None:
    passages = trucks()
    with pytest.raises(CohortError, match="'flags' is not here"):
        release_study(passages, [clocks_of(times) for times in passages], zone="UTC", groupings=[("flags",)])
