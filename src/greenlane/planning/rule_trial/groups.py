"""The groups whose waits are compared: fixed by what a trip is, before any rule is tried."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from greenlane.planning.rule_trial.carriers import SIZES
from greenlane.planning.rule_trial.wishes import UNKNOWN, Flags, Wishes


@dataclass(frozen=True, slots=True)
class Group:
    """Trips that have something in common.

    Attributes:
        code: ``all``, ``carriers:small``, ``class:empty``, ``asks:bots`` and the like.
        trips: [trips] whether each is in it.
    """

    code: str
    trips: Flags


def groups_of(wishes: Wishes) -> tuple[Group, ...]:
    """All trips that are counted; by size of carrier, by class, and by how they ask. Each trip is in exactly
    one group of each of these three kinds, so that nobody is left out."""
    counted = (wishes.week >= 0) & (wishes.week < wishes.weeks)
    found = [("all", counted)]
    for name, (least, most) in SIZES.items():
        found.append((f"carriers:{name}", (wishes.fleet >= least) & (wishes.fleet <= most)))
    found.append(("carriers:unknown", wishes.fleet == UNKNOWN))
    classes = wishes.vehicle_class
    found += [(f"class:{name}", classes == name) for name in _by_number(classes)]
    people = wishes.books & ~wishes.is_bot
    found += [("asks:people", people), ("asks:bots", wishes.is_bot), ("asks:live_queue", ~wishes.books)]
    return tuple(Group(code, trips & counted) for code, trips in found if (trips & counted).any())


def _by_number(classes: np.ndarray) -> list[str]:
    names, counts = np.unique(classes, return_counts=True)
    return [str(names[at]) for at in np.argsort(-counts, kind="stable")]
