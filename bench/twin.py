"""The twin's two kernels against other simulators, on the same trucks; how they grow; how they start.

What is measured beside peers is the kernels alone, from arrays to arrays, all times of all trucks kept; then
the whole, with trucks drawn and figures summed up.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import numpy as np

from bench import twin_peers as peers
from bench.ground import Ground
from bench.report import Check, Figure, Section
from bench.sizes import SMALL, Sizes
from bench.twin_pipeline import whole_pipeline
from bench.twin_workloads import CHECKPOINT, DAY, MM1, Drawn, Twin, Workload, draw, for_twin

KERNELS: Final = ("event loop", "stage recursion")
NEAR_LIMIT: Final = "plain C event loop"


@dataclass(frozen=True, slots=True)
class _Amounts:
    """Trucks for each peer, those of the growth, days of the threads, and how often each run is repeated."""

    trucks: int
    slow: dict[str, int]
    growth: tuple[int, ...]
    days: int
    repeats: int


_FULL: Final = _Amounts(
    1_000_000,
    {"plain Python": 100_000, "SimPy": 50_000, "salabim": 3_000, "Ciw": 10_000, "cimba": 500_000},
    (10_000, 100_000, 1_000_000, 10_000_000),
    400,
    3,
)
_SMALL: Final = _Amounts(
    2_000,
    {"plain Python": 500, "SimPy": 500, "salabim": 500, "Ciw": 300, "cimba": 1_000},
    (1_000, 2_000),
    4,
    1,
)


def measure(ground: Ground, sizes: Sizes) -> Section:
    """The whole section; it needs no database."""
    amounts = _SMALL if sizes is SMALL else _FULL
    section = Section("twin", "The twin: one thread and processor time unless said, arrays in and arrays out")
    with TemporaryDirectory() as place:
        for workload in (MM1, CHECKPOINT):
            _against_peers(workload, amounts, section, Path(place))
    _days_in_threads(amounts, section)
    _growth(amounts, section)
    whole_pipeline(amounts.days, section)
    _fresh_processes(amounts, section)
    return section


def _told(what: str) -> None:
    print(f"twin: {what}", file=sys.stderr, flush=True)


def _against_peers(workload: Workload, amounts: _Amounts, section: Section, place: Path) -> None:
    drawn = draw(workload, amounts.trucks)
    twin = for_twin(drawn)
    for kernel in KERNELS:
        for_twin(drawn.first(10)).run(kernel)
    twin.run(KERNELS[1])
    exits, rates = twin.exits(), {}
    limit = f"{workload.name}, {NEAR_LIMIT}, {amounts.trucks:,}"
    others: dict[str, Callable[[Drawn], peers.Measured]] = {
        NEAR_LIMIT: partial(peers.c_loop, directory=place),
        "plain Python": peers.plain_python,
        "SimPy": peers.simpy_loop,
        "salabim": peers.salabim_loop,
        "Ciw": peers.ciw_loop,
        "cimba": peers.cimba_loop,
    }
    for name, peer in others.items():
        few = drawn.first(amounts.slow.get(name, amounts.trucks))
        _told(f"{workload.name}, {name}, {len(few.arrival):,} trucks")
        try:
            seconds, out = _best(partial(peer, few), amounts.repeats if name == NEAR_LIMIT else 1)
        except peers.PeerMissing as missing:
            section.remarks.append(f"{workload.name}, {name}: {missing}")
            continue
        rates[name] = len(few.arrival) / seconds
        if out is not None:
            is_whole = len(few.arrival) == len(exits)
            section.checks.append(_same(f"{workload.name}, {name}", exits, out, is_whole))
        told = f"{workload.name}, {name}, {len(few.arrival):,}"
        section.figures.append(_figure(told, rates[name], rates, limit))
    for kernel in KERNELS:
        _told(f"{workload.name}, {kernel}")
        seconds = min(_timed(partial(twin.run, kernel)) for _ in range(amounts.repeats))
        section.checks.append(_same(f"{workload.name}, {kernel}", exits, twin.exits(), True))
        rate = len(exits) / seconds
        told = f"{workload.name}, the twin's {kernel}, {len(exits):,}"
        section.figures.append(_figure(told, rate, rates, limit))
        events = 2 * drawn.visits / len(exits) * rate
        times = ", ".join(f"{rate / rates[name]:,.1f} x {name}" for name in rates)
        section.remarks.append(f"{workload.name}, {kernel}: {events / 1e6:,.1f} M events/s; {times}")


def _best(run: Callable[[], peers.Measured], repeats: int) -> peers.Measured:
    return min((run() for _ in range(repeats)), key=lambda measured: measured[0])


def _timed(run: Callable[[], object], clock: Callable[[], float] = time.thread_time) -> float:
    """Processor time, for one thread's share of a busy machine says nothing of the program."""
    started = clock()
    run()
    return clock() - started


