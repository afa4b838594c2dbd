"""A report as one page: words, tables and pictures, no scripts, nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from math import isfinite
from typing import Final

from greenlane.planning.rule_trial.drawing import DRAWN, difference_picture, values_picture
from greenlane.planning.rule_trial.figures import FIGURES, Compared, Counts, GroupFigures
from greenlane.planning.rule_trial.summary import change_text, group_name, sentences
from greenlane.planning.rule_trial.table import CHANCE, head, value_text
from greenlane.planning.rule_trial.trial import TrialReport

STYLE: Final = """
:root{color-scheme:light dark;--text:#1b1f1d;--soft:#5b635f;--line:#dde3e0;--accent:#0b6b4f;--bad:#b42318;
--info:#1d4ed8;--surface:#fff}
@media(prefers-color-scheme:dark){:root{--text:#e8ecea;--soft:#a8b0ac;--line:#3a423e;--accent:#4ec9a0;
--bad:#ff8a7a;--info:#8ab4ff;--surface:#161a18}}
body{font:16px/1.5 system-ui,sans-serif;margin:0 auto;max-width:66rem;padding:1rem;color:var(--text);
background:var(--surface)}
h1{font-size:1.5rem}h2{font-size:1.2rem;margin-top:2rem}
.wide{overflow-x:auto}table{border-collapse:collapse;font-size:.9rem}
th,td{padding:.25rem .6rem;border-bottom:1px solid var(--line);text-align:left;vertical-align:top}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.better{color:var(--accent)}.worse{color:var(--bad)}
.row{display:flex;flex-wrap:wrap;gap:1rem}figure{margin:0;flex:1 1 26rem;min-width:0}
figure svg{width:100%;height:auto}figcaption{font-size:.85rem;color:var(--soft)}
.note{color:var(--soft);font-size:.9rem}
"""
FIGURE_NAMES: Final = {
    "placed": "share that got a place",
    "near": "share with a place within 2 h of the wish",
    "access": "minutes from the wish to the place",
    "early": "minutes of waiting before the slot",
    "outside": "minutes of waiting outside",
    "inside": "minutes inside",
}
_STATISTICS: Final = {"mean": "mean", "p50": "half within", "p95": "95 of 100 within", "within": "in time"}
_VERDICTS: Final = {
    "better": "surely better",
    "worse": "surely worse",
    "unclear": "no difference shown",
    "same": "the same",
    "unknown": "not comparable",
}


def page(report: TrialReport) -> str:
    """The whole report in English."""
    title = f"Rules tried: {report.new.checkpoint}, {report.new.direction}"
    parts = [
        f"<h1>{escape(title)}</h1>",
        f"<p>{escape(head(report))}</p>",
        *_words(report),
        *_changes(report),
    ]
    parts += [*_pictures(report), *_tables(report), *_counts(report)]
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<style>{STYLE}</style></head><body>\n" + "\n".join(parts) + "\n</body></html>\n"
    )


def figure_name(name: str) -> str:
    """A figure in English."""
    clock, _, statistic = name.partition(".")
    return f"{FIGURE_NAMES[clock]}, {_STATISTICS[statistic]}" if statistic else FIGURE_NAMES[clock]


def _words(report: TrialReport) -> Iterable[str]:
    yield "<h2>Who waits longer, who shorter</h2><ul>"
    yield from (f"<li>{escape(sentence)}</li>" for sentence in sentences(report.groups))
    yield f'</ul><p class="note">{CHANCE}</p>'
    for words in (report.assumed and f"Assumed: {report.assumed}.", *report.left_out):
        if words:
            yield f'<p class="note">{escape(words)}</p>'


def _changes(report: TrialReport) -> Iterable[str]:
    yield "<h2>What changes</h2>"
    if not report.changed:
        yield "<p>Nothing.</p>"
        return
    rows = (
        f"<tr><td>{escape(each.field)}</td><td>{escape(str(each.old))}</td><td>{escape(str(each.new))}</td>"
        f"<td>{'' if each.is_tried else 'not acted out in a trial'}</td></tr>"
        for each in report.changed
    )
    yield "<div class=wide><table><tr><th>rule<th>in force<th>new<th></tr>" + "".join(rows) + "</table></div>"


def _pictures(report: TrialReport) -> Iterable[str]:
    yield "<h2>Every group</h2>"
    names = {group.code: group_name(group.code) for group in report.groups}
    for name in DRAWN:
        unit = "percentage points" if name == "near" else "minutes"
        both = (
            (values_picture(report.groups, name, names, figure_name(name)), "ring: in force, dot: new"),
            (
                difference_picture(report.groups, name, names, f"new less old, {unit}"),
                "difference with its 95 % interval over the weeks",
            ),
        )
        drawn = [
            f"<figure>{svg}<figcaption>{escape(figure_name(name))}: {words}</figcaption></figure>"
            for svg, words in both
            if svg
        ]
        yield f'<div class="row">{"".join(drawn)}</div>'


def _tables(report: TrialReport) -> Iterable[str]:
    for name in FIGURES:
        rows = "".join(_row(name, group) for group in report.groups)
        yield (
            f"<details><summary>{escape(figure_name(name))}</summary><div class=wide><table><tr><th>group"
            "<th class=n>in force<th class=n>new<th class=n>difference<th class=n>95 % interval<th></tr>"
            f"{rows}</table></div></details>"
        )


def _row(name: str, group: GroupFigures) -> str:
    figure = group.figures[name]
    return (
        f"<tr><td>{escape(group_name(group.code))}</td><td class=n>{value_text(name, figure.old)}</td>"
        f"<td class=n>{value_text(name, figure.new)}</td><td class=n>{_change(name, figure.difference)}</td>"
        f"<td class=n>{_interval(name, figure)}</td>"
        f'<td class="{figure.verdict}">{_VERDICTS[figure.verdict]}</td></tr>'
    )


def _change(name: str, value: float) -> str:
    return change_text(name, value) if isfinite(value) else "-"


def _interval(name: str, figure: Compared) -> str:
    if not (isfinite(figure.low) and isfinite(figure.high)):
        return "-"
    return f"{change_text(name, figure.low)} to {change_text(name, figure.high)}"


def _counts(report: TrialReport) -> Iterable[str]:
    yield "<h2>All trucks accounted for</h2><p class=note>In force → new.</p>"
    heads = "".join(f"<th class=n>{name.replace('_', ' ')}" for name in Counts.__dataclass_fields__)
    rows = []
    for group in report.groups:
        pairs = ((getattr(group.old, name), getattr(group.new, name)) for name in Counts.__dataclass_fields__)
        cells = "".join(
            f"<td class=n>{was:,}{'' if was == now else f' → {now:,}'}</td>" for was, now in pairs
        )
        rows.append(f"<tr><td>{escape(group_name(group.code))}</td>{cells}</tr>")
    yield f"<div class=wide><table><tr><th>group{heads}</tr>{''.join(rows)}</table></div>"
