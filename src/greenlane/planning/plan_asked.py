"""From the form of the planner's page to wishes for a plan, and wishes as kept data. Pure: no Django."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Any, Final

from greenlane.planning.goal import CLOCKS, PlanError
from greenlane.planning.plan_wishes import PlanWishes

AMOUNTS: Final = ("lane_hour", "crew", "officers")
"""Fields of the form with a number for each stage: ``lane_hour.customs``."""
MOST_REPLICATIONS: Final = 200
_FIELDS: Final = {
    "--channels": "channels", "--clocks": "clocks", "--shifts": "shifts", "shifts.lengths": "shifts",
    "shifts.every": "every", "blocks": "block", "limits.slot": "slot",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class PlanAsked:
    """Wishes for a plan, and whether the worth of single changes is worked out too."""

    wishes: PlanWishes
    wants_levers: bool = False

    def as_data(self) -> dict[str, Any]:
        """The same for a JSON column."""
        return {**asdict(self.wishes), "day": self.wishes.day.isoformat(), "levers": self.wants_levers}


def of_data(data: Mapping[str, Any]) -> PlanAsked:
    """What `PlanAsked.as_data` kept."""
    known = {each.name for each in fields(PlanWishes)}
    kept: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in data.items()
        if name in known
    }
    kept["day"] = date.fromisoformat(str(data["day"]))
    return PlanAsked(PlanWishes(**kept), bool(data.get("levers")))


def asked_by_form(
    sent: Mapping[str, str], lists: Mapping[str, Sequence[str]], stages: Iterable[str], day: date
) -> PlanAsked:
    """What a form asks; what it leaves out is as a plan has it by itself.

    Args:
        sent: texts by field; ``lists``: those of ``clocks`` and ``channels``, of which several may be chosen.
        day: where no day was sent.

    Raises:
        PlanError: a text that is no such value; ``field`` is the form's.
    """
    usual = PlanWishes(day)
    per_stage = {
        name: {
            stage: _number(sent[field], field, "Give 0 or more.")
            for stage in stages
            if sent.get(field := f"{name}.{stage}", "").strip()
        }
        for name in AMOUNTS
    }
    clocks = tuple(clock for clock in CLOCKS if clock in lists.get("clocks", CLOCKS))
    if not clocks:
        raise PlanError("clocks", "No clock is chosen.", "Choose one or both.")
    wishes = PlanWishes(
        day=_day(sent.get("day", ""), day),
        target=_number_or(sent, "target", usual.target),
        quantile=_number_or(sent, "quantile", usual.quantile * 100.0) / 100.0,
        clocks=clocks,
        channels=",".join(lists.get("channels", ())),
        lane_hour=per_stage["lane_hour"],
        crew=per_stage["crew"],
        officers=per_stage["officers"],
        officer_hour=_number_or(sent, "officer_hour", usual.officer_hour),
        shifts=_hours(sent.get("shifts", ""), usual.shifts),
        every=_whole(sent, "every", usual.every),
        break_minutes=_whole(sent, "breaks", usual.break_minutes),
        block=_whole(sent, "block", usual.block),
        replications=_whole(sent, "replications", usual.replications),
        seed=_whole(sent, "seed", usual.seed),
    )
    if not 2 <= wishes.replications <= MOST_REPLICATIONS:
        raise PlanError("replications", "So many runs are not made.", f"Give 2 to {MOST_REPLICATIONS}.")
    return PlanAsked(wishes, sent.get("levers") == "1")


def field_of(refused: str | None) -> str:
    """The form's field that a refusal means; empty for none of them."""
    if refused is None:
        return ""
    if refused.startswith("posts."):
        return "crew"
    return _FIELDS.get(refused, refused)


def _day(text: str, day: date) -> date:
    try:
        return date.fromisoformat(text) if text else day
    except ValueError:
        raise PlanError("day", f"{text!r} is no date.", "Write it as 2026-11-26.") from None


def _hours(text: str, usual: tuple[int, ...]) -> tuple[int, ...]:
    parts = text.replace(",", " ").split()
    if not parts:
        return usual
    if any(not part.isascii() or not part.isdecimal() or len(part) > 2 for part in parts):
        raise PlanError("shifts", f"{text!r} are no whole hours.", "Write such as 8, 12.")
    return tuple(sorted({int(part) for part in parts}))


def _number_or(sent: Mapping[str, str], field: str, usual: float) -> float:
    text = sent.get(field, "").strip()
    return _number(text, field, f"Give a number, such as {usual:g}.") if text else usual


def _number(text: str, field: str, mend: str) -> float:
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        value = math.nan
    if not 0.0 <= value < 1e9:
        raise PlanError(field, f"{text!r} is no amount.", mend)
    return value


def _whole(sent: Mapping[str, str], field: str, usual: int) -> int:
    value = _number_or(sent, field, float(usual))
    if value != int(value):
        raise PlanError(field, f"{value:g} is not whole.", f"Give a whole number, such as {usual}.")
    return int(value)
