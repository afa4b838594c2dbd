"""Where the processors' time went during a run: web, PostgreSQL, what sends the load, and everyone else."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import psutil


@dataclass(frozen=True, slots=True)
class Cost:
    """Milliseconds of processor time that one of many cost, and how many cores others used meanwhile."""

    web: float
    database: float
    load: float
    others: float

    def shown(self) -> str:
        """For a table; 0 is left out."""
        return " / ".join(f"{ms:.3f}" if ms else "" for ms in (self.web, self.database, self.load))


@dataclass
class Spent:
    """Processor seconds by who spent them, over a run of ``seconds``."""

    seconds: float = 0.0
    by: dict[str, float] = field(default_factory=dict)
    others: float = 0.0

    def each(self, count: int) -> Cost:
        """The cost of each of ``count``."""
        web, database, load = (
            self.by.get(name, 0.0) * 1000 / max(count, 1) for name in ("web", "database", "load")
        )
        return Cost(web, database, load, self.others / max(self.seconds, 1e-9))


@contextmanager
def watched(**pids: int) -> Iterator[Spent]:
    """Count the processor time of process trees, ``web`` and ``database``, and of this one as ``load``."""
    spent = Spent()
    trees = pids | {"load": os.getpid()}
    before, busy, started = {name: _of_tree(pid, name) for name, pid in trees.items()}, _busy(), _now()
    yield spent
    spent.seconds = _now() - started
    spent.by = {name: _of_tree(pid, name) - before[name] for name, pid in trees.items()}
    spent.others = max(0.0, _busy() - busy - sum(spent.by.values()))


def _now() -> float:
    return time.perf_counter()


def _busy() -> float:
    """Processor seconds that the whole machine has worked."""
    times = psutil.cpu_times()
    return float(sum(times) - times.idle - getattr(times, "iowait", 0.0) - getattr(times, "guest", 0.0))


def _of_tree(pid: int, name: str) -> float:
    """Processor seconds of a process; of the others' also those of their children, ended ones included."""
    total = 0.0
    with suppress(psutil.NoSuchProcess):
        root = psutil.Process(pid)
        if name == "load":
            own = root.cpu_times()
            return float(own.user + own.system)
        for process in (root, *root.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):
                times = process.cpu_times()
                total += times.user + times.system + times.children_user + times.children_system
    return float(total)
