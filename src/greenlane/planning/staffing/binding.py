"""Where the standard is lost: the stage at which late trucks waited most, and the time of day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from greenlane.planning.rehearsal import Rehearsal

OUTSIDE: Final = "outside"
SERVICE: Final = "service"
"""Late without waiting: the checks by themselves take longer than the target."""


@dataclass(frozen=True, slots=True)
class Binding:
    """What kept trucks from the standard.

    Attributes:
        stage: code of the stage, ``outside`` for the wait before entry, or ``service`` where a truck would
            have been late without any wait.
        minute: of the day, at which the hour with most of them begins.
        late: share of all counted trucks that are late for it.
    """

    stage: str
    minute: int
    late: float


def bindings(rehearsal: Rehearsal) -> list[Binding]:
    """Why trucks were late in the last rehearsal, the most frequent reason first."""
    stages = [stage.code for stage in rehearsal.scenario.model.stages]
    late, trucks = rehearsal.late_by_hour()
    names = [*stages, OUTSIDE, SERVICE]
    found = [
        Binding(name, int(late[row].argmax()) * 60, float(late[row].sum()) / max(trucks, 1.0))
        for row, name in enumerate(names)
        if late[row].sum() > 0
    ]
    return sorted(found, key=lambda each: -each.late)
