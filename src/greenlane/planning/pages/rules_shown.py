"""Reports of trials as people read them, in their language. It loads the engine, which takes a while."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date
from math import isfinite
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from greenlane.planning.pages.figure_texts import minutes_text, share_text
from greenlane.planning.pages.rules_rows import class_name, value_shown
from greenlane.planning.rule_trial.drawing import DRAWN, difference_picture
from greenlane.planning.rule_trial.figures import Compared, Counts, GroupFigures
from greenlane.planning.rule_trial.summary import Told, is_share, told_of
from greenlane.planning.rule_trial.trial import group_of_document

SHOWN = (
    "placed", "near", "access.mean", "access.p95", "early.mean", "outside.mean", "outside.p50", "outside.p95",
    "outside.within", "inside.mean", "inside.p50", "inside.p95", "inside.within",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class FigureRow:
    """A group's figure under both rules."""

    group: str
    old: str
    new: str
    change: str
    interval: str
    verdict: str
    tone: str


def report_context(document: dict[str, Any]) -> dict[str, Any]:
    """What the page of a report shows."""
    groups = [group_of_document(each) for each in document["groups"]]
    names = {group.code: group_name(group.code) for group in groups}
    return {
        "told": [_sentence(told, names) for told in told_of(groups)],
        "changed": [
            (each["field"], value_shown(each["old"]), value_shown(each["new"]), each["is_tried"])
            for each in document["changed"]
        ],
        "pictures": _pictures(groups, names),
        "tables": [(figure_name(name), _rows(name, groups, names)) for name in SHOWN],
        "counts": [(names[group.code], _counts(group)) for group in groups],
        "count_names": _count_names(),
        "trips": number_format(groups[0].old.trips, 0, force_grouping=True),
        "weeks": document["weeks"],
        "first_day": date.fromisoformat(document["first_day"]),
        "seed": document["seed"],
        "is_recorded": not document["assumed"],
        "assumed": document["assumed"],
        "left_out": document["left_out"],
        "old_digest": document["old"]["digest"][:12],
        "new_digest": document["new"]["digest"][:12],
        "small_most": document["small_carrier_most"],
        "middle_most": document["middle_carrier_most"],
    }


def group_name(code: str) -> str:
    """A group in the reader's language."""
    known = {
        "all": _("All trucks"),
        "carriers:small": _("Small carriers"),
        "carriers:middle": _("Middle carriers"),
        "carriers:large": _("Large carriers"),
        "carriers:unknown": _("Carriers of unknown size"),
        "asks:people": _("People who book"),
        "asks:bots": _("Programs that book"),
        "asks:live_queue": _("The live queue"),
    }
    return known.get(code) or class_name(code.partition(":")[2])


def figure_name(name: str) -> str:
    """A figure in the reader's language."""
    return {
        "placed": _("Got a place"),
        "near": _("Got a place within 2 h of the wish"),
        "access.mean": _("From the wish to the place, mean, min"),
        "access.p95": _("From the wish to the place, 95 of 100 within, min"),
        "early.mean": _("Wait before the slot, mean, min"),
        "outside.mean": _("Wait outside, mean, min"),
        "outside.p50": _("Wait outside, half within, min"),
        "outside.p95": _("Wait outside, 95 of 100 within, min"),
        "outside.within": _("Waited outside no longer than the standard"),
        "inside.mean": _("Inside, mean, min"),
        "inside.p50": _("Inside, half within, min"),
        "inside.p95": _("Inside, 95 of 100 within, min"),
        "inside.within": _("Inside no longer than the standard"),
    }[name]


def _sentence(told: Told, names: dict[str, str]) -> tuple[str, str, str]:
    """The figure, what is shown of it, and for whom."""
    more_is_better = is_share(told.figure)
    verdict = {
        "better": _("surely more") if more_is_better else _("surely less"),
        "worse": _("surely less") if more_is_better else _("surely more"),
        "unclear": _("no difference shown"),
        "same": _("the same"),
        "unknown": _("not comparable"),
    }[told.verdict]
    listed = [
        names[code]
        if told.verdict == "same" or not isfinite(figure.difference)
        else f"{names[code]} ({_change(told.figure, figure)})"
        for code, figure in told.groups
    ]
    return figure_name(told.figure), verdict, ", ".join(listed)


def _pictures(groups: Sequence[GroupFigures], names: dict[str, str]) -> list[tuple[str, str]]:
    """Name and differences of each figure that is drawn."""
    axis = {True: _("new less old, percentage points"), False: _("new less old, minutes")}
    return [
        (figure_name(name), difference_picture(groups, name, names, axis[is_share(name)])) for name in DRAWN
    ]


def _rows(name: str, groups: Sequence[GroupFigures], names: dict[str, str]) -> list[FigureRow]:
    shown = share_text if is_share(name) else minutes_text
    words = {
        "better": (_("surely better"), "ok"),
        "worse": (_("surely worse"), "bad"),
        "unclear": (_("no difference shown"), "muted"),
        "same": (_("the same"), "muted"),
        "unknown": (_("not comparable"), "warn"),
    }
    return [
        FigureRow(
            names[group.code],
            shown(figure.old),
            shown(figure.new),
            _change(name, figure) if isfinite(figure.difference) else "–",
            _interval(name, figure),
            *words[figure.verdict],
        )
        for group in groups
        if isfinite((figure := group.figures[name]).old) or isfinite(figure.new)
    ]


def _change(name: str, figure: Compared) -> str:
    return _signed(name, figure.difference)


def _interval(name: str, figure: Compared) -> str:
    if not (isfinite(figure.low) and isfinite(figure.high)):
        return ""
    return _("%(low)s to %(high)s") % {"low": _signed(name, figure.low), "high": _signed(name, figure.high)}


def _signed(name: str, value: float) -> str:
    places = 1 if is_share(name) or abs(value) >= 1.0 else 2
    shown = round(value * 100.0 if is_share(name) else value, places)
    sign = "+" if shown > 0 else "−" if shown < 0 else "±"
    return sign + str(number_format(abs(shown), places))


def _counts(group: GroupFigures) -> list[str]:
    cells = []
    for each in fields(Counts):
        was, now = (
            number_format(getattr(of, each.name), 0, force_grouping=True) for of in (group.old, group.new)
        )
        cells.append(str(was) if was == now else f"{was} → {now}")
    return cells


def _count_names() -> list[str]:
    return [
        _("Trips"), _("Asked for a place"), _("Got one"), _("Found none"), _("Refused after no-shows"),
        _("Came"), _("Never came"), _("In the live queue"), _("Never got through"),
    ]  # fmt: skip
