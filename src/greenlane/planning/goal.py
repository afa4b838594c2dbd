"""What a plan is to keep: the standard, of whom, and how surely. Pure: no Django."""

from __future__ import annotations

from dataclasses import dataclass

from greenlane.errors import GreenlaneError

CLOCKS = ("outside", "inside")


class PlanError(GreenlaneError):
    """A plan that cannot be made; ``field`` names what is wrong."""

    def __init__(self, field: str, message: str, mend: str) -> None:
        super().__init__("plan_unsound", message, field=field, mend=mend, status=422)


@dataclass(frozen=True, slots=True)
class Goal:
    """The standard: so large a share of trucks within so many minutes, on each clock by itself.

    Attributes:
        target: minutes.
        quantile: the share, 0 to 1.
        clocks: of ``outside`` and ``inside``.
        kinds: codes of the kinds of trucks that are counted; all when empty.
        confidence: with which the share is to be above ``quantile`` on fresh luck, one-sided.
    """

    target: float = 10.0
    quantile: float = 0.95
    clocks: tuple[str, ...] = CLOCKS
    kinds: tuple[str, ...] = ()
    confidence: float = 0.95

    def __post_init__(self) -> None:
        if not self.target > 0.0:
            raise PlanError("target", f"{self.target:g} minutes are no standard.", "Give more than 0.")
        if not 0.0 < self.quantile < 1.0:
            raise PlanError(
                "quantile", f"{self.quantile:g} is not a share of trucks.", "Give 0 to 1, as 0.95."
            )
        if not self.clocks or any(clock not in CLOCKS for clock in self.clocks):
            raise PlanError("clocks", "There is no such clock.", f"Use one or both of: {', '.join(CLOCKS)}.")
        if not 0.5 <= self.confidence < 1.0:
            raise PlanError("confidence", "It is not a confidence.", "Give 0.5 to 1, as 0.95.")
