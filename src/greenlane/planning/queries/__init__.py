"""What is read for planning, shaped for pages and commands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from greenlane.planning.queries.readiness import TwinPreparing, is_ready, marker, require_ready
from greenlane.planning.queries.scenarios import (
    PLANNING_ROLES,
    chosen_scenarios,
    may_change,
    may_plan_somewhere,
    planned_lines,
    scenario,
    scenarios_of,
    shared_scenario,
    version_of,
)

if TYPE_CHECKING:
    from greenlane.planning.queries.now import scenario_from_now

__all__ = [
    "PLANNING_ROLES",
    "TwinPreparing",
    "chosen_scenarios",
    "is_ready",
    "marker",
    "may_change",
    "may_plan_somewhere",
    "planned_lines",
    "require_ready",
    "scenario",
    "scenario_from_now",
    "scenarios_of",
    "shared_scenario",
    "version_of",
]


def __getattr__(name: str) -> Any:
    """What brings in the compiled engine, which takes a second, is imported when it is used."""
    if name != "scenario_from_now":
        raise AttributeError(name)
    from greenlane.planning.queries.now import scenario_from_now

    return scenario_from_now
