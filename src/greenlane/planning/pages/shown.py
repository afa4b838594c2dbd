"""An answer's tables, row by row, as people read them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from greenlane.planning.answers import CLOCKS, Answer, Difference, RunShown, Verdict
from greenlane.planning.pages.figure_texts import minutes_text, share_text


@dataclass(frozen=True, slots=True)
class DifferenceShown:
    """A difference in words: by how much, from where to where, and what that shows."""

    value: str
    interval: str
    verdict: str
    tone: str


@dataclass(frozen=True, slots=True)
class CellShown:
    """A run's figure, and how it differs from today's; no difference for today's own."""

    run: str
    value: str
    difference: DifferenceShown | None


@dataclass(frozen=True, slots=True)
class RowShown:
    """One figure over the runs."""

    label: str
    cells: tuple[CellShown, ...]


@dataclass(frozen=True, slots=True)
class StageCell:
    """A stage in one run."""

    run: str
    wait: str
    wait_p95: str
    busy: str
    binds: bool


def tables_of(answer: Answer, names: Mapping[str, str]) -> dict[str, Any]:
    """The context of ``planning/tables.html``.

    Args:
        names: of the stages, by code.
    """
    clocks = {"inside": _("Inside"), "outside": _("Outside")}
    clock_rows = [(clocks[clock], _rows(answer, clock)) for clock in CLOCKS]
    return {
        "runs": answer.runs,
        "columns": 2 * len(answer.runs),
        "headline": clock_rows[0][1][-1],
        "target": _target(answer),
        "clocks": clock_rows,
        "stages": [(names.get(code, code), _stage_cells(answer, code)) for code in _stage_codes(answer)],
        "binding": [(run.name, names.get(run.binds, run.binds)) for run in answer.runs],
        "engines": _engines(answer.runs),
        "trucks": [
            (run.name, number_format(round(run.trucks), 0, force_grouping=True)) for run in answer.runs
        ],
        "seconds": number_format(round(sum({id(run): run.seconds for run in answer.runs}.values()), 2), 2),
        "replications": answer.asked.replications,
        "seed": answer.asked.seed,
    }


def _target(answer: Answer) -> str:
    return str(number_format(answer.target, 0 if answer.target == round(answer.target) else 1))


def _rows(answer: Answer, clock: str) -> list[RowShown]:
    labels = {
        "mean": _("Mean, min"),
        "p50": _("Half of the trucks within, min"),
        "p95": _("95 of 100 trucks within, min"),
        "within": _("Within %(minutes)s min") % {"minutes": _target(answer)},
    }
    return [
        RowShown(label, tuple(_cell(run, f"{clock}.{statistic}") for run in answer.runs))
        for statistic, label in labels.items()
    ]


def _cell(run: RunShown, figure: str) -> CellShown:
    is_share = figure.endswith(".within")
    value = run.figures[figure].value
    text = share_text(value) if is_share else minutes_text(value)
    difference = run.differences.get(figure)
    return CellShown(run.name, text, None if difference is None else _difference(difference, is_share))


def _difference(difference: Difference, is_share: bool) -> DifferenceShown:
    words: dict[Verdict, tuple[str, str]] = {
        "better": (_("surely better"), "ok"),
        "worse": (_("surely worse"), "bad"),
        "unclear": (_("no difference shown"), "muted"),
        "same": (_("the same"), "muted"),
        "unknown": (_("not comparable"), "warn"),
    }
    verdict, tone = words[difference.verdict]
    figure = difference.figure
    if difference.verdict == "unknown":
        return DifferenceShown("–", "", verdict, tone)
    interval = _("%(low)s to %(high)s") % {
        "low": _signed(figure.low, is_share), "high": _signed(figure.high, is_share)
    }  # fmt: skip
    return DifferenceShown(_signed(figure.value, is_share), interval, verdict, tone)


def _signed(value: float, is_share: bool) -> str:
    shown = round(value * 100.0 if is_share else value, 2)
    sign = "+" if shown > 0 else "−" if shown < 0 else "±"
    return sign + str(number_format(abs(shown), 2))


def _stage_codes(answer: Answer) -> list[str]:
    return list(dict.fromkeys(code for run in answer.runs for code in run.stages))


def _stage_cells(answer: Answer, code: str) -> list[StageCell]:
    return [
        StageCell(
            run.name,
            minutes_text(run.stages[code].wait),
            minutes_text(run.stages[code].wait_p95),
            share_text(run.stages[code].busy),
            run.binds == code,
        )
        for run in answer.runs
        if code in run.stages
    ]


def _engines(runs: tuple[RunShown, ...]) -> list[tuple[str, str]]:
    """Names of runs with their engines; one without a name where all have the same."""
    words = {"event loop": _("event loop"), "stage recursion": _("stage recursion")}
    if len({run.engine for run in runs}) == 1:
        return [("", words[runs[0].engine])]
    return [(run.name, words[run.engine]) for run in runs]
