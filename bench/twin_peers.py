"""The same stages in other simulators. Each function takes trucks and returns seconds of processor time, and
when each was out.

A peer that draws its own numbers, or orders its trucks otherwise, says so by returning no such times.
"""

from __future__ import annotations

import ctypes
import heapq
import importlib.util
import math
import shutil
import subprocess
import sys
import time
from collections.abc import Generator
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np

from bench.twin_workloads import CV, Drawn, Workload
from greenlane.twin.arrays import Floats

Measured = tuple[float, Floats | None]
_SOURCE: Final = Path(__file__).with_name("twin_loop.c")


class PeerMissing(Exception):
    """A peer that is not installed; its text says what to do."""


def _imported(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise PeerMissing(f"not installed (pip install {name})") from error


def _ranks(drawn: Drawn) -> np.ndarray:
    """[trucks, stages] 0 goes first."""
    at = np.array([code == drawn.workload.urgent_at for code in drawn.workload.codes])
    return (at & ~drawn.is_urgent[:, None]).astype(np.uint8)


def _visited(drawn: Drawn) -> np.ndarray:
    """[trucks, stages]"""
    at = np.array([code == drawn.workload.branch for code in drawn.workload.codes])
    return np.asarray(~at | drawn.is_sent[:, None])


def c_loop(drawn: Drawn, directory: Path) -> Measured:
    """The event loop in plain C beside this file, compiled here."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        raise PeerMissing("there is no C compiler")
    library = directory / "twin_loop.so"
    if not library.exists():
        subprocess.run(
            [compiler, "-O3", "-march=native", "-shared", "-fPIC", "-o", str(library), str(_SOURCE)],
            check=True,
        )
    count, stages = drawn.service.shape
    run = ctypes.CDLL(str(library)).run
    run.restype = ctypes.c_long
    visited = (_visited(drawn) << np.arange(stages)).sum(axis=1).astype(np.int32)
    lanes = np.array([number for _, number, _ in drawn.workload.stages], np.int32)
    ranks, times = _ranks(drawn), np.full((count, stages, 3), np.nan)
    service = np.ascontiguousarray(drawn.service)
    given = [
        array.ctypes.data_as(ctypes.c_void_p)
        for array in (lanes, drawn.arrival, visited, ranks, service, times)
    ]
    started = time.thread_time()
    run(count, stages, *given)
    return time.thread_time() - started, np.asarray(np.nanmax(times[:, :, 2], axis=1))


def plain_python(drawn: Drawn) -> Measured:
    """An event loop with `heapq` and lists, without an object for each truck."""
    lanes_free = [list(range(number)) for _, number, _ in drawn.workload.stages]
    lines: list[list[tuple[int, int, int]]] = [[] for _ in drawn.workload.stages]
    visited = [[at for at, goes in enumerate(row) if goes] for row in _visited(drawn).tolist()]
    ranks, service, exits = _ranks(drawn).tolist(), drawn.service.tolist(), [0.0] * len(drawn.arrival)
    started = time.thread_time()
    events = [(at, truck, 0) for truck, at in enumerate(drawn.arrival.tolist())]
    joined = 0
    while events:
        now, truck, position = heapq.heappop(events)
        if position:
            before = visited[truck][position - 1]
            if lines[before]:
                _, _, following = heapq.heappop(lines[before])
                at = visited[following].index(before)
                heapq.heappush(events, (now + service[following][before], following, at + 1))
            else:
                lanes_free[before].append(0)
        if position == len(visited[truck]):
            exits[truck] = now
            continue
        stage = visited[truck][position]
        if lanes_free[stage]:
            lanes_free[stage].pop()
            heapq.heappush(events, (now + service[truck][stage], truck, position + 1))
        else:
            joined += 1
            heapq.heappush(lines[stage], (ranks[truck][stage], joined, truck))
    return time.thread_time() - started, np.array(exits)


def simpy_loop(drawn: Drawn) -> Measured:
    """SimPy as its documentation teaches it: a process for each truck, a priority resource for each stage."""
    simpy = _imported("simpy")
    visited, ranks, service = _visited(drawn).tolist(), _ranks(drawn).tolist(), drawn.service.tolist()
    arrival, exits = drawn.arrival.tolist(), [0.0] * len(drawn.arrival)
    env = simpy.Environment()
    stages = [simpy.PriorityResource(env, capacity=number) for _, number, _ in drawn.workload.stages]

    def truck(number: int) -> Generator[Any, None, None]:
        for at, stage in enumerate(stages):
            if visited[number][at]:
                with stage.request(priority=ranks[number][at]) as place:
                    yield place
                    yield env.timeout(service[number][at])
        exits[number] = env.now

    def arrivals() -> Generator[Any, None, None]:
        for number, at in enumerate(arrival):
            yield env.timeout(at - env.now)
            env.process(truck(number))

    env.process(arrivals())
    started = time.thread_time()
    env.run()
    return time.thread_time() - started, np.array(exits)


def salabim_loop(drawn: Drawn) -> Measured:
    """salabim with generators, monitors off: the faster of its ways."""
    salabim = _imported("salabim")
    visited, ranks, service = _visited(drawn).tolist(), _ranks(drawn).tolist(), drawn.service.tolist()
    arrival, exits = drawn.arrival.tolist(), [0.0] * len(drawn.arrival)
    env = salabim.Environment(trace=False, yieldless=False)
    stages = [salabim.Resource(capacity=number, monitor=False) for _, number, _ in drawn.workload.stages]

    class Truck(salabim.Component):
        def process(self, number: int) -> Generator[Any, None, None]:
            for at, stage in enumerate(stages):
                if visited[number][at]:
                    yield self.request((stage, 1, ranks[number][at]))
                    yield self.hold(service[number][at])
                    self.release(stage)
            exits[number] = env.now()

    class Arrivals(salabim.Component):
        def process(self) -> Generator[Any, None, None]:
            for number, at in enumerate(arrival):
                yield self.hold(till=at)
                Truck(number=number)

    Arrivals()
    started = time.thread_time()
    env.run()
    return time.thread_time() - started, np.array(exits)


def ciw_loop(drawn: Drawn) -> Measured:
    """Ciw, drawing its own numbers; who is urgent is so at every stage."""
    ciw = _imported("ciw")
    workload, stages = drawn.workload, len(drawn.workload.stages)
    shares = {
        (urgent, sent): (workload.urgent if urgent else 1 - workload.urgent)
        * (workload.sent if sent else 1 - workload.sent)
        for urgent in (True, False)
        for sent in (True, False)
    }
    classes = {key: share for key, share in shares.items() if share > 0}

    def next_stage(sent: bool) -> list[list[float]]:
        way = [at for at, code in enumerate(workload.codes) if sent or code != workload.branch]
        matrix = np.zeros((stages, stages))
        for here, there in pairwise(way):
            matrix[here, there] = 1.0
        return [list(map(float, row)) for row in matrix]

    network = ciw.create_network(
        arrival_distributions={
            str(key): [ciw.dists.Exponential(share * workload.rate), *[None] * (stages - 1)]
            for key, share in classes.items()
        },
        service_distributions={
            str(key): [_ciw_service(ciw, workload, mean) for _, _, mean in workload.stages] for key in classes
        },
        routing={str(key): next_stage(key[1]) for key in classes},
        priority_classes={str(key): int(workload.urgent > 0 and not key[0]) for key in classes},
        number_of_servers=[number for _, number, _ in workload.stages],
    )
    ciw.seed(1)
    simulation = ciw.Simulation(network)
    started = time.thread_time()
    simulation.simulate_until_max_customers(len(drawn.arrival), method="Finish")
    return time.thread_time() - started, None


def _ciw_service(ciw: Any, workload: Workload, mean: float) -> Any:
    if workload.is_exponential:
        return ciw.dists.Exponential(1.0 / mean)
    sigma = math.sqrt(math.log1p(CV**2))
    return ciw.dists.Lognormal(math.log(mean) - sigma**2 / 2, sigma)


def cimba_loop(drawn: Drawn) -> Measured:
    """cimba, drawing its own numbers."""
    if importlib.util.find_spec("cimba") is None:
        raise PeerMissing("not installed (pip install cimba)")
    command = [
        sys.executable,
        "-W",
        "ignore",
        "-m",
        "bench.twin_cimba",
        drawn.workload.name,
        str(len(drawn.arrival)),
    ]
    told = subprocess.run(command, check=False, capture_output=True, text=True)
    if told.returncode:
        raise PeerMissing(f"it failed: {told.stderr.strip().splitlines()[-1]}")
    return float(told.stdout.split()[-1]), None
