"""A trial of rules finds the effects that are known, on the groups that they fall on, and loses nobody."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
from rule_scenes import MONDAY, here, rules, scarce, tried, wishes

from greenlane.planning.rule_trial.acting import Acted, act_out
from greenlane.planning.rule_trial.booking_order import order_of, slot_times
from greenlane.planning.rule_trial.carriers import Mix, Stratum
from greenlane.planning.rule_trial.figures import verdict_of
from greenlane.planning.rule_trial.groups import groups_of
from greenlane.planning.rule_trial.page import page
from greenlane.planning.rule_trial.placing import BLOCKED, FULL, LIVE, PLACED
from greenlane.planning.rule_trial.rules import RuleBook, RuleError, carrier_cap
from greenlane.planning.rule_trial.simulated_wishes import simulated_wishes
from greenlane.planning.rule_trial.summary import sentences, told_of
from greenlane.planning.rule_trial.trial import TrialReport, group_of_document, try_rules
from greenlane.planning.rule_trial.wishes import Wishes

EAGER = Mix((Stratum(2, 0.5, 12.0, 240.0), Stratum(40, 0.5, 12.0, 240.0)), bot_share=0.2)
"""Nearly everyone asks days ahead; a fifth of the carriers let a program ask."""
GIANT = Mix((Stratum(1, 0.6, 3.0, 60.0), Stratum(2000, 0.4, 9.0, 5.0)), bot_share=0.0)
"""One carrier with two fifths of the trips, which asks early."""


@pytest.mark.parametrize("book", [rules(), scarce()], ids=["as described", "scarce"])
def test_a_rule_that_changes_nothing_changes_nothing_for_any_group(book: RuleBook) -> None:
    later = replace(book, effective=MONDAY.replace(year=2027))
    report = tried(book, later)
    assert report.changed == ()
    for group in report.groups:
        assert group.old == group.new
        for name, figure in group.figures.items():
            if not np.isnan(figure.old):
                assert (figure.difference, figure.low, figure.high) == (0.0, 0.0, 0.0), (group.code, name)
                assert figure.verdict == "same"


def test_the_same_seed_gives_the_same_report_and_another_seed_another() -> None:
    new = scarce(live_share=0.2)
    first = tried(scarce(), new).as_document()
    assert tried(scarce(), new, simulated_wishes(here(), "outbound", MONDAY, 2, 1)).as_document() == first
    assert tried(scarce(), new, seed=2).as_document()["groups"] != first["groups"]


def test_every_trip_is_in_one_group_of_each_kind_and_has_one_fate() -> None:
    wished = wishes()
    groups = groups_of(wished)
    counted = groups[0].trips
    assert groups[0].code == "all"
    for kind in ("carriers", "class", "asks"):
        in_groups = sum(group.trips.astype(int) for group in groups if group.code.startswith(f"{kind}:"))
        assert (in_groups == counted).all(), kind
    assert len(wished.wished) - counted.sum() == (wished.wished < 0).sum(), "all but those of the day before"
    for group in tried(rules(), scarce(no_show_limit=1)).groups:
        for counts in (group.old, group.new):
            assert counts.asked == counts.placed + counts.full + counts.blocked
            assert counts.trips == counts.came + counts.fell_through
            assert counts.stuck == 0
            assert counts.live >= counts.trips - counts.asked


def test_a_larger_live_share_shortens_the_live_queue_and_lengthens_booked_waits() -> None:
    old, new = (scarce(live_share=share, inside_limit=9) for share in (0.0, 0.25))
    report = tried(old, new, wishes(weeks=4))
    live, people = report.group("asks:live_queue"), report.group("asks:people")
    assert live.figures["outside.mean"].verdict == "better"
    assert live.figures["outside.p95"].verdict == "better"
    assert people.figures["outside.mean"].verdict == "worse"
    assert people.figures["access.mean"].verdict == "worse"
    assert people.figures["near"].verdict == "worse"


def test_a_carrier_cap_moves_places_from_the_large_carrier_to_the_small_ones() -> None:
    wished = wishes(weeks=4, mix=GIANT)
    report = tried(scarce(carrier_share=1.0), scarce(carrier_share=0.2), wished)
    assert report.group("carriers:small").figures["access.mean"].verdict == "better"
    assert report.group("carriers:small").figures["near"].verdict == "better"
    assert report.group("carriers:large").figures["near"].verdict == "worse"


def test_a_ballot_takes_the_advantage_of_the_programs_away() -> None:
    few = scarce(slot_capacity=7)
    ballot = scarce(slot_capacity=7, allocation="ballot", ballot_window_hours=24.0 * 13)
    report = tried(few, ballot, wishes(weeks=4, mix=EAGER))
    bots, people = report.group("asks:bots"), report.group("asks:people")
    assert bots.figures["near"].old == 1.0, "programs get what they want"
    assert bots.figures["near"].old - people.figures["near"].old > 0.1, "and people do not"
    assert bots.figures["near"].verdict == "worse"
    gap_before = people.figures["access.mean"].old - bots.figures["access.mean"].old
    gap_after = people.figures["access.mean"].new - bots.figures["access.mean"].new
    assert gap_after < 0.5 * gap_before


def test_fewer_trucks_inside_at_once_wait_outside_instead() -> None:
    report = tried(rules(), rules(inside_limit=9), wishes(weeks=4))
    everyone = report.groups[0].figures
    assert everyone["inside.mean"].verdict == "better"
    assert everyone["outside.mean"].verdict == "worse"


def test_another_call_up_is_acted_out() -> None:
    report = tried(rules(), rules(call_up="slot"))
    assert report.groups[0].figures["inside.mean"].difference > 0.0


def test_who_may_not_come_early_waits_less_before_the_slot() -> None:
    everyone = tried(rules(), rules(early_minutes=10)).groups[0].figures
    assert everyone["early.mean"].verdict == "better"
    assert everyone["early.mean"].new < 10.0


def test_nobody_is_let_in_earlier_than_the_rules_allow_also_who_is_on_record() -> None:
    wished = wishes()
    eager = replace(wished, offset=np.full(wished.trips, -150.0), absent=np.zeros(wished.trips, np.bool_))
    outcome = acted(rules(early_minutes=60), eager)
    assert outcome.early[outcome.outcome == PLACED] == pytest.approx(60.0)


def acted(book: RuleBook, wished: Wishes) -> Acted:
    return act_out(here(), book, wished, 1)


def test_a_truck_after_its_tolerance_loses_its_place_in_turn_and_after_void_its_booking() -> None:
    wished = wishes()
    offset = np.where(np.arange(wished.trips) % 50 == 0, 150.0, 0.0)
    late = replace(wished, offset=offset, absent=np.zeros(wished.trips, np.bool_))
    outcome = acted(rules(late_minutes=30, void_minutes=130), late)
    is_late = (offset > 0.0) & (outcome.outcome == PLACED)
    assert is_late.sum() > 100
    assert not outcome.is_live[is_late].any(), "150 is within 30 + 130 of the slot's start"
    voided = acted(rules(late_minutes=30, void_minutes=100), late)
    placed = (offset > 0.0) & (voided.outcome == PLACED)
    assert voided.is_live[placed].all()
    assert not np.isnan(voided.inside[placed]).any(), "they come all the same"


def test_no_shows_block_the_truck_and_no_other() -> None:
    wished = wishes()
    blocked = acted(rules(no_show_limit=1, no_show_block_days=30), wished)
    free = acted(rules(no_show_limit=10_000), wished)
    assert (free.outcome != BLOCKED).all()
    refused = blocked.outcome == BLOCKED
    assert refused.sum() > 20
    guilty = set(wished.truck[wished.absent & (free.outcome == PLACED)].tolist())
    missed_late = set(wished.truck[free.is_live & (free.outcome == PLACED)].tolist())
    assert set(wished.truck[refused].tolist()) <= guilty | missed_late
    assert blocked.is_live[refused & ~wished.absent].all(), "they come to the live queue"


def test_no_quota_and_no_cap_is_ever_overdrawn() -> None:
    book, wished = scarce(carrier_share=0.1, hour_capacity=24), wishes(mix=GIANT)
    slots = slot_times(here(), book, wished)
    outcome = acted(book, wished)
    placed = np.flatnonzero(outcome.outcome == PLACED)
    wished_slot = order_of(wished, book, slots, 1).wished_slot
    start = slots.starts[wished_slot[placed]] + outcome.shift[placed]
    number = np.searchsorted(slots.starts, start)
    assert (slots.starts[number] == start).all()
    assert np.bincount(number).max() <= book.slots.slot_capacity
    hour = np.floor(start / 60.0).astype(int)
    _, by_hour = np.unique(hour, return_counts=True)
    assert by_hour.max() == 24
    _, by_carrier = np.unique(hour * 10_000 + wished.carrier[placed], return_counts=True)
    assert by_carrier.max() == carrier_cap(book) == 3
    empty = wished.vehicle_class[placed] == "empty"
    _, empties = np.unique(hour[empty], return_counts=True)
    assert empties.max() <= book.slots.class_per_hour["empty"]


def test_everyone_gets_the_slot_of_the_wish_where_there_is_room_for_all() -> None:
    free = rules(
        slot_capacity=900, hour_capacity=None, day_capacity=None, neighbour_per_hour=None, class_per_hour={},
        carrier_share=1.0, no_show_limit=10_000,
    )  # fmt: skip
    outcome = acted(free, wishes())
    assert set(np.unique(outcome.outcome)) == {LIVE, PLACED}
    assert (outcome.shift[outcome.outcome == PLACED] == 0.0).all()


def test_who_finds_nothing_within_reach_comes_to_the_live_queue_at_the_wished_time() -> None:
    wished = wishes()
    outcome = acted(rules(slot_capacity=2), wished)
    full = (outcome.outcome == FULL) & ~wished.absent
    assert full.sum() > 1000
    assert outcome.is_live[full].all()
    assert (outcome.came[full] == wished.wished[full]).all()


def test_the_rules_that_a_trial_does_not_act_out_are_named() -> None:
    report = tried(rules(), rules(hold_minutes=9, live_share=0.2))
    assert [(each.field, each.is_tried) for each in report.changed] == [
        ("slots.hold_minutes", False),
        ("slots.live_share", True),
    ]


@pytest.mark.parametrize(
    ("name", "low", "high", "verdict"),
    [
        ("near", 0.1, 0.2, "better"),
        ("near", -0.2, -0.1, "worse"),
        ("outside.mean", 0.1, 0.2, "worse"),
        ("outside.mean", -0.2, -0.1, "better"),
        ("inside.within", 0.1, 0.2, "better"),
        ("inside.p95", -0.1, 0.1, "unclear"),
        ("inside.p95", 0.0, 0.0, "same"),
        ("inside.p95", np.nan, np.nan, "unknown"),
    ],
)
def test_what_a_difference_shows(name: str, low: float, high: float, verdict: str) -> None:
    assert verdict_of(name, (low + high) / 2.0, low, high) == verdict


def test_one_week_shows_a_difference_and_no_sureness() -> None:
    report = tried(scarce(), scarce(live_share=0.3), wishes(weeks=1))
    figure = report.groups[0].figures["near"]
    assert figure.difference < 0.0
    assert figure.verdict == "unknown"


@pytest.fixture(scope="module")
def report() -> TrialReport:
    return tried(*(scarce(live_share=share, inside_limit=9) for share in (0.0, 0.25)), wishes(weeks=4))


def test_the_words_name_every_group_under_every_figure_that_it_has(report: TrialReport) -> None:
    for figure in ("outside.mean", "inside.mean"):
        named = [code for told in told_of(report.groups) if told.figure == figure for code, _ in told.groups]
        assert sorted(named) == sorted(group.code for group in report.groups)
    words = "\n".join(sentences(report.groups))
    assert "Surely fewer minutes of waiting outside:" in words
    assert "the live queue (-" in words


def test_a_group_survives_its_document(report: TrialReport) -> None:
    for group, document in zip(report.groups, report.as_document()["groups"], strict=True):
        read = group_of_document(document)
        assert (read.code, read.old, read.new) == (group.code, group.old, group.new)
        for each in fields(read.figures["near"]):
            got, given = (getattr(of.figures["near"], each.name) for of in (read, group))
            assert got == given or got == pytest.approx(given, abs=1e-6, nan_ok=True)


@pytest.mark.slow
def test_the_page_says_all_and_fetches_nothing(report: TrialReport) -> None:
    html = page(report)
    assert html.count("<svg") == 8
    for part in ("<script", 'src="', "@import", 'href="'):
        assert part not in html
    assert "small carriers" in html
    assert "slots.live_share" in html
    assert "surely better" in html


def test_rules_of_different_lines_are_not_compared() -> None:
    with pytest.raises(RuleError, match="different lines"):
        try_rules(here(), rules(), replace(rules(), direction="inbound"), wishes())
