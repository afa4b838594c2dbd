"""The trial: old and new rules over the same weeks with the same luck, and the report of it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Final

from greenlane.planning.rule_trial.acting import act_out
from greenlane.planning.rule_trial.figures import (
    NEAR_MINUTES,
    Compared,
    Counts,
    GroupFigures,
    compare_groups,
)
from greenlane.planning.rule_trial.groups import groups_of
from greenlane.planning.rule_trial.placing import REACH_HOURS
from greenlane.planning.rule_trial.rules import Changed, RuleBook, RuleError, changes
from greenlane.planning.rule_trial.wishes import MIDDLE_MOST, SMALL_MOST, Wishes
from greenlane.registry import crossing

FORM: Final = 1
"""Of the document; another number when its keys change."""
LEAST_WEEKS_FOR_SURENESS: Final = 2


@dataclass(frozen=True, slots=True)
class TrialReport:
    """What the new rules would do.

    Attributes:
        old, new: the rules.
        origin: where the wishes come from, in words.
        assumed: of simulated wishes, why their carriers are what they are; else empty.
        target: minutes.
        changed: the rules that differ.
        left_out: what of the record is not in it.
        groups: the first of them is all trips.
    """

    old: RuleBook
    new: RuleBook
    origin: str
    assumed: str
    first_day: date
    weeks: int
    seed: int
    target: float
    engine: str
    changed: tuple[Changed, ...]
    left_out: tuple[str, ...]
    groups: tuple[GroupFigures, ...]

    def group(self, code: str) -> GroupFigures:
        """The group of that code. KeyError when nobody is in it."""
        for group in self.groups:
            if group.code == code:
                return group
        raise KeyError(code)

    def as_document(self) -> dict[str, Any]:
        """A JSON-able dict: numbers that are not known or never end are null."""
        return {
            "form": FORM,
            "checkpoint": self.new.checkpoint,
            "direction": self.new.direction,
            "old": {"digest": self.old.digest, "rules": self.old.as_document()},
            "new": {"digest": self.new.digest, "rules": self.new.as_document()},
            "origin": self.origin,
            "assumed": self.assumed,
            "first_day": self.first_day.isoformat(),
            "weeks": self.weeks,
            "seed": self.seed,
            "target_minutes": self.target,
            "near_minutes": NEAR_MINUTES,
            "reach_hours": REACH_HOURS,
            "small_carrier_most": SMALL_MOST,
            "middle_carrier_most": MIDDLE_MOST,
            "engine": self.engine,
            "changed": [asdict(each) for each in self.changed],
            "left_out": list(self.left_out),
            "groups": [_group_document(group) for group in self.groups],
        }


def try_rules(
    checkpoint: crossing.Checkpoint,
    old: RuleBook,
    new: RuleBook,
    wishes: Wishes,
    seed: int = 1,
    *,
    assumed: str = "",
    progress: Callable[[str], None] | None = None,
) -> TrialReport:
    """Act out both rules and compare every group.

    Args:
        checkpoint: its description; its own rules do not matter.
        progress: told what is begun.

    Raises:
        RuleError: less than a week, or rules that do not fit the checkpoint or each other.
        ModelError: the checkpoint's description does not hold together.
    """
    if (old.checkpoint, old.direction) != (new.checkpoint, new.direction):
        raise RuleError("direction", "The two rules are of different lines.", "Compare rules of one line.")
    if wishes.weeks < 1:
        raise RuleError("weeks", "There is not one whole week.", "Give at least seven days.")
    tell = progress or (lambda _: None)
    tell("the rules in force")
    before = act_out(checkpoint, old, wishes, seed)
    tell("the new rules")
    after = act_out(checkpoint, new, wishes, seed)
    tell("the groups")
    target = checkpoint.standard.inside_s / 60.0
    return TrialReport(
        old=old,
        new=new,
        origin=wishes.origin,
        assumed=assumed,
        first_day=wishes.first_day,
        weeks=wishes.weeks,
        seed=seed,
        target=target,
        engine=after.engine,
        changed=changes(old, new),
        left_out=wishes.left_out,
        groups=compare_groups(wishes, groups_of(wishes), before, after, target),
    )


def _group_document(group: GroupFigures) -> dict[str, Any]:
    return {
        "code": group.code,
        "trips": {"old": asdict(group.old), "new": asdict(group.new)},
        "figures": {
            name: {key: _finite(value) for key, value in asdict(figure).items()}
            for name, figure in group.figures.items()
        },
    }


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 6) if math.isfinite(value) else None
    return value


def group_of_document(document: dict[str, Any]) -> GroupFigures:
    """A group out of a report's document; null becomes NaN."""
    figures = {name: _compared(figure) for name, figure in document["figures"].items()}
    trips = document["trips"]
    return GroupFigures(document["code"], Counts(**trips["old"]), Counts(**trips["new"]), figures)


def _compared(figure: dict[str, Any]) -> Compared:
    old, new, difference, low, high = (
        math.nan if figure[key] is None else float(figure[key])
        for key in ("old", "new", "difference", "low", "high")
    )
    return Compared(old, new, difference, low, high, figure["verdict"])
