"""Figures of one run, a day or a share; and their means over runs with 95 % intervals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import stats

from greenlane.planning.rule_trial.booking_order import DAYS_BEFORE
from greenlane.planning.rule_trial.figures import CONFIDENCE, NEAR_MINUTES
from greenlane.planning.rule_trial.reselling.acting import Resold
from greenlane.planning.rule_trial.reselling.records import BLOCKED, BOUGHT, FULL, LATER, PLACED
from greenlane.planning.rule_trial.reselling.reseller import ACCOUNT, MEANS, OWN_CARRIER, Measures, Reseller
from greenlane.planning.rule_trial.rules import RuleBook
from greenlane.planning.rule_trial.wishes import Flags, Floats, Wishes

PROFIT, PAID, TAKEN, SOLD = "profit", "paid", "taken", "sold"
FREE, NEAR, BUYS, NONE_FOUND, ACCESS, FREE_UNVERIFIED = (
    "free", "near", "bought", "none", "access", "free.unverified"
)  # fmt: skip
FIGURES: Final = (
    PROFIT, PAID, TAKEN, SOLD, *(f"sold.{name}" for name in MEANS),
    FREE, NEAR, BUYS, NONE_FOUND, ACCESS, FREE_UNVERIFIED,
)  # fmt: skip
"""A day: ``profit`` of the reseller and what is ``paid`` to him, euro; places he has ``taken`` and ``sold``.
Of the honest trips that asked, the shares that got a place for nothing (``free``; ``near``: within two hours
of the wish), that ``bought`` one, that found ``none``; ``access``: mean minutes from the wished slot to a
later one, of those with a place for nothing."""
SHARES: Final = (FREE, NEAR, BUYS, NONE_FOUND, FREE_UNVERIFIED)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over runs, and its 95 % interval by Student's t; NaN for the interval of a single run."""

    mean: float
    low: float
    high: float


def figures_of(
    resold: Resold, wishes: Wishes, book: RuleBook, reseller: Reseller, measures: Measures
) -> dict[str, float]:
    """All figures of one run, over the counted days."""
    here = (resold.slots.day >= DAYS_BEFORE) & (resold.slots.day < DAYS_BEFORE + wishes.days)
    sides = resold.sides[here]
    sold, closed = sides["sold"].sum(axis=0), sides["closed"].sum(axis=0)
    paid = float(sold.sum()) * reseller.price
    account = reseller.carrier if measures.own_carrier_swaps else reseller.account
    costs = (
        float(sold.sum()) * reseller.handling
        + float(sold[OWN_CARRIER]) * reseller.hand_over
        + float(sold[ACCOUNT]) * account
        + float(closed @ np.array([reseller.account, reseller.carrier]))
        + float(sides["taken"].sum()) * book.slots.fee_cents / 100.0
    )
    counted = wishes.books & (wishes.week >= 0) & (wishes.week < wishes.weeks)
    by_day = {PROFIT: paid - costs, PAID: paid, TAKEN: float(sides["taken"].sum()), SOLD: float(sold.sum())}
    by_day |= {f"sold.{name}": float(number) for name, number in zip(MEANS, sold, strict=True)}
    return {name: value / wishes.days for name, value in by_day.items()} | _honest(resold, counted)


def _honest(resold: Resold, counted: Flags) -> dict[str, float]:
    outcome = resold.outcome
    free = (outcome == PLACED) | (outcome == LATER)
    near = free & (np.abs(resold.shift) <= NEAR_MINUTES)
    later = resold.shift[counted & free]
    return {
        FREE: _share(free, counted),
        NEAR: _share(near, counted),
        BUYS: _share(outcome == BOUGHT, counted),
        NONE_FOUND: _share((outcome == FULL) | (outcome == BLOCKED), counted),
        ACCESS: float(np.maximum(later, 0.0).mean()) if len(later) else float("nan"),
        FREE_UNVERIFIED: _share(free, counted & ~resold.verified),
    }


def _share(which: Flags, of: Flags) -> float:
    return float(which[of].mean()) if of.any() else float("nan")


def estimated(values: list[float]) -> Estimate:
    """The mean of runs with its interval; runs in which there was nothing to measure are left out."""
    each: Floats = np.array(values)
    each = each[~np.isnan(each)]
    if not len(each):
        return Estimate(np.nan, np.nan, np.nan)
    mean = float(each.mean())
    if len(each) < 2:
        return Estimate(mean, np.nan, np.nan)
    half = float(each.std(ddof=1) / np.sqrt(len(each)) * stats.t.ppf(0.5 + CONFIDENCE / 2.0, len(each) - 1))
    return Estimate(mean, mean - half, mean + half)
