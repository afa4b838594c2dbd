"""The twin: a checkpoint simulated, exactly and fast. Pure: arrays in and arrays out, no Django.

What a notebook needs is here by name; it is loaded when it is first used, for the compiler takes a while.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from greenlane.twin.demand import Booked, Demand, Live, Recorded
    from greenlane.twin.described_scenario import scenario_of
    from greenlane.twin.distributions import Distribution
    from greenlane.twin.model import CallUpPolicy, Failures, Kind, Lane, Model, ModelError, Pool, Stage
    from greenlane.twin.result import Figure, Result
    from greenlane.twin.scenario import Scenario
    from greenlane.twin.setting import Setting, read_settings
    from greenlane.twin.simulation import Simulator, simulate, simulate_until
    from greenlane.twin.start import InsideNow, OutsideNow, Start
    from greenlane.twin.sweeping import sweep

_HOMES: Final = {
    "demand": ("Booked", "Demand", "Live", "Recorded"),
    "described_scenario": ("scenario_of",),
    "distributions": ("Distribution",),
    "model": ("CallUpPolicy", "Failures", "Kind", "Lane", "Model", "ModelError", "Pool", "Stage"),
    "result": ("Figure", "Result"),
    "scenario": ("Scenario",),
    "setting": ("Setting", "read_settings"),
    "simulation": ("Simulator", "simulate", "simulate_until"),
    "start": ("InsideNow", "OutsideNow", "Start"),
    "sweeping": ("sweep",),
}
_HOME_OF: Final = {name: module for module, names in _HOMES.items() for name in names}

__all__ = [
    "Booked",
    "CallUpPolicy",
    "Demand",
    "Distribution",
    "Failures",
    "Figure",
    "InsideNow",
    "Kind",
    "Lane",
    "Live",
    "Model",
    "ModelError",
    "OutsideNow",
    "Pool",
    "Recorded",
    "Result",
    "Scenario",
    "Setting",
    "Simulator",
    "Stage",
    "Start",
    "read_settings",
    "scenario_of",
    "simulate",
    "simulate_until",
    "sweep",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)


def __dir__() -> list[str]:
    return __all__
