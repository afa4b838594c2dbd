"""``python -m bench.twin_start TRUCKS``: how long a fresh process takes to its first run, and what it needs.

Prints JSON: seconds of processor time for the imports and for the first run of each kernel, and megabytes for
so many trucks.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path


def main() -> None:
    """One process' worth."""
    started = time.process_time()
    from bench.twin_workloads import CHECKPOINT, draw, for_twin

    found = {"import": time.process_time() - started}
    day = for_twin(draw(CHECKPOINT, 1_000))
    for kernel in ("event loop", "stage recursion"):
        started = time.process_time()
        day.run(kernel)
        found[kernel] = time.process_time() - started
    if (count := int(sys.argv[1])) > 0:
        many = for_twin(draw(CHECKPOINT, count))
        found["given_mib"] = (many.trucks.nbytes + many.visits.nbytes) / 2**20
        for kernel in ("event loop", "stage recursion"):
            before = _peak_mib(afresh=True)
            many.run(kernel)
            found[f"{kernel}_mib"] = _peak_mib(afresh=False) - before
    print(json.dumps(found))


def _peak_mib(*, afresh: bool) -> float:
    """The most memory that the process has held, or holds now; 0 where there is no /proc."""
    try:
        if afresh:
            Path("/proc/self/clear_refs").write_text("5")
        status = Path("/proc/self/status").read_text()
    except OSError:
        return 0.0
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) / 1024


if __name__ == "__main__":
    main()
