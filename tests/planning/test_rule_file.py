"""A file of rules says where its faults are, and comes back as it was written."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rule_scenes import here, rules

from greenlane.planning.rule_trial.rule_file import RuleFileError, read_rules, rules_text
from greenlane.planning.rule_trial.rules import RuleBook, RuleError, changes

TEXT = rules_text(rules())


@settings(max_examples=30)
@given(
    live=st.floats(0.0, 0.5),
    carrier=st.floats(0.01, 1.0),
    capacity=st.integers(1, 500),
    hour=st.none() | st.integers(1, 500),
    classes=st.dictionaries(st.sampled_from(["laden", "empty"]), st.integers(0, 99)),
    allocation=st.just(("first_click", 0.0)) | st.tuples(st.just("ballot"), st.floats(0.5, 300.0)),
    call_up=st.tuples(st.sampled_from(["limit", "predicted", "slot"]), st.floats(1.0, 60.0)),
    effective=st.dates(date(2020, 1, 1), date(2100, 1, 1)),
)
def test_rules_survive_their_file_and_their_document(
    live: float,
    carrier: float,
    capacity: int,
    hour: int | None,
    classes: dict[str, int],
    allocation: tuple[str, float],
    call_up: tuple[str, float],
    effective: date,
) -> None:
    book = replace(
        rules(
            live_share=live, carrier_share=carrier, slot_capacity=capacity, hour_capacity=hour,
            class_per_hour=classes, allocation=allocation[0], ballot_window_hours=allocation[1],
            call_up=call_up[0], call_up_target_minutes=call_up[1],
        ),
        effective=effective,
    )  # fmt: skip
    assert read_rules(rules_text(book)) == book
    assert RuleBook.of_document(book.as_document()) == book
    assert read_rules(rules_text(book)).digest == book.digest


def test_every_rule_and_the_date_are_in_the_digest() -> None:
    others = [
        rules(live_share=0.11),
        rules(class_per_hour={"laden": 1}),
        replace(rules(), effective=date(2027, 1, 1)),
        replace(rules(), direction="inbound"),
        rules(allocation="ballot", ballot_window_hours=2.0),
        rules(call_up="slot"),
    ]
    assert len({book.digest for book in (rules(), *others)}) == len(others) + 1


@pytest.mark.parametrize(
    ("was", "becomes", "field", "told"),
    [
        ("live_share: 0.1", "live_shore: 0.1", "slots.live_shore", "Did you mean 'live_share'?"),
        ("live_share: 0.1", "live_share: 1.2", "slots.live_share", "from 0 to 1"),
        ("carrier_share: 0.1", "carrier_share: many", "slots.carrier_share", "must be a number"),
        ("late_minutes: 30", "late_minutes: 300", "slots.void_minutes", "late before it is void"),
        ("effective: 2026-12-07", "effective: soon", "effective", "Write it as 2026-12-07"),
        ("direction: outbound", "direction: outbond", "direction", "Did you mean 'outbound'?"),
        ("allocation: first_click", "allocation: lottery", "slots.allocation", "One of: first_click, ballot"),
        ("allocation: first_click", "allocation: ballot", "slots.ballot_window_hours", "336 hours"),
        ("ballot_window_hours: 0.0", "ballot_window_hours: -1", "slots.ballot_window_hours", "0"),
        ("call_up: limit", "call_up: guess", "slots.call_up", "One of: limit, predicted, slot"),
        ("    empty: 16", "    empties: 16", "slots.class_per_hour.empties", "empt"),
        ("step_minutes: 15", "step_minutes: 7", "slots.step_minutes", "such as 10, 15 or 30"),
    ],
)
def test_a_fault_names_its_line_its_field_and_the_mend(was: str, becomes: str, field: str, told: str) -> None:
    assert TEXT.count(was) == 1
    spoiled = TEXT.replace(f"\n  {was}", f" {becomes}") if becomes[0] == "{" else TEXT.replace(was, becomes)
    line = TEXT[: TEXT.index(was)].count("\n") + 1
    with pytest.raises(RuleFileError) as refused:
        read_rules(spoiled)
    assert [problem.field for problem in refused.value.problems] == [field]
    assert told in f"{refused.value.problems[0]}"
    assert abs(refused.value.problems[0].line - line) <= 1


def test_all_faults_are_told_at_once() -> None:
    spoiled = TEXT.replace("live_share: 0.1", "live_share: no").replace("hold_minutes: 5", "hold_minutes: 0")
    with pytest.raises(RuleFileError) as refused:
        read_rules(spoiled)
    assert [problem.field for problem in refused.value.problems] == ["slots.hold_minutes", "slots.live_share"]


@pytest.mark.parametrize("text", ["\n", "- a\n- b\n", "a: [\n", "\x00\n"])
def test_what_is_no_file_of_rules_is_refused(text: str) -> None:
    with pytest.raises(RuleFileError):
        read_rules(text)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RuleFileError, match="cannot be read"):
        read_rules(tmp_path / "new.yaml")


def test_rules_of_another_checkpoint_or_direction_do_not_fit() -> None:
    with pytest.raises(RuleError, match="dorohusk"):
        replace(rules(), checkpoint="dorohusk").put_into(here())
    with pytest.raises(RuleError, match="sideways"):
        replace(rules(), direction="sideways").put_into(here())


def test_what_differs_is_told_without_the_date() -> None:
    new = replace(rules(live_share=0.2, call_up="slot"), effective=date(2027, 1, 1))
    assert [(each.field, each.old, each.new) for each in changes(rules(), new)] == [
        ("slots.live_share", 0.1, 0.2),
        ("slots.call_up", "limit", "slot"),
    ]
