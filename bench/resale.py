"""What resale pays at a scarce crossing, before and after the rules against it; no database is used."""

from __future__ import annotations

from datetime import date
from typing import Final

from bench.report import Check, Figure, Section
from bench.sizes import Sizes

MONDAY: Final = date(2026, 12, 7)
CROSSING: Final = ("nur-zholy-khorgos", "nur-zholy", "outbound")
"""Where 200 to 300 USD were paid for a place, and robots filled the days two to three weeks ahead."""


def measure_resale(section: Section, sizes: Sizes) -> None:
    """Profit before and after, and what honest trips get for nothing."""
    from greenlane.planning.rule_trial.reselling.figures import FREE, PROFIT
    from greenlane.planning.rule_trial.reselling.trial import try_resale
    from greenlane.planning.rule_trial.reselling.words import sentences
    from greenlane.planning.rule_trial.rules import described_rules
    from greenlane.registry.crossing_finding import find_crossing

    crossing, code, direction = CROSSING
    here = find_crossing(crossing).checkpoint(code)
    found = try_resale(
        here, described_rules(here, direction, MONDAY), MONDAY, weeks=sizes.resale_weeks,
        runs=sizes.resale_runs, varied=(),
    )  # fmt: skip
    before = Figure("resale, EUR a day: before", found.case("before").figures[PROFIT].mean, "EUR")
    section.figures.append(before)
    for case, name in (
        ("ballot", "ballot alone"),
        ("transfers", "swaps and waiting list"),
        ("after", "all rules"),
    ):
        profit = found.case(case).figures[PROFIT].mean
        section.figures.append(
            Figure(
                f"resale, EUR a day: {name}",
                max(profit, 1e-9),
                "EUR",
                ratio=profit / before.rate,
                peer=before.name,
            )
        )
    section.remarks += [f"resale at {code}, as simulated: {sentence}" for sentence in sentences(found)]
    honest, after = (found.case(each).figures[FREE].mean for each in ("before", "after"))
    section.checks.append(Check("resale", "honest trips served worse after", 0, int(after < honest)))
