"""A breach names what took the most over its plan; a revision says what it changed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from timelines import DAY, clocks_of, passage

from greenlane.standard.breaches import Breach, Cause, count_causes, find_breach
from greenlane.standard.columns import ClockColumn
from greenlane.standard.outcomes import Measured, Missing, Reason
from greenlane.standard.revisions import is_provisional, revise
from greenlane.standard.summary import ClockSummary, summarise

PLAN = {"border": 120.0, "customs": 240.0, "exit": 30.0}

CASES = {
    "within the standard": (
        passage(entry="09:00", exit="09:10", stages="border 09:01-09:04, customs 09:05-09:09"),
        None,
        None,
    ),
    "customs took 6 minutes over": (
        passage(entry="09:00", exit="09:15", stages="border 09:01-09:03, customs 09:04-09:14"),
        None,
        Breach(Cause.STAGE, "customs", 360.0, 900.0, 600.0, True),
    ),
    "the longest stage kept its plan, another did not": (
        passage(entry="09:00", exit="09:11", stages="border 09:00-09:06, customs 09:06-09:10:20"),
        None,
        Breach(Cause.STAGE, "border", 240.0, 660.0, 600.0, True),
    ),
    "a stage that nobody planned": (
        passage(entry="09:00", exit="09:12", stages="border 09:01-09:03, xray 09:04-09:10"),
        None,
        Breach(Cause.STAGE, "xray", 360.0, 720.0, 600.0, True),
    ),
    "waiting between stages": (
        passage(entry="09:00", exit="09:20", stages="border 09:01-09:03, customs 09:13-09:18"),
        None,
        Breach(Cause.WAITING, None, 780.0, 1200.0, 600.0, True),
    ),
    "a reading is missing": (
        passage(entry="09:00", exit="09:20", stages="border 09:01-09:15, customs 09:16-"),
        None,
        Breach(Cause.UNKNOWN, None, None, 1200.0, 600.0, True),
    ),
    "exit not read, and seen inside after eleven minutes": (
        passage(entry="09:00", stages="border 09:01-09:03, customs 09:04-09:11"),
        None,
        Breach(Cause.UNKNOWN, None, None, 660.0, 600.0, False),
    ),
    "exit not read, last seen after four minutes": (
        passage(entry="09:00", stages="border 09:01-09:04"),
        None,
        None,
    ),
    "impossible clocks accuse nobody": (passage(entry="09:10", exit="09:05"), None, None),
    "is at customs now": (
        passage(entry="09:00", stages="border 09:01-09:03, customs 09:04-"),
        "09:14",
        Breach(Cause.STAGE, "customs", 360.0, 840.0, 600.0, False),
    ),
    "waits between stages now": (
        passage(entry="09:00", stages="border 09:01-09:03"),
        "09:14",
        Breach(Cause.WAITING, None, 720.0, 840.0, 600.0, False),
    ),
    "inside for ten minutes now": (passage(entry="09:00", stages="border 09:01-09:03"), "09:10", None),
}


@pytest.mark.parametrize("case", CASES)
def test_cause(case: str) -> None:
    times, at, expected = CASES[case]
    assert find_breach(clocks_of(times, at), PLAN) == expected


def test_a_plan_that_is_longer_than_the_standard_is_named_as_such() -> None:
    times = passage(entry="09:00", exit="09:11", stages="border 09:00-09:05, customs 09:05-09:11")
    breach = find_breach(clocks_of(times), {"border": 300.0, "customs": 360.0})
    assert breach is not None
    assert (breach.cause, breach.words) == (Cause.PLAN, "the plan is longer than the standard")


def test_planned_driving_between_stages_is_not_waiting() -> None:
    times = passage(entry="09:00", exit="09:12", stages="border 09:02-09:07, customs 09:09-09:12")
    clocks = clocks_of(times)
    unplanned, planned = find_breach(clocks, PLAN), find_breach(clocks, PLAN, waiting_plan_s=120)
    assert unplanned is not None
    assert planned is not None
    assert (unplanned.words, planned.words) == ("waiting between stages", "border")


def test_causes_are_counted_the_most_frequent_first() -> None:
    breaches = [
        breach for times, at, _ in CASES.values() if (breach := find_breach(clocks_of(times, at), PLAN))
    ]
    assert count_causes(breaches) == {"customs": 2, "unknown": 2, "waiting": 2, "border": 1, "xray": 1}


def figures(*seconds: float, lost: int = 0) -> ClockSummary:
    clocks = [*(Measured(value) for value in seconds), *[Missing(Reason.EXIT_MISSING, 0.0)] * lost]
    return summarise(ClockColumn.of(clocks))


END = DAY + timedelta(days=1)


def test_a_late_upload_makes_a_numbered_revision_that_says_what_changed() -> None:
    first = revise(None, figures(300, 500, lost=1), period_end=END, at=END)
    assert (first.number, first.changes, first.provisional) == (1, (), True)
    second = revise(first, figures(300, 500, 700), period_end=END, at=END + timedelta(hours=5))
    assert second.number == 2
    changed = {change.figure: (change.old, change.new) for change in second.changes}
    assert changed["missing_exit_missing"] == (1, 0)
    assert changed["match_rate"] == (2 / 3, 1.0)
    assert changed["max"] == (500.0, 700.0)
    assert changed["within_600"] == (1.0, 2 / 3)
    assert "n" not in changed
    assert "verdict" not in changed
    assert first.summary == figures(300, 500, lost=1)


def test_the_same_figures_make_no_revision_and_become_final_after_three_days() -> None:
    first = revise(None, figures(300, 500), period_end=END, at=END)
    again = revise(first, figures(300, 500), period_end=END, at=END + timedelta(hours=72))
    assert (again.number, again.made_at, again.provisional) == (1, END, False)
    assert is_provisional(END, END + timedelta(hours=71, minutes=59))
