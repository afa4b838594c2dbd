"""From readings to figures: measured once, rolled up, and the same from every side."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from border import Border, at, make_border, plate
from greenlane.gate.models import Passage
from greenlane.standard import commands, queries
from greenlane.standard.histograms import Histogram
from greenlane.standard.models import HourlyHistogram, Measurement
from greenlane.standard.periods import Period, day_of, day_period
from greenlane.standard.queries.stored import columns_of
from greenlane.standard.rollups import merge
from greenlane.standard.summary import as_row

pytestmark = pytest.mark.django_db
OUT = "outbound"


@pytest.fixture
def border(db: None) -> Border:
    return make_border()


def a_day(border: Border, trucks: int = 40) -> Period:
    """Trucks of one local day, every fourth over ten minutes, one without an exit; long after."""
    for number in range(trucks):
        minutes = 12.5 if number % 4 == 0 else 7 + number % 3
        border.trip(plate(number), at(1 + number * 0.25), minutes, exits=number != 7)
    border.work(at(60))
    return day_period(day_of(at(4), border.near.zone), border.near.zone)


def test_a_passage_is_measured_with_its_clocks_and_what_broke_the_standard(border: Border) -> None:
    border.trip("123AB02", at(4), 14)
    border.work(at(5))

    row = Measurement.objects.get()
    assert (row.outside_s, row.inside_s, row.stage_s) == (300, 840, {"customs": 720})
    assert (row.touch_s, row.idle_s) == (720, 120)
    assert row.missing["access"] == "no_slot"
    assert (row.breach, row.breach_stage) == ("stage", "customs")
    plan = border.near.stages.get(direction=OUT, code="customs").plan_s
    assert row.breach_over_s == 720 - plan


def test_measuring_again_changes_nothing(border: Border) -> None:
    a_day(border, 8)
    before = list(Measurement.objects.order_by("pk").values())
    rolled = list(
        HourlyHistogram.objects.order_by("hour", "channel").values("hour", "clocks", "within", "over")
    )

    commands.measure(Passage.objects.values_list("pk", flat=True), at(60))

    assert list(Measurement.objects.order_by("pk").values()) == before
    again = HourlyHistogram.objects.order_by("hour", "channel").values("hour", "clocks", "within", "over")
    assert list(again) == rolled


def test_roll_ups_give_the_figures_of_the_passages(border: Border) -> None:
    period = a_day(border)
    rows = list(Measurement.objects.filter(counted_at__gte=period.start, counted_at__lt=period.end))

    rolled = queries.all_clocks(border.near, OUT, period)
    for clock, column in columns_of(rows).items():
        direct = Histogram.of(column)
        assert rolled[clock].shares[0] == column.share(rolled[clock].shares[0].limit_s), clock
        forms = HourlyHistogram.objects.filter(hour__gte=period.start, hour__lt=period.end)
        merged = merge(row.clocks[clock] for row in forms if clock in row.clocks)
        assert merged.as_dict()["bins"] == direct.as_dict()["bins"], clock
        assert merged.as_dict()["at_least"] == direct.as_dict()["at_least"], clock
        assert merged.missing == direct.missing, clock
        assert (merged.max_s, merged.total_s) == (direct.max_s, pytest.approx(direct.total_s)), clock


def test_the_headline_counts_every_truck_and_names_what_is_missing(border: Border) -> None:
    period = a_day(border)

    found = queries.headline(border.near, OUT, period.start, period.end)

    # Of 40 the ten of every fourth were over; the one without an exit was last read within them.
    assert (found.share.within, found.share.over, found.share.undecided) == (29, 10, 1)
    assert found.match_rate == 39 / 40
    assert found.verdict == "broken"
    exact = queries.exact(border.near, OUT, period)
    assert exact.share == found.share
    assert queries.headlines({border.near.pk: period}) == {(border.near.pk, OUT): found}


def test_figures_by_group_add_up_to_all(border: Border) -> None:
    period = a_day(border)
    whole = queries.figures(border.near, OUT, period)["all"]

    for by in queries.BY:
        groups = queries.figures(border.near, OUT, period, by=by)
        exact = queries.exact_figures(border.near, OUT, period, by=by)
        assert sum(group.n for group in groups.values()) == whole.n, by
        assert {label: group.share for label, group in groups.items()} == {
            label: group.share for label, group in exact.items()
        }, by


def test_a_standard_that_is_no_edge_of_the_bins_is_counted_exactly(
    border: Border, monkeypatch: pytest.MonkeyPatch
) -> None:
    period = a_day(border)
    own = queries.promise_of(border.near)
    monkeypatch.setattr(
        "greenlane.standard.queries.promises.checkpoint_document",
        lambda checkpoint: _Promising(replace(own, inside_s=540.0)),
    )

    # Rolled up against 600 s, asked against 540 s: counted from the passages; and again once rolled up anew.
    before = queries.headline(border.near, OUT, period.start, period.end)
    commands.measure(Passage.objects.values_list("pk", flat=True), at(60))
    after = queries.headline(border.near, OUT, period.start, period.end)

    within = Measurement.objects.filter(inside_s__lte=540).count()
    assert before.share.within == after.share.within == within
    assert after.share.limit_s == 540


class _Promising:
    def __init__(self, standard: queries.Promise) -> None:
        self.standard = standard


def test_an_entry_read_late_moves_the_truck_to_its_hour(border: Border) -> None:
    border.seen("123AB02", "park_in", at(4))
    border.work(at(4.1))
    assert HourlyHistogram.objects.get().hour == at(4)

    border.seen("123AB02", "entry", at(6.2))
    border.work(at(6.3))

    assert HourlyHistogram.objects.get().hour == at(6)


def test_a_clock_that_runs_is_read_again_without_a_reading(border: Border) -> None:
    border.seen("123AB02", "park_in", at(4))
    border.seen("123AB02", "entry", at(4.1))
    border.work(at(4.2))
    assert Measurement.objects.get().missing["inside"] == "open"
    assert Measurement.objects.get().at_least["inside"] == pytest.approx(360)

    assert commands.refresh(at(4.2)) == 0
    assert commands.refresh(at(5)) == 1
    assert Measurement.objects.get().at_least["inside"] == pytest.approx(3240)
    assert HourlyHistogram.objects.get().over == 1

    commands.refresh(at(30))
    assert Measurement.objects.get().missing["inside"] == "exit_missing"


def test_the_two_sided_clock_ends_when_the_other_side_reads_the_exit(border: Border) -> None:
    border.trip("123AB02", at(4), 9)
    border.work(at(5))
    assert Measurement.objects.get().missing["two_sided"] == "no_partner"

    there = {"checkpoint": border.far, "direction": "inbound"}
    border.trip("123AB02", at(7), 8, **there)
    border.work(at(8))

    here = Measurement.objects.get(checkpoint=border.near)
    assert here.two_sided_s == (at(7) + timedelta(minutes=8) - (at(4) - timedelta(minutes=5))).total_seconds()
    assert Measurement.objects.get(checkpoint=border.far).missing["two_sided"] == "no_partner"


def test_a_trip_does_not_take_the_other_half_of_a_later_trip(border: Border) -> None:
    there = {"checkpoint": border.far, "direction": "inbound"}
    border.trip("123AB02", at(4), 9)
    border.trip("123AB02", at(4, day=2), 9)
    border.trip("123AB02", at(7, day=2), 9, **there)
    border.work(at(9, day=2))

    first, second = Measurement.objects.filter(checkpoint=border.near).order_by("counted_at")
    assert (first.two_sided_s, first.missing["two_sided"]) == (None, "open")
    assert second.two_sided_s == 3 * 3600 + 5 * 60 + 9 * 60


def test_quantiles_say_when_there_are_too_few_trucks(border: Border) -> None:
    period = a_day(border, 8)

    row = as_row(queries.exact(border.near, OUT, period))

    assert row["p50"] != "n too small"
    assert (row["p90"], row["p95"], row["p99"]) == ("n too small",) * 3


def test_waits_now_count_those_who_still_wait(border: Border) -> None:
    for number in range(6):
        border.seen(plate(number), "park_in", at(4 + number / 60))
    border.work(at(4.5))
    waits = queries.current_waits(border.near, OUT, at(4.5))["outside"]
    assert (waits.wait.wait_s, waits.wait.queue) == (None, 6)
    assert waits.wait.at_least_s == pytest.approx(1620, abs=60)

    for number in range(5):
        border.seen(plate(number), "entry", at(4.6 + number / 60))
    border.work(at(4.8))
    waits = queries.current_waits(border.near, OUT, at(4.8))["outside"]
    assert (waits.wait.n, waits.wait.queue) == (5, 1)
    assert waits.wait.wait_s == pytest.approx(36 * 60)
    assert waits.measured_at == at(4.6 + 4 / 60)

    nothing = queries.current_waits(border.near, OUT, at(4.5, day=3))["outside"].wait
    assert (nothing.wait_s, nothing.at_least_s, nothing.n) == (None, None, 0)
