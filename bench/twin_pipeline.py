"""The twin as people use it: trucks drawn, run and summed up, in threads and on Dask's workers."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from datetime import date
from functools import partial
from tempfile import TemporaryDirectory
from typing import Any, Final

from bench.report import Check, Figure, Section
from greenlane.registry.crossing_finding import find_crossing
from greenlane.twin.described_scenario import scenario_of
from greenlane.twin.scenario import Scenario
from greenlane.twin.setting import read_settings
from greenlane.twin.simulation import Simulator, simulate
from greenlane.twin.sweeping import sweep

WEDNESDAY: Final = date(2026, 11, 25)
LIMIT_SECONDS: Final = 1.0
"""What a planner waits for an answer at most."""
ROOMY: Final = ("entry=3", "weighing=6", "border=10", "customs=12", "inspection=6", "xray=4", "exit=3")


def whole_pipeline(replications: int, section: Section) -> None:
    """Days of 2,400 trucks with a warm-up day: the answer's time, and where it goes."""
    scenarios = {way: _busy_day(way) for way in ("inbound", "outbound")}
    for scenario in scenarios.values():
        simulate(scenario, 2)
        trucks = _trucks(scenario) * replications
        for threads in (1, 2):
            seconds = _clocked(partial(simulate, scenario, replications, threads=threads))
            name = f"whole pipeline, {Simulator(scenario).engine}, {threads} thread{'s' * (threads > 1)}"
            section.figures.append(Figure(f"{name}, by the clock", trucks / seconds, "trucks"))
        answer = _clocked(partial(simulate, scenario, 30))
        section.figures.append(
            Figure(
                f"answers for a day of 2,400 trucks, 30 replications ({Simulator(scenario).engine})",
                1.0 / answer,
                f"answers ({answer:.2f} s each)",
                aim_rate=1.0 / LIMIT_SECONDS,
            )
        )
        section.remarks.append(_where_it_goes(scenario, replications))
    _on_dask(scenarios["inbound"], replications, section)


def _busy_day(way: str) -> Scenario:
    checkpoint = find_crossing("yahodyn-dorohusk").checkpoint("yahodyn")
    lanes = [f"lanes.{each}" for each in ROOMY]
    settings = ["arrivals=3.5", "slots.capacity=60", "call_up.limit=60", *lanes]
    if way == "inbound":
        settings.remove("call_up.limit=60")
    return scenario_of(checkpoint, way, WEDNESDAY, 1, read_settings(settings))


def _trucks(scenario: Scenario) -> int:
    """Of one replication, those of the warm-up too."""
    return len(Simulator(scenario).draw(1, 0).drawn.trucks)


def _clocked(run: Callable[[], Any]) -> float:
    times = []
    for _ in range(3):
        started = time.perf_counter()
        run()
        times.append(time.perf_counter() - started)
    return min(times)


def _where_it_goes(scenario: Scenario, replications: int) -> str:
    simulator, count = Simulator(scenario), min(replications, 30)
    started = time.thread_time()
    for number in range(count):
        simulator.draw(1, number)
    drawn = time.thread_time()
    for number in range(count):
        simulator.run(1, number)
    ran = time.thread_time()
    for number in range(count):
        simulator.replicate(1, number)
    summed = time.thread_time()
    drawing, running, all_of_it = drawn - started, ran - drawn, summed - ran
    parts = (drawing, running - drawing, all_of_it - running)
    drawn_share, kernel_share, sum_share = (f"{max(part, 0.0) / all_of_it:.0%}" for part in parts)
    return (
        f"{simulator.engine}, where the time goes: {drawn_share} drawing trucks and services, "
        f"{kernel_share} the kernel, {sum_share} summing up"
    )


def _on_dask(scenario: Scenario, replications: int, section: Section) -> None:
    """The same sweep in this process, on one and on two worker processes."""
    try:
        import dask
        from distributed import Client, LocalCluster
    except ImportError:
        section.remarks.append("Dask: not installed")
        return
    print("twin: on Dask's workers", file=sys.stderr, flush=True)
    scenarios = {str(number): scenario for number in range(4)}
    trucks = _trucks(scenario) * replications * len(scenarios)
    here = sweep(scenarios, replications)
    for workers in (1, 2):
        with (
            TemporaryDirectory() as place,
            dask.config.set({"temporary-directory": place}),
            LocalCluster(
                n_workers=workers,
                threads_per_worker=1,
                dashboard_address=None,
                host="127.0.0.1",
                local_directory=place,
            ) as cluster,
            Client(cluster) as client,
        ):
            found = sweep(scenarios, replications, executor=client)
            started = time.perf_counter()
            sweep(scenarios, replications, seed=2, executor=client)
            seconds = time.perf_counter() - started
        name = f"sweep on {workers} Dask worker{'s' * (workers > 1)}, by the clock"
        section.figures.append(Figure(name, trucks / seconds, "trucks"))
        other = sum((found[name].clocks != here[name].clocks).any() for name in scenarios)
        section.checks.append(Check(name, "scenarios with another result than in one process", 0, int(other)))
