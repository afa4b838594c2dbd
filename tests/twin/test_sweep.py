"""Sweeps give the same results in this process, in others, and on a cluster of Dask's workers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from twin_scenes import day_of, one_stage, two_stages

from greenlane.twin.distributions import Distribution
from greenlane.twin.result import Result
from greenlane.twin.scenario import Scenario
from greenlane.twin.sweeping import sweep

SCENARIOS: dict[str, Scenario] = {
    "two stages": day_of(two_stages()),
    "one lane": day_of(one_stage(Distribution("gamma", 1.5, 0.6))),
    "two lanes": day_of(one_stage(Distribution("gamma", 1.5, 0.6), 2)),
}


@pytest.fixture(scope="module")
def here() -> dict[str, Result]:
    return sweep(SCENARIOS, 7, seed=3)


def assert_same(found: dict[str, Result], expected: dict[str, Result]) -> None:
    assert list(found) == list(expected)
    for name, result in expected.items():
        assert np.array_equal(found[name].figures, result.figures, equal_nan=True), name
        assert (found[name].clocks == result.clocks).all()
        assert found[name].replication.tolist() == result.replication.tolist()


def test_blocks_on_an_executor_are_the_whole(here: dict[str, Result]) -> None:
    told: list[int] = []
    with ThreadPoolExecutor(2) as pool:
        found = sweep(SCENARIOS, 7, seed=3, executor=pool, block=2, progress=told.append)
    assert_same(found, here)
    assert sum(told) == 21


def test_scenarios_of_a_sweep_share_their_luck(here: dict[str, Result]) -> None:
    one, two = here["one lane"], here["two lanes"]
    assert one.clocks["number"].tolist() == two.clocks["number"].tolist()
    assert (two.minutes("whole") <= one.minutes("whole") + 1e-9).all(), "a lane more hurts nobody here"


@pytest.fixture
def addresses(tmp_path: Path) -> Iterator[Sequence[str]]:
    """Two worker processes of a local cluster."""
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        processes=True,
        dashboard_address=None,
        host="127.0.0.1",
        local_directory=str(tmp_path),
    ) as cluster:
        yield [cluster.scheduler_address, *(worker.address for worker in cluster.workers.values())]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")
def test_dasks_worker_processes_give_the_same(here: dict[str, Result], addresses: Sequence[str]) -> None:
    distributed = pytest.importorskip("distributed")
    with distributed.Client(addresses[0]) as client:
        found = sweep(SCENARIOS, 7, seed=3, executor=client, block=1)
        processes = set(client.run(_process).values())
        worked = client.run(_twin_loaded)
    assert_same(found, here)
    assert len(processes) == 2
    assert all(worked.values()), "both processes had a part in it"


def _process() -> int:
    import os

    return os.getpid()


def _twin_loaded() -> bool:
    import sys

    return "greenlane.twin.simulation" in sys.modules
