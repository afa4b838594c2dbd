"""Several cases of one checkpoint, simulated with the same luck."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from greenlane.errors import GreenlaneError
from greenlane.registry.crossing import Checkpoint
from greenlane.registry.crossing_finding import find_crossing
from greenlane.twin.described_scenario import scenario_of
from greenlane.twin.result import Result
from greenlane.twin.scenario import Scenario
from greenlane.twin.setting import Setting, read_settings
from greenlane.twin.simulation import simulate, simulate_until

DESCRIBED = "described"
"""The name of a case in which nothing is set otherwise."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Which direction of which checkpoint, over which local days."""

    crossing: str
    checkpoint: str
    direction: str
    day: date
    days: int = 1
    warm_up_days: int = 1


@dataclass(frozen=True, slots=True)
class Case:
    """A setting with its scenario and, once it has run, its result and the seconds that took."""

    name: str
    checkpoint: Checkpoint
    settings: tuple[Setting, ...]
    scenario: Scenario
    result: Result | None = None
    seconds: float = 0.0

    @property
    def ran(self) -> Result:
        """The result; for a case that has run."""
        assert self.result is not None
        return self.result


@dataclass(frozen=True, slots=True)
class Precision:
    """How small the half-width of a figure is to be, in minutes."""

    measure: str
    statistic: str
    half_width: float

    @classmethod
    def read(cls, text: str) -> Precision:
        """From ``inside.p95:0.2``."""
        found = re.fullmatch(r"([\w:]+)\.(\w+):(\d+(?:\.\d+)?)", text)
        if found is None or not float(found[3]) > 0.0:
            raise GreenlaneError(
                "bad_option",
                f"{text!r} says no precision.",
                field="--until",
                mend="Write CLOCK.FIGURE:MINUTES, such as inside.p95:0.2.",
            )
        return cls(found[1], found[2], float(found[3]))


def cases_of(asked: Asked, settings: Iterable[str], versus: Iterable[str]) -> list[Case]:
    """The case asked for, then those that it is compared with.

    Each of the latter is ``described``, settings in place of ``settings``, or another crossing with the same
    settings.
    """
    ours = read_settings(settings)
    cases = [_case(_named(ours), asked, ours)]
    for other in versus:
        if other == DESCRIBED:
            cases.append(_case(DESCRIBED, asked, ()))
        elif "=" in other:
            theirs = read_settings([other])
            cases.append(_case(_named(theirs), asked, theirs))
        else:
            cases.append(_case(other, replace(asked, crossing=other), ours))
    return cases


def _named(settings: Sequence[Setting]) -> str:
    return " ".join(map(str, settings)) or DESCRIBED


def _case(name: str, asked: Asked, settings: tuple[Setting, ...]) -> Case:
    checkpoint = checkpoint_of(asked)
    scenario = scenario_of(
        checkpoint, asked.direction, asked.day, asked.days, settings, warm_up_days=asked.warm_up_days
    )
    return Case(name, checkpoint, settings, scenario)


def checkpoint_of(asked: Asked) -> Checkpoint:
    """The description of the checkpoint asked for; GreenlaneError names what is not there."""
    crossing = find_crossing(asked.crossing)
    codes = [each.code for each in crossing.checkpoints]
    try:
        checkpoint = crossing.checkpoint(asked.checkpoint)
    except KeyError:
        raise GreenlaneError(
            "unknown_checkpoint",
            f"{crossing.code} has no checkpoint {asked.checkpoint!r}.",
            field="--checkpoint",
            mend=f"Use one of: {', '.join(codes)}.",
        ) from None
    if asked.direction not in checkpoint.directions:
        raise GreenlaneError(
            "unknown_direction",
            f"{checkpoint.code} has no direction {asked.direction!r}.",
            field="--direction",
            mend=f"Use one of: {', '.join(checkpoint.directions)}.",
        )
    return checkpoint


def run_cases(
    cases: Sequence[Case],
    replications: int,
    seed: int,
    *,
    precision: Precision | None = None,
    threads: int | None = None,
) -> list[Case]:
    """The cases with their results. Progress goes to standard error, where that is a terminal."""
    done = []
    with _progress() as progress:
        for case in cases:
            task = progress.add_task(case.name[:40], total=None if precision else replications)

            def told(number: int, task: TaskID = task) -> None:
                progress.advance(task, number)

            began = time.perf_counter()
            if precision is None:
                result = simulate(case.scenario, replications, seed, threads=threads, progress=told)
            else:
                result = simulate_until(
                    case.scenario,
                    precision.measure,
                    precision.statistic,
                    precision.half_width,
                    seed=seed,
                    least=min(replications, 1000),
                    threads=threads,
                    progress=told,
                )
            done.append(replace(case, result=result, seconds=time.perf_counter() - began))
    return done


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
        disable=not sys.stderr.isatty(),
    )
