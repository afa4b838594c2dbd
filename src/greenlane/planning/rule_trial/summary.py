"""A report in words: who waits longer, who shorter, how sure; nobody left out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Final

from greenlane.planning.rule_trial.figures import Compared, GroupFigures, Verdict

TOLD: Final = ("near", "access.mean", "outside.mean", "inside.mean")
"""The figures that are told in words."""
ORDER: Final[tuple[Verdict, ...]] = ("better", "worse", "unclear", "same", "unknown")
_KINDS: Final = {"carriers": "{} carriers", "class": "{}", "asks": "{}"}
_NAMES: Final = {
    "all": "all trucks",
    "carriers:unknown": "carriers of unknown size",
    "class:empty": "empties",
    "class:perishable": "perishable goods",
    "asks:people": "people who book",
    "asks:bots": "bots",
    "asks:live_queue": "the live queue",
}
_FIGURES: Final = {
    "near": "a place within 2 h of the wish",
    "access.mean": "minutes from the wish to the place",
    "outside.mean": "minutes of waiting outside",
    "inside.mean": "minutes inside",
}
_VERDICTS: Final = {
    "near": {"better": "Surely oftener", "worse": "Surely seldomer"},
    "": {"better": "Surely fewer", "worse": "Surely more"},
}
_OTHERS: Final = {"unclear": "No difference shown in", "same": "The same", "unknown": "Not sure:"}


@dataclass(frozen=True, slots=True)
class Told:
    """The groups of which one thing is shown about one figure, with their differences."""

    figure: str
    verdict: Verdict
    groups: tuple[tuple[str, Compared], ...]


def told_of(groups: Iterable[GroupFigures]) -> tuple[Told, ...]:
    """For each figure that is told, who falls under which verdict; each group stands once under each figure
    that it has."""
    found, known = [], list(groups)
    for figure in TOLD:
        for verdict in ORDER:
            there = tuple(
                (group.code, group.figures[figure])
                for group in known
                if group.figures[figure].verdict == verdict and _has(group, figure)
            )
            if there:
                found.append(Told(figure, verdict, there))
    return tuple(found)


def _has(group: GroupFigures, figure: str) -> bool:
    """Who never asks for a place has no access to speak of."""
    return group.old.asked > 0 or figure not in ("near", "access.mean")


def group_name(code: str) -> str:
    """A group in English."""
    kind, _, name = code.partition(":")
    return _NAMES.get(code) or _KINDS[kind].format(name.replace("_", " "))


def sentences(groups: Sequence[GroupFigures]) -> list[str]:
    """The report in English sentences."""
    return [_sentence(told) for told in told_of(groups)]


def _sentence(told: Told) -> str:
    what = _FIGURES[told.figure]
    opening = _OTHERS.get(told.verdict)
    if opening is None:
        opening = _VERDICTS.get(told.figure, _VERDICTS[""])[told.verdict]
    listed = ", ".join(_listed(told, code, figure) for code, figure in told.groups)
    return f"{opening} {what}: {listed}."


def _listed(told: Told, code: str, figure: Compared) -> str:
    if told.verdict == "same" or not isfinite(figure.difference):
        return group_name(code)
    return f"{group_name(code)} ({change_text(told.figure, figure.difference)})"


def change_text(name: str, value: float) -> str:
    """A difference with its sign; shares in points of a hundred."""
    if is_share(name):
        return f"{value * 100.0:+.1f} points"
    return f"{value:+.1f} min" if abs(value) >= 1.0 else f"{value:+.2f} min"


def is_share(name: str) -> bool:
    """Whether a figure is a share."""
    return name in ("placed", "near") or name.endswith(".within")
