"""What broke the standard: the stage that took the most over its plan. Pure: no Django."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from greenlane.standard.clocks import Clocks
from greenlane.standard.outcomes import Clock, Measured, Reason, certain_seconds
from greenlane.standard.shares import LIMITS


class Cause(StrEnum):
    """What a breach is laid to."""

    STAGE = "stage"
    WAITING = "waiting"
    PLAN = "plan"
    UNKNOWN = "unknown"


CAUSE_WORDS = {
    Cause.WAITING: "waiting between stages",
    Cause.PLAN: "the plan is longer than the standard",
    Cause.UNKNOWN: "unknown: readings missing",
}


@dataclass(frozen=True, slots=True)
class Breach:
    """A passage that took longer inside than the standard.

    Attributes:
        cause: what it is laid to.
        stage: code of the stage, when a stage is the cause.
        over_s: seconds that the cause took over its plan; None when the cause is not a stage or waiting.
        inside_s: seconds inside, at least.
        limit_s: the standard.
        is_final: the truck has left and was measured; else the figures still grow, or never will be known.
    """

    cause: Cause
    stage: str | None
    over_s: float | None
    inside_s: float
    limit_s: float
    is_final: bool

    @property
    def words(self) -> str:
        """The stage's code, or the cause in plain English."""
        return self.stage if self.stage is not None else CAUSE_WORDS[self.cause]


def find_breach(
    clocks: Clocks,
    plan: Mapping[str, float],
    *,
    limit_s: float = LIMITS[0],
    waiting_plan_s: float = 0.0,
) -> Breach | None:
    """The breach of a passage, or None when it is within the standard or not known to be over.

    A stage's excess is its seconds less its plan; waiting's is idle time less ``waiting_plan_s``. The
    greatest excess is the cause; of equals the stage that came first, and a stage before waiting. While the
    truck is inside, the stage that it is in counts up to now. A reading that is missing could hide any cause:
    then the cause is unknown.

    Args:
        clocks: the passage's clocks.
        plan: planned seconds by stage code; a stage that the plan does not name has none.
        limit_s: the standard.
        waiting_plan_s: planned seconds between stages.
    """
    inside_s = certain_seconds(clocks.inside)
    if inside_s <= limit_s:
        return None
    is_final = isinstance(clocks.inside, Measured)
    if not _is_read(clocks.idle) or not all(_is_read(clock) for clock in clocks.stages.values()):
        return Breach(Cause.UNKNOWN, None, None, inside_s, limit_s, is_final)
    excess: dict[str | None, float] = {
        stage: certain_seconds(clock) - plan.get(stage, 0.0) for stage, clock in clocks.stages.items()
    }
    excess[None] = certain_seconds(clocks.idle) - waiting_plan_s
    worst = max(excess, key=lambda cause: excess[cause])  # the first of equals
    if excess[worst] <= 0:
        return Breach(Cause.PLAN, None, None, inside_s, limit_s, is_final)
    cause = Cause.WAITING if worst is None else Cause.STAGE
    return Breach(cause, worst, excess[worst], inside_s, limit_s, is_final)


def _is_read(clock: Clock) -> bool:
    """Measured, or still running with all readings so far."""
    return isinstance(clock, Measured) or (clock.reason is Reason.OPEN and clock.at_least is not None)


def count_causes(breaches: Iterable[Breach]) -> dict[str, int]:
    """Breaches by stage code or, without one, by cause; the most frequent first, equals by name."""
    counts: dict[str, int] = {}
    for breach in breaches:
        name = breach.stage if breach.stage is not None else str(breach.cause)
        counts[name] = counts.get(name, 0) + 1
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
