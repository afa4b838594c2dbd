"""Small checkpoints for tests of the twin."""

from __future__ import annotations

from greenlane.twin.demand import Demand, Live
from greenlane.twin.distributions import Distribution
from greenlane.twin.model import CallUpPolicy, Kind, Lane, Model, Stage
from greenlane.twin.scenario import Scenario


def one_stage(
    service: Distribution, lanes: int = 1, *, call_up: CallUpPolicy = CallUpPolicy(), kinds: int = 1
) -> Model:
    """One stage with so many lanes, always open; kinds of equal share."""
    return Model(
        stages=(Stage("customs"),),
        lanes=tuple(Lane(f"C{number}", ("customs",)) for number in range(lanes)),
        kinds=tuple(
            Kind(f"green/{number}", ("customs",), (service,), share=1.0 / kinds) for number in range(kinds)
        ),
        call_up=call_up,
    )


def two_stages(room: int | None = None) -> Model:
    """Two kinds through customs and exit; the red ones take longer."""
    quick, slow = Distribution("gamma", 2.0, 0.5), Distribution("lognormal", 6.0, 0.8)
    leaves = Distribution("exponential", 0.5)
    return Model(
        stages=(Stage("customs"), Stage("exit", room=room)),
        lanes=(Lane("C1", ("customs",)), Lane("C2", ("customs",)), Lane("E1", ("exit",))),
        kinds=(
            Kind("green/laden", ("customs", "exit"), (quick, leaves), share=0.8),
            Kind("red/laden", ("customs", "exit"), (slow, leaves), share=0.2),
        ),
    )


def steady(per_hour: float, minutes: float) -> Demand:
    """The live queue at one rate."""
    return (Live((0.0, minutes), (per_hour,)),)


def day_of(
    model: Model, per_hour: float = 30.0, *, minutes: float = 1440.0, warm_up: float = 0.0
) -> Scenario:
    """A day, or another time, of a steady live queue."""
    return Scenario(model, steady(per_hour, minutes + warm_up), minutes, warm_up)
