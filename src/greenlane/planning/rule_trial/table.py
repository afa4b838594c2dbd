"""A report on a terminal, by rich."""

from __future__ import annotations

from math import isfinite

from rich.console import Console
from rich.table import Table

from greenlane.planning.rule_trial.figures import Compared, GroupFigures
from greenlane.planning.rule_trial.summary import change_text, group_name, is_share, sentences
from greenlane.planning.rule_trial.trial import TrialReport

COLUMNS = ("near", "access.mean", "outside.mean", "outside.p95", "inside.mean", "inside.within")
_HEADS = {
    "near": "place within 2 h",
    "access.mean": "access, mean",
    "outside.mean": "outside, mean",
    "outside.p95": "outside, p95",
    "inside.mean": "inside, mean",
    "inside.within": "inside in time",
}
_TONES = {"better": "green", "worse": "red"}
CHANCE = "Where a rule changes nothing for a group, one difference in twenty is still called sure, by chance."


def show(report: TrialReport) -> None:
    """Print the report: what changed, every group, and the words."""
    console = Console(width=None if Console().is_terminal else 150, highlight=False)
    console.print(head(report))
    for each in report.changed:
        untried = "" if each.is_tried else " (not acted out in a trial)"
        console.print(f"  {each.field}: {each.old} -> {each.new}{untried}")
    console.print(_table(report.groups))
    for sentence in sentences(report.groups):
        console.print(sentence)
    console.print(CHANCE)
    for words in (report.assumed and f"Assumed: {report.assumed}.", *report.left_out):
        if words:
            console.print(words)


def head(report: TrialReport) -> str:
    """What was tried, in one sentence."""
    return (
        f"{report.new.checkpoint} {report.new.direction}: {report.groups[0].old.trips:,} trips of "
        f"{report.weeks} weeks from {report.first_day}, {report.origin}; seed {report.seed}; the same luck "
        f"under both rules. Version {report.new.digest[:12]} against {report.old.digest[:12]}."
    )


def _table(groups: tuple[GroupFigures, ...]) -> Table:
    table = Table("group", show_lines=False)
    table.add_column("trips", justify="right")
    for name in COLUMNS:
        table.add_column(_HEADS[name], justify="right")
    for group in groups:
        cells = [_cell(name, group.figures[name]) for name in COLUMNS]
        table.add_row(group_name(group.code), f"{group.old.trips:,}", *cells)
    return table


def _cell(name: str, figure: Compared) -> str:
    if not isfinite(figure.old) and not isfinite(figure.new):
        return "-"
    change = change_text(name, figure.difference) if isfinite(figure.difference) else "not comparable"
    tone = _TONES.get(figure.verdict)
    shown = f"[{tone}]{change}[/{tone}]" if tone else change if figure.verdict != "same" else "the same"
    return f"{value_text(name, figure.old)} → {value_text(name, figure.new)}\n{shown}"


def value_text(name: str, value: float) -> str:
    """A figure: a share in per cent, or minutes."""
    if not isfinite(value):
        return "never" if value == float("inf") else "-"
    return f"{value * 100.0:.1f} %" if is_share(name) else f"{value:.1f}"
