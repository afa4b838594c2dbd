"""Published days: late and corrected readings make the next number, and a recomputation agrees."""

from __future__ import annotations

from datetime import date

import pytest
from django.db.models import F
from typer.testing import CliRunner

from border import Border, at, make_border, passage_of, plate
from greenlane.errors import GreenlaneError
from greenlane.gate.commands import correct_event
from greenlane.gate.models import Event
from greenlane.registry.models import Account, Grant
from greenlane.standard import commands, queries
from greenlane.standard.cli import app
from greenlane.standard.models import HourlyHistogram, Measurement, Revision
from greenlane.standard.periods import day_period

pytestmark = pytest.mark.django_db
OUT, DAY = "outbound", date(2026, 5, 4)


@pytest.fixture
def border(db: None) -> Border:
    """Six trucks of one day, the last without an exit so far."""
    made = make_border()
    for number in range(6):
        made.trip(plate(number), at(2 + number * 0.5), 8 + number, exits=number != 5)
    made.work(at(12))
    return made


def test_a_day_is_published_once_it_is_over(border: Border) -> None:
    # The local day ends at 15:00 UTC, and is published an hour later.
    assert commands.publish(at(15.9)) == []
    made = commands.publish(at(16.1))
    assert [(one.day, one.number, one.changed) for one in made] == [(DAY, 1, {})]
    assert made[0].figures["inside"]["n"] == 6
    assert commands.publish(at(17)) == []


def test_a_late_reading_makes_revision_two_with_what_changed(border: Border) -> None:
    commands.publish(at(20))
    border.seen(plate(5), "exit", at(4.5 + 13 / 60), record_time=at(21))
    border.work(at(21))

    first, second = Revision.objects.order_by("number")
    assert (second.number, second.why) == (2, "readings")
    assert second.changed["inside.n_measured"] == [5, 6]
    assert second.changed["inside.missing_open"] == [1, 0]
    assert second.changed["inside.max"] == [720.0, 780.0]
    assert first.figures["inside"]["n_measured"] == 5, "the first is kept as it was published"

    border.work(at(21.5))
    assert Revision.objects.count() == 2


def test_a_correction_makes_the_next_revision(border: Border) -> None:
    commands.publish(at(20))
    officer = Account.objects.create(username="officer@example.org", email="officer@example.org")
    Grant.objects.create(account=officer, checkpoint=border.near, role="officer", given_at=at(0))
    event = Event.objects.get(passage=passage_of(plate(1)), point="exit")

    changed = correct_event(officer, event.pk, "incorrect_data", "clock", at(21), event_time=at(2.5 + 7 / 60))
    commands.measure(changed, at(21))

    last = Revision.objects.order_by("number").last()
    assert last is not None
    assert last.number == 2
    assert Measurement.objects.get(passage=passage_of(plate(1))).inside_s == 7 * 60
    assert "inside.mean" in last.changed


def test_a_recomputation_from_the_raw_readings_gives_the_same_figures(border: Border) -> None:
    commands.publish(at(20))
    (found,) = commands.recompute(border.near, OUT, DAY, DAY, at(22))
    assert found.changed == {}
    assert (found.passages, found.revision, found.unstored, found.struck) == (6, 1, 0, 0)


def test_a_recomputation_sets_right_what_is_stored(border: Border) -> None:
    commands.publish(at(20))
    broken = passage_of(plate(2))
    Measurement.objects.filter(pk=broken.pk).update(inside_s=F("inside_s") + 500)
    right = border_headline(border)

    (dry,) = commands.recompute(border.near, OUT, DAY, DAY, at(22), dry_run=True)
    assert dry.changed["inside.max"] == [1100.0, 720.0]
    assert Revision.objects.count() == 1
    assert Measurement.objects.get(pk=broken.pk).inside_s == 1100

    (found,) = commands.recompute(border.near, OUT, DAY, DAY, at(22))
    assert found.changed == dry.changed
    assert Measurement.objects.get(pk=broken.pk).inside_s == 600
    assert border_headline(border) == right
    # What was stored was wrong, but what was published was right: there is nothing new to publish.
    assert found.revision == 1
    assert Revision.objects.count() == 1


def test_a_recomputation_renumbers_a_day_that_was_published_wrong(border: Border) -> None:
    broken = passage_of(plate(2))
    Measurement.objects.filter(pk=broken.pk).update(inside_s=F("inside_s") + 500)
    commands.publish(at(20))

    (found,) = commands.recompute(border.near, OUT, DAY, DAY, at(22))

    assert found.revision == 2
    last = Revision.objects.get(number=2)
    assert (last.why, last.changed["inside.max"]) == ("recomputed", [1100.0, 720.0])


def test_a_recomputation_finds_roll_ups_that_do_not_fit_their_passages(border: Border) -> None:
    before = border_headline(border)
    HourlyHistogram.objects.update(within=0)

    commands.recompute(border.near, OUT, DAY, DAY, at(22))

    assert border_headline(border) == before


def test_nothing_is_struck_out_because_readings_were_not_kept(
    border: Border, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured = Measurement.objects.count()
    monkeypatch.setattr("greenlane.standard.commands.recomputing.raw_passages", lambda *where: [])
    with pytest.raises(GreenlaneError) as refused:
        commands.recompute(border.near, OUT, DAY, DAY, at(22))
    assert refused.value.code == "no_readings"
    assert Measurement.objects.count() == measured


def test_the_command_line_says_what_differs(border: Border, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("greenlane.standard.cli._start", lambda: at(22))
    days = ["--from", "2026-05-04", "--to", "2026-05-04"]
    told = CliRunner().invoke(app, ["recompute", "zabaikalsk", *days, "--direction", OUT, "--dry-run"])
    assert told.exit_code == 0, told.output
    assert "2026-05-04: 6 passages, the same, not published yet" in told.output

    Measurement.objects.filter(pk=passage_of(plate(2)).pk).update(inside_s=1100)
    told = CliRunner().invoke(app, ["recompute", "zabaikalsk", *days, "--direction", OUT, "--dry-run"])
    assert told.exit_code == 1
    assert "2026-05-04: inside.max: 1100.0 -> 720.0" in told.output

    told = CliRunner().invoke(app, ["show", "zabaikalsk", *days])
    assert "trucks 6" in told.output
    assert "p95: n too small" in told.output


def border_headline(border: Border) -> queries.Headline:
    """The headline of the day."""
    period = day_period(DAY, border.near.zone)
    return queries.headline(border.near, OUT, period.start, period.end)
