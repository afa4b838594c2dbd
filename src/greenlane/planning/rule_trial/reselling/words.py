"""Cases and figures in English, and a report on a terminal, by rich."""

from __future__ import annotations

from math import isfinite
from typing import Final

from rich.console import Console
from rich.table import Table

from greenlane.planning.rule_trial.reselling.figures import (
    ACCESS,
    BUYS,
    FREE,
    FREE_UNVERIFIED,
    NEAR,
    NONE_FOUND,
    PROFIT,
    SHARES,
    SOLD,
    TAKEN,
    Estimate,
)
from greenlane.planning.rule_trial.reselling.reseller import LEFT_OUT
from greenlane.planning.rule_trial.reselling.trial import ResaleReport, Sensitivity

CASE_NAMES: Final = {
    "nobody_before": "nobody resells, first click",
    "nobody_after": "nobody resells, all rules",
    "before": "before: first click, no rule",
    "ballot": "ballot alone",
    "own_carrier_swaps": "swaps inside a verified carrier alone",
    "list_first": "waiting list first alone",
    "late_cancels": "late cancellations count alone",
    "signals": "signals to officers alone",
    "transfers": "swaps and waiting list",
    "after": "after: all rules",
}
COLUMNS: Final = {
    PROFIT: "his profit, EUR a day",
    TAKEN: "places taken a day",
    SOLD: "places sold a day",
    FREE: "a place for nothing",
    NEAR: "one within 2 h",
    BUYS: "bought one",
    NONE_FOUND: "no place",
    ACCESS: "access, mean min",
    FREE_UNVERIFIED: "not verified: for nothing",
}


def show(report: ResaleReport) -> None:
    """Print the report."""
    console = Console(width=None if Console().is_terminal else 200, highlight=False)
    console.print(head(report))
    table = Table(show_lines=False)
    table.add_column("rules", no_wrap=True)
    for heading in COLUMNS.values():
        table.add_column(heading, justify="right")
    for case in report.cases:
        table.add_row(CASE_NAMES[case.code], *(cell(name, case.figures[name]) for name in COLUMNS))
    console.print(table)
    for sentence in sentences(report):
        console.print(sentence)
    varied = Table("assumption", "value")
    for heading in ("profit before", "after", "left"):
        varied.add_column(heading, justify="right")
    for each in report.sensitivities:
        varied.add_row(*sensitivity_cells(each))
    if report.sensitivities:
        console.print(varied)
    for words in (*assumptions(report), *LEFT_OUT):
        console.print(words)


def head(report: ResaleReport) -> str:
    """What was tried, in one sentence."""
    return (
        f"{report.book.checkpoint} {report.book.direction}: {report.runs} runs of {report.weeks} weeks from "
        f"{report.first_day}, simulated, {report.trips:,.0f} trips a week; seed {report.seed}; the same luck "
        f"under all rules. A ballot is drawn {report.ballot_window_hours:g} h after it opens, "
        f"{report.book.slots.horizon_days} days ahead."
    )


def sentences(report: ResaleReport) -> list[str]:
    """What it comes to, in English sentences."""
    before, after = report.case("before"), report.case("after")
    change = after.changes[PROFIT]
    was, now = before.figures[PROFIT].mean, after.figures[PROFIT].mean
    left = f", {now / was:.1%} of it" if was > 0.0 else ""
    told = [
        f"His profit goes from {cell(PROFIT, before.figures[PROFIT])} EUR a day to "
        f"{cell(PROFIT, after.figures[PROFIT])}{left}: {_money(change)} EUR."
    ]
    for name, words in ((FREE, "get a place for nothing"), (NEAR, "get one within two hours of the wish")):
        of = [report.case(code).figures[name].mean for code in ("nobody_before", "before", "after")]
        told.append(
            f"Of the honest trips {of[1]:.1%} {words} before and {of[2]:.1%} after; without any reseller and "
            f"any rule {of[0]:.1%}."
        )
    return told


def assumptions(report: ResaleReport) -> list[str]:
    """Every assumption with its value and reason, one a line."""
    document = report.reseller.as_document()
    lines = [f"Assumed: {name} {_value(each['value'])}: {each['why']}." for name, each in document.items()]
    return [*lines, f"Assumed of the carriers: {report.mix.assumed}."]


def sensitivity_cells(each: Sensitivity) -> tuple[str, ...]:
    """Assumption, value, profit before and after, and what is left."""
    left = f"{each.left:.1%}" if isfinite(each.left) else "-"
    return (each.assumption, f"{each.value:g}", cell(PROFIT, each.before), cell(PROFIT, each.after), left)


def cell(name: str, estimate: Estimate) -> str:
    """A figure with half its interval."""
    if not isfinite(estimate.mean):
        return "-"
    half = (estimate.high - estimate.low) / 2.0
    if name in SHARES:
        return f"{estimate.mean:.1%}" + (f" ± {half * 100.0:.1f}" if isfinite(half) else "")
    digits = 0 if name in (PROFIT, ACCESS) else 1
    return f"{estimate.mean:,.{digits}f}" + (f" ± {half:,.{digits}f}" if isfinite(half) else "")


def _money(estimate: Estimate) -> str:
    if not isfinite(estimate.low):
        return f"{estimate.mean:+,.0f}"
    return f"{estimate.mean:+,.0f} ({estimate.low:+,.0f} to {estimate.high:+,.0f})"


def _value(value: object) -> str:
    return ", ".join(f"{each:g}" for each in value) if isinstance(value, tuple) else f"{value:g}"
