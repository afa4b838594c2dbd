"""From what a person asks of a plan to what it is made of. Pure: no Django."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Final

from greenlane.planning.goal import Goal, PlanError
from greenlane.registry import crossing

if TYPE_CHECKING:
    from greenlane.planning.plan import Wanted
    from greenlane.twin.scenario import Scenario

SLOT: Final = 200
"""Most bookings of a slot where nothing else bounds it."""


@dataclass(frozen=True, slots=True)
class PlanWishes:
    """A question to the planner.

    Attributes:
        channels: counted, with commas; ``all``, or empty for those without physical inspection.
        settings: what is otherwise than described, as of ``greenlane simulate``.
        lane_hour, crew, officers: by stage: cost of an open lane an hour, its officers, officers there are.
        every, block: minutes between starts of shifts, and for which lanes stay as they are.
        places: of the parks; ``neighbour``: trucks an hour that it takes; both as described when None.
    """

    day: date
    target: float = 10.0
    quantile: float = 0.95
    clocks: tuple[str, ...] = ("inside", "outside")
    channels: str = ""
    settings: tuple[str, ...] = ()
    lane_hour: Mapping[str, float] = field(default_factory=dict)
    crew: Mapping[str, float] = field(default_factory=dict)
    officers: Mapping[str, float] = field(default_factory=dict)
    officer_hour: float = 1.0
    shifts: tuple[int, ...] = (8, 12)
    every: int = 120
    break_minutes: int = 0
    block: int = 120
    places: int | None = None
    neighbour: float | None = None
    slot: int = SLOT
    replications: int = 30
    seed: int = 1


def wanted_of(checkpoint: crossing.Checkpoint, direction: str, wishes: PlanWishes) -> tuple[Scenario, Wanted]:
    """The scenario to plan for, and what is wanted of the plan.

    Raises:
        PlanError, SettingError, ModelError: a wish that makes no sense, by its name.
    """
    # The engine is loaded when a plan is made: wishes are read by pages that make none.
    from greenlane.planning.plan import Wanted
    from greenlane.planning.quotas import QuotaLimits
    from greenlane.planning.staffing.posts import Blocks, posts_of
    from greenlane.planning.staffing.shifts import ShiftRules
    from greenlane.planning.wishes import kinds_counted, with_costs
    from greenlane.twin.described_scenario import scenario_of
    from greenlane.twin.setting import read_settings

    scenario = scenario_of(checkpoint, direction, wishes.day, 1, read_settings(wishes.settings))
    if scenario.minutes != 1440.0 or scenario.warm_up != 1440.0:
        raise PlanError("day", "The clock is changed on it or the day before.", "Plan another day.")
    course = checkpoint.directions[direction]
    parks = checkpoint.parks_for(direction)
    places = sum(park.places for park in parks) if wishes.places is None and parks else wishes.places
    posts = with_costs(posts_of(scenario.model), dict(wishes.lane_hour), dict(wishes.crew))
    wanted = Wanted(
        goal=Goal(wishes.target, wishes.quantile, wishes.clocks, kinds_counted(scenario, wishes.channels)),
        posts=posts,
        blocks=Blocks.of(wishes.block),
        rules=ShiftRules(
            lengths=wishes.shifts,
            every=wishes.every,
            break_minutes=wishes.break_minutes,
            officer_hour=wishes.officer_hour,
            officers=tuple((stage, int(number)) for stage, number in wishes.officers.items()),
        ),
        limits=QuotaLimits(
            slot=wishes.slot,
            per_hour=course.slots.neighbour_per_hour if wishes.neighbour is None else wishes.neighbour,
            places=places,
        ),
        replications=wishes.replications,
        seed=wishes.seed,
    )
    return scenario, wanted
