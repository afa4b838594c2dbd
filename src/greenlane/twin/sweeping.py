"""Many scenarios at once: in this process, or over many machines by an executor such as Dask's client."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final, Protocol

from greenlane.twin.result import Result
from greenlane.twin.scenario import Scenario
from greenlane.twin.simulation import Progress, simulate

BLOCK: Final = 25
"""Replications of one task: seconds of work at most, so that workers share what there is to do."""


class Submitted(Protocol):
    """What an executor gives for a task."""

    def result(self) -> Any:
        """Wait for its result."""


class Executor(Protocol):
    """Where tasks run: `dask.distributed.Client`, or any executor of `concurrent.futures`."""

    def submit(self, task: Callable[..., Any], /, *arguments: Any) -> Submitted:
        """Begin a task."""


def sweep(
    scenarios: Mapping[str, Scenario],
    replications: int = 30,
    seed: int = 1,
    *,
    executor: Executor | None = None,
    block: int = BLOCK,
    progress: Progress | None = None,
) -> dict[str, Result]:
    """Every scenario with the same luck, by name.

    A task is one scenario and a block of replications, so that a few long scenarios keep many workers busy.
    The result does not depend on where and in which order tasks ran.

    Args:
        executor: None for this process and its threads.
        block: replications of one task.
        progress: told of replications as their tasks are gathered.
    """
    if executor is None:
        return {
            name: simulate(scenario, replications, seed, progress=progress)
            for name, scenario in scenarios.items()
        }
    starts = range(0, replications, block)
    tasks = {
        name: [
            (number, executor.submit(partial(block_of, scenario, number, seed, first)))
            for first in starts
            for number in [min(block, replications - first)]
        ]
        for name, scenario in scenarios.items()
    }
    return {name: _gathered(parts, progress) for name, parts in tasks.items()}


def block_of(scenario: Scenario, replications: int, seed: int, first: int) -> Result:
    """One task. Its worker has one processor: threads of its own would be in its neighbours' way."""
    return simulate(scenario, replications, seed, first=first, threads=1)


def _gathered(parts: list[tuple[int, Submitted]], progress: Progress | None) -> Result:
    gathered: Result | None = None
    for number, task in parts:
        result: Result = task.result()
        if progress is not None:
            progress(number)
        gathered = result if gathered is None else gathered.joined(result)
    assert gathered is not None
    return gathered
