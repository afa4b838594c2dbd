"""A question answered by the twin, kept for the next who asks it. Pure: no Django.

This module brings in the compiled engine, whose import takes a second: import it where it is used.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from greenlane.planning.asking import Asked, AskedError
from greenlane.registry import crossing
from greenlane.twin.described_scenario import scenario_of
from greenlane.twin.result import Result
from greenlane.twin.scenario import Scenario
from greenlane.twin.setting import read_settings
from greenlane.twin.simulation import simulate

KEPT: Final = 8
"""Results kept in memory: of 30 days with 2,400 trucks each takes 4 MB."""
MOST_TRUCKS: Final = 1_500_000
"""Of all replications of one question."""


@dataclass(frozen=True, slots=True)
class Simulated:
    """A result, and the seconds that it took when it was made."""

    result: Result
    seconds: float


class _Described:
    """A checkpoint's description by its identity: one that is read again may say something else."""

    def __init__(self, checkpoint: crossing.Checkpoint) -> None:
        self.checkpoint = checkpoint

    def __hash__(self) -> int:
        return id(self.checkpoint)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Described) and self.checkpoint is other.checkpoint


def simulated(checkpoint: crossing.Checkpoint, direction: str, asked: Asked) -> Simulated:
    """What the twin says to a question; the same object for the same question, while it is kept.

    Raises:
        AskedError: it would take too long to answer on a page.
        SettingError, ModelError: the settings do not fit the checkpoint.
    """
    return _simulated(_Described(checkpoint), direction, asked)


def scenario_asked(checkpoint: crossing.Checkpoint, direction: str, asked: Asked) -> Scenario:
    """The scenario of a question.

    Raises:
        SettingError, ModelError: the settings do not fit the checkpoint.
    """
    return scenario_of(checkpoint, direction, asked.day, settings=read_settings(asked.settings))


@lru_cache(maxsize=KEPT)
def _simulated(described: _Described, direction: str, asked: Asked) -> Simulated:
    began = time.perf_counter()
    scenario = scenario_asked(described.checkpoint, direction, asked)
    trucks = sum(source.expected for source in scenario.demand) * asked.replications
    if trucks > MOST_TRUCKS:
        raise AskedError(
            "replications",
            f"{asked.replications} days with so many trucks take too long here.",
            "Ask for fewer days, or use `greenlane simulate`.",
        )
    result = simulate(scenario, asked.replications, asked.seed)
    return Simulated(result, time.perf_counter() - began)