def _figure(name: str, rate: float, rates: dict[str, float], peer: str) -> Figure:
    limit = rates.get(NEAR_LIMIT)
    if limit is None or NEAR_LIMIT in name:
        return Figure(name, rate, "trucks")
    return Figure(name, rate, "trucks", ratio=rate / limit, peer=peer)


def _same(run: str, exits: np.ndarray, out: np.ndarray, all_of_them: bool) -> Check:
    """Trucks that are out at another minute. The first trucks alone meet fewer of the urgent that come later:
    those after the last but thousand are not compared."""
    upto = len(out) if all_of_them else len(out) * 9 // 10
    return Check(run, "trucks out at other times", 0, int((abs(out - exits[: len(out)])[:upto] > 1e-9).sum()))


def _days_in_threads(amounts: _Amounts, section: Section) -> None:
    """Replications of a day, as sweeps do them: where threads help, and what a run itself costs."""
    days = [for_twin(draw(CHECKPOINT, DAY, seed)) for seed in range(8)]
    for kernel in KERNELS:
        for threads in (1, 2):
            _told(f"days of {DAY:,} trucks, {kernel}, {threads} thread{'s' * (threads > 1)}")
            with ThreadPoolExecutor(threads) as pool:
                # Each thread has days of its own, for a run writes into its arrays.
                work = partial(_run_days, kernel=kernel, count=amounts.days // threads)
                own = [days[first::threads] for first in range(threads)]
                seconds = min(
                    _timed(partial(_in_threads, pool, work, own), time.perf_counter)
                    for _ in range(amounts.repeats)
                )
            rate = amounts.days // threads * threads * DAY / seconds
            name = f"days of {DAY:,}, {kernel}, {threads} thread{'s' * (threads > 1)}, by the clock"
            section.figures.append(Figure(name, rate, "trucks"))


def _in_threads(
    pool: ThreadPoolExecutor, work: Callable[[Sequence[Twin]], None], own: list[list[Twin]]
) -> None:
    list(pool.map(work, own))


def _run_days(days: Sequence[Twin], kernel: str, count: int) -> None:
    for at in range(count):
        days[at % len(days)].run(kernel)


def _growth(amounts: _Amounts, section: Section) -> None:
    for count in amounts.growth:
        twin = for_twin(draw(CHECKPOINT, count))
        for kernel in KERNELS:
            _told(f"{count:,} trucks, {kernel}")
            seconds = min(_timed(partial(twin.run, kernel)) for _ in range(amounts.repeats))
            section.figures.append(Figure(f"six stages, {kernel}, {count:,}", count / seconds, "trucks"))


def _fresh_processes(amounts: _Amounts, section: Section) -> None:
    """With an empty cache, and once more."""
    if amounts is _SMALL:
        return
    with TemporaryDirectory() as cache:
        for told in ("first, compiling", "later, from the cache"):
            _told(f"a fresh process, {told}")
            found = _fresh(cache, amounts.trucks if "cache" in told else 0)
            section.remarks.append(
                f"a fresh process, {told}: imports {found['import']:.2f} s, first run of the event loop "
                f"{found['event loop']:.2f} s, of the stage recursion {found['stage recursion']:.2f} s"
            )
    section.remarks.append(
        f"memory for {amounts.trucks:,} trucks: {found['given_mib']:,.0f} MiB of trucks and visits; beyond "
        f"that the event loop {found['event loop_mib']:,.0f}, the stage recursion "
        f"{found['stage recursion_mib']:,.0f}"
    )


def _fresh(cache: str, trucks: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "bench.twin_start", str(trucks)]
    told = subprocess.run(
        command, check=True, capture_output=True, text=True, env=os.environ | {"NUMBA_CACHE_DIR": cache}
    )
    found: dict[str, Any] = json.loads(told.stdout.splitlines()[-1])
    return found
