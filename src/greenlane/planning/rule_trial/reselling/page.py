"""A report of resale as one page: words, pictures, tables, no scripts, nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from greenlane.planning.rule_trial.page import STYLE
from greenlane.planning.rule_trial.reselling.drawing import access_picture, price_picture, profit_picture
from greenlane.planning.rule_trial.reselling.reseller import LEFT_OUT
from greenlane.planning.rule_trial.reselling.trial import ResaleReport
from greenlane.planning.rule_trial.reselling.words import (
    CASE_NAMES,
    COLUMNS,
    assumptions,
    cell,
    head,
    sensitivity_cells,
    sentences,
)


def page(report: ResaleReport) -> str:
    """The whole report in English."""
    title = f"What resale pays: {report.book.checkpoint}, {report.book.direction}"
    parts = [
        f"<h1>{escape(title)}</h1>",
        f"<p>{escape(head(report))}</p>",
        _list(sentences(report)),
        *_pictures(report),
        "<h2>Every case</h2>",
        _table(
            ("rules", *COLUMNS.values()),
            (
                (CASE_NAMES[case.code], *(cell(name, case.figures[name]) for name in COLUMNS))
                for case in report.cases
            ),
        ),
        "<h2>Other assumptions</h2>",
        _table(
            ("assumption", "value", "profit before, EUR a day", "after", "left"),
            (sensitivity_cells(each) for each in report.sensitivities),
        ),
        "<h2>What is assumed, and what is left out</h2>",
        _list([*assumptions(report), *LEFT_OUT]),
    ]
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<style>{STYLE}</style></head><body>\n" + "\n".join(parts) + "\n</body></html>\n"
    )


def _list(lines: Iterable[str]) -> str:
    return "<ul>" + "".join(f"<li>{escape(line)}</li>" for line in lines) + "</ul>"


def _pictures(report: ResaleReport) -> Iterable[str]:
    pictures = (
        (profit_picture(report.cases), "the reseller's profit, with its 95 % interval over the runs"),
        (access_picture(report.cases), "what honest trips get"),
        (price_picture(report.sensitivities), "the reseller's profit by the price of a place"),
    )
    yield from (f"<figure>{svg}<figcaption>{words}</figcaption></figure>" for svg, words in pictures if svg)


def _table(heads: Iterable[str], rows: Iterable[tuple[str, ...]]) -> str:
    first, *others = heads
    head_row = f"<th>{escape(first)}" + "".join(f"<th class=n>{escape(each)}" for each in others)
    body = "".join(
        f"<tr><td>{escape(row[0])}</td>"
        + "".join(f"<td class=n>{escape(each)}</td>" for each in row[1:])
        + "</tr>"
        for row in rows
    )
    return f"<div class=wide><table><tr>{head_row}</tr>{body}</table></div>"
