"""Rules and wishes for the tests of rule trials: Yahodyn as described, made scarce where a test needs it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from greenlane.planning.rule_trial.carriers import USUAL, Mix
from greenlane.planning.rule_trial.rules import RuleBook, described_rules
from greenlane.planning.rule_trial.simulated_wishes import simulated_wishes
from greenlane.planning.rule_trial.trial import TrialReport, try_rules
from greenlane.planning.rule_trial.wishes import Wishes
from greenlane.registry import crossing
from greenlane.registry.crossing_file import read_crossing

MONDAY = date(2026, 12, 7)
CROSSINGS = Path(__file__).parent.parent.parent / "crossings"


@cache
def here() -> crossing.Checkpoint:
    """Yahodyn as its file describes it."""
    return read_crossing(CROSSINGS / "yahodyn-dorohusk.yaml").checkpoint("yahodyn")


def rules(**slots: Any) -> RuleBook:
    """Its rules, with some otherwise."""
    book = described_rules(here(), "outbound", MONDAY)
    return replace(book, slots=replace(book.slots, **slots))


def scarce(**slots: Any) -> RuleBook:
    """Rules under which fewer places are given out than are asked for at most hours."""
    return rules(**{"slot_capacity": 8, "hour_capacity": 30, **slots})


@cache
def wishes(weeks: int = 2, seed: int = 1, mix: Mix = USUAL) -> Wishes:
    """Simulated weeks there."""
    return simulated_wishes(here(), "outbound", MONDAY, weeks, seed, mix)


def tried(old: RuleBook, new: RuleBook, wished: Wishes | None = None, seed: int = 1) -> TrialReport:
    """Both rules over the same weeks."""
    return try_rules(here(), old, new, wished or wishes(seed=seed), seed)
