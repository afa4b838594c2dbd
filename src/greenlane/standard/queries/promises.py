"""What each checkpoint promises, and what its stages are planned to take."""

from __future__ import annotations

from dataclasses import dataclass

from greenlane.registry.models import Checkpoint, Stage
from greenlane.registry.queries import checkpoint_document


@dataclass(frozen=True, slots=True)
class Promise:
    """The standard of a checkpoint: seconds inside and outside, and the share of trucks that must keep it."""

    inside_s: float
    outside_s: float
    quantile: float

    def limit_s(self, clock: str) -> float:
        """What a clock is held against: the outside clock has its own standard, all others that of inside."""
        return self.outside_s if clock == "outside" else self.inside_s


def promise_of(checkpoint: Checkpoint) -> Promise:
    """The promise in force."""
    standard = checkpoint_document(checkpoint).standard
    return Promise(standard.inside_s, standard.outside_s, standard.quantile)


def plan_of(checkpoint: Checkpoint, direction: str) -> dict[str, float]:
    """Planned seconds by stage code, stages no longer in use included: past passages name them."""
    stages = Stage.objects.filter(checkpoint=checkpoint, direction=direction)
    return {code: float(plan_s) for code, plan_s in stages.values_list("code", "plan_s")}
