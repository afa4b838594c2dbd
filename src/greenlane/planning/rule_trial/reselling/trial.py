"""The trial: the same weeks and luck without rules against resale, under each alone, and under all."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from typing import Any, Final

from greenlane.planning.rule_trial.carriers import USUAL, Mix
from greenlane.planning.rule_trial.reselling.acting import act_out_resale, rules_under
from greenlane.planning.rule_trial.reselling.figures import (
    FIGURES,
    PROFIT,
    Estimate,
    estimated,
    figures_of,
)
from greenlane.planning.rule_trial.reselling.reseller import (
    ALL,
    NONE,
    PRICES,
    REBOOK,
    Measures,
    Reseller,
    ways,
)
from greenlane.planning.rule_trial.rules import RuleBook, RuleError
from greenlane.planning.rule_trial.simulated_wishes import simulated_wishes
from greenlane.planning.rule_trial.wishes import Wishes
from greenlane.registry import crossing

FORM: Final = 1
"""Of the document; another number when its keys change."""
TRANSFERS: Final = Measures(own_carrier_swaps=True, list_first=True)
CASES: Final[tuple[tuple[str, Measures, bool], ...]] = (
    ("nobody_before", NONE, False),
    ("nobody_after", ALL, False),
    ("before", NONE, True),
    ("ballot", Measures(ballot=True), True),
    ("own_carrier_swaps", Measures(own_carrier_swaps=True), True),
    ("list_first", Measures(list_first=True), True),
    ("late_cancels", Measures(late_cancels=True), True),
    ("signals", Measures(signals=True), True),
    ("transfers", TRANSFERS, True),
    ("after", ALL, True),
)
"""Code, rules, and whether there is a reseller."""
AT_PRICES: Final = tuple(("price", each) for each in PRICES)
"""The prices seen, as assumptions to vary."""
_PILOT: Final = 1_000_003
"""Added to the seed of the run in which a reseller learns what pays best; it counts for nothing else."""


@dataclass(frozen=True, slots=True)
class Case:
    """What happens under some rules.

    Attributes:
        code: of `CASES`.
        measures: the rules.
        resells: whether there is a reseller.
        appetite: share of each slot's places that he goes for; what pays best.
        verified_only: whether he uses only verified carriers, because that pays as well.
        figures: by the names in `greenlane.planning.rule_trial.reselling.figures.FIGURES`.
        changes: the same, less those of the case ``before`` in the same run.
    """

    code: str
    measures: Measures
    resells: bool
    appetite: float
    verified_only: bool
    figures: dict[str, Estimate]
    changes: dict[str, Estimate] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """Profit a day before and after, with one assumption otherwise; a share of what it was is ``left``."""

    assumption: str
    value: float
    before: Estimate
    after: Estimate

    @property
    def left(self) -> float:
        """NaN where there was no profit before."""
        return self.after.mean / self.before.mean if self.before.mean > 0.0 else math.nan


@dataclass(frozen=True, slots=True)
class ResaleReport:
    """What resale pays under the rules, and what honest trips get."""

    book: RuleBook
    ballot_window_hours: float
    first_day: date
    weeks: int
    runs: int
    seed: int
    trips: float
    reseller: Reseller
    mix: Mix
    cases: tuple[Case, ...]
    sensitivities: tuple[Sensitivity, ...]

    def case(self, code: str) -> Case:
        """The case of that code. KeyError when there is none."""
        for case in self.cases:
            if case.code == code:
                return case
        raise KeyError(code)

    def as_document(self) -> dict[str, Any]:
        """A JSON-able dict: what is not known is null."""
        return {
            "form": FORM,
            "checkpoint": self.book.checkpoint,
            "direction": self.book.direction,
            "rules": self.book.as_document(),
            "ballot_window_hours": self.ballot_window_hours,
            "first_day": self.first_day.isoformat(),
            "weeks": self.weeks,
            "runs": self.runs,
            "seed": self.seed,
            "trips_a_week": round(self.trips, 1),
            "reseller": self.reseller.as_document(),
            "carriers": self.mix.as_document(),
            "cases": [_case_document(case) for case in self.cases],
            "sensitivities": [_sensitivity_document(each) for each in self.sensitivities],
        }


def try_resale(
    checkpoint: crossing.Checkpoint,
    book: RuleBook,
    first_day: date,
    reseller: Reseller | None = None,
    *,
    weeks: int = 2,
    runs: int = 6,
    seed: int = 1,
    mix: Mix = USUAL,
    varied: tuple[tuple[str, float], ...] = AT_PRICES,
    progress: Callable[[str], None] | None = None,
) -> ResaleReport:
    """Act out every case over the same weeks with the same luck.

    Args:
        book: the rules; whether places are drawn is a matter of the cases.
        runs: each of other weeks, with luck of its own; an interval needs two.
        varied: assumptions that are tried with another value, one at a time.
        progress: told what is begun.

    Raises:
        RuleError: rules that do not fit the checkpoint, less than a week or a run, or an assumption that the
            reseller does not have.
        ModelError: the checkpoint's description does not hold together.
    """
    if weeks < 1 or runs < 1:
        raise RuleError("weeks" if weeks < 1 else "runs", "There is nothing to act out.", "Give 1 or more.")
    resells, tell = reseller or Reseller(), progress or (lambda _: None)
    tell("the wishes")
    seeds = [seed + _PILOT, *(seed + number for number in range(runs))]
    wished = [simulated_wishes(checkpoint, book.direction, first_day, weeks, each, mix) for each in seeds]
    trial = _Trial(checkpoint, book, seeds, wished)
    cases, found = [], {}
    for code, measures, is_about in CASES:
        tell(code.replace("_", " "))
        cases.append(trial.case(code, measures, resells if is_about else None))
        found[code] = trial.values
    cases = [replace(case, changes=_changes(found[case.code], found["before"])) for case in cases]
    sensitivities = []
    for name, value in varied:
        tell(f"{name} {value:g}")
        sensitivities.append(trial.sensitivity(resells, name, value))
    return ResaleReport(
        book=book,
        ballot_window_hours=rules_under(book, ALL).slots.ballot_window_hours,
        first_day=first_day,
        weeks=weeks,
        runs=runs,
        seed=seed,
        trips=sum(each.trips for each in wished[1:]) / runs / weeks,
        reseller=resells,
        mix=mix,
        cases=tuple(cases),
        sensitivities=tuple(sensitivities),
    )


class _Trial:
    """Weeks to act out; ``values`` are the figures of every run of the last case."""

    def __init__(
        self, checkpoint: crossing.Checkpoint, book: RuleBook, seeds: list[int], wished: list[Wishes]
    ) -> None:
        self._checkpoint, self._book, self._seeds, self._wished = checkpoint, book, seeds, wished
        self.values: list[dict[str, float]] = []

    def case(self, code: str, measures: Measures, reseller: Reseller | None) -> Case:
        """A case with the choices that pay best in the pilot run, on the luck of the others."""
        about = reseller or Reseller(carriers=0, verified_carriers=0)
        choices = _choices(about, measures) if reseller else [(0.0, True)]
        best = choices[0]
        if len(choices) > 1:
            # Of two that pay the same the one that takes less.
            best = max(choices, key=lambda choice: self._run(0, measures, about, choice)[PROFIT])
        self.values = [self._run(at, measures, about, best) for at in range(1, len(self._seeds))]
        figures = {name: estimated([each[name] for each in self.values]) for name in FIGURES}
        return Case(code, measures, reseller is not None, *best, figures)

    def sensitivity(self, reseller: Reseller, name: str, value: float) -> Sensitivity:
        """Profit with one assumption otherwise."""
        if name not in Reseller.__dataclass_fields__ or name == "appetites":
            raise RuleError(name, "There is no such assumption.", "Name a field of the reseller.")
        given = int(value) if isinstance(getattr(reseller, name), int) else value
        changed: dict[str, Any] = {name: given}
        other = replace(reseller, **changed)
        before, after = (
            self.case(code, measures, other).figures[PROFIT]
            for code, measures in (("before", NONE), ("after", ALL))
        )
        return Sensitivity(name, value, before, after)

    def _run(
        self, at: int, measures: Measures, reseller: Reseller, choice: tuple[float, bool]
    ) -> dict[str, float]:
        resold = act_out_resale(
            self._checkpoint, self._book, self._wished[at], reseller, measures, self._seeds[at],
            appetite=choice[0], verified_only=choice[1],
        )  # fmt: skip
        return figures_of(resold, self._wished[at], self._book, reseller, measures)


def _choices(reseller: Reseller, measures: Measures) -> list[tuple[float, bool]]:
    """What he may go for, the least first. He leaves carriers aside whose places he can hardly hand over."""
    open_ways = ways(reseller, measures, verified=False)
    hardly = measures.list_first and all(way.means == REBOOK for way in open_ways)
    both = (True, False) if hardly and reseller.verified_carriers else (False,)
    return [(appetite, verified_only) for appetite in sorted(reseller.appetites) for verified_only in both]


def _changes(values: list[dict[str, float]], before: list[dict[str, float]]) -> dict[str, Estimate]:
    return {
        name: estimated([new[name] - old[name] for new, old in zip(values, before, strict=True)])
        for name in FIGURES
    }


def _case_document(case: Case) -> dict[str, Any]:
    return {
        "code": case.code,
        "rules": asdict(case.measures),
        "resells": case.resells,
        "appetite": case.appetite,
        "verified_only": case.verified_only,
        "figures": {name: _finite(each) for name, each in case.figures.items()},
        "changes": {name: _finite(each) for name, each in case.changes.items()},
    }


def _sensitivity_document(each: Sensitivity) -> dict[str, Any]:
    left = each.left
    return {
        "assumption": each.assumption,
        "value": each.value,
        "before": _finite(each.before),
        "after": _finite(each.after),
        "left": round(left, 6) if math.isfinite(left) else None,
    }


def _finite(estimate: Estimate) -> dict[str, float | None]:
    return {
        name: round(value, 6) if math.isfinite(value) else None for name, value in asdict(estimate).items()
    }
