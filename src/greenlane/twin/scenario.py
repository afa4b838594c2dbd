"""What is simulated: a model, who comes, over which time, from which state on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from greenlane.twin.demand import Booked, Demand, Live, Recorded
from greenlane.twin.model import Model, ModelError
from greenlane.twin.start import Start


@dataclass(frozen=True, slots=True)
class Scenario:
    """A setting of a checkpoint's direction.

    Attributes:
        minutes: trucks that are due within so many minutes after the warm-up are counted; the run goes on
            until the last of all trucks is out.
        warm_up: minutes before that, simulated and not counted.
        start: who is there at minute 0; nobody when None.
        target: minutes that the clocks are held against.
    """

    model: Model
    demand: Demand
    minutes: float
    warm_up: float = 0.0
    start: Start | None = None
    target: float = 10.0
    groups: tuple[tuple[str, tuple[str, ...]], ...] = field(default=())
    """Names of groups with the codes of their kinds, whose clocks are shown apart; the channels when
    empty."""

    def __post_init__(self) -> None:
        if not self.minutes > 0.0 or self.warm_up < 0.0:
            raise ModelError("minutes", "There is no time to simulate.", "Give more than 0 minutes.")
        if not self.demand and self.start is None:
            raise ModelError("demand", "Nobody comes.", "Give at least one source of trucks.")
        known = {kind.code for kind in self.model.kinds}
        named = (code for source in self.demand if isinstance(source, Recorded) for code in source.kinds)
        _check_kinds("demand.recorded.kinds", named, known)
        _check_kinds("groups", (code for _, codes in self.groups for code in codes), known)
        if self.start is not None:
            self.start.check(self.model)
        if not sum(kind.share for kind in self.model.kinds) > 0.0:
            raise ModelError("kinds.share", "No kind has a share.", "Give shares above 0.")

    @property
    def shown_groups(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """The groups, or the channels where none are named."""
        return self.groups or _channels(kind.code for kind in self.model.kinds)

    @property
    def needs_event_loop(self) -> tuple[str, ...]:
        """What it has that the stage recursion cannot do; empty when it can do all."""
        reasons = list(self.model.needs_event_loop)
        if self.start is not None and self.start.inside:
            reasons.append("trucks inside at the start")
        if any(_has_convoys(source) for source in self.demand):
            reasons.append("convoys")
        return tuple(reasons)


def _has_convoys(source: Live | Booked | Recorded) -> bool:
    if isinstance(source, Live):
        return source.convoy > 1
    return isinstance(source, Recorded) and any(convoy >= 0 for convoy in source.convoys)


def _channels(codes: Iterable[str]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """By what stands before the stroke of ``channel/class``."""
    found: dict[str, list[str]] = {}
    for code in codes:
        found.setdefault(code.split("/")[0], []).append(code)
    return tuple((name, tuple(codes)) for name, codes in found.items())


def _check_kinds(field: str, codes: Iterable[str], known: set[str]) -> None:
    for code in codes:
        if code not in known:
            raise ModelError(field, f"{code!r} is not a kind.", f"Use one of: {', '.join(sorted(known))}.")
