"""Compiling the twin's functions before anyone asks for them, and knowing whether that was done.

Numba keeps what it has compiled on disk and finds it again while source and processor are the same. Compiling
takes half a minute in which the process does nothing else: a web server must leave that to another.
"""

from __future__ import annotations

import hashlib
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Final

from llvmlite import binding

_SOURCES: Final = Path(__file__).parent


def digest() -> str:
    """Names the twin as it would be compiled: its sources, Numba's version and the processor.

    It takes a few milliseconds and does not import Numba.
    """
    told = hashlib.sha256()
    told.update(
        f"{version('numba')} {binding.get_host_cpu_name()} {platform.python_version()} {_SOURCES}".encode()
    )
    for source in sorted(_SOURCES.glob("*.py")):
        # Numba itself knows a source by its time and size.
        status = source.stat()
        told.update(f"\n{source.name} {status.st_mtime_ns} {status.st_size}".encode())
    return told.hexdigest()[:32]


def warm() -> Path:
    """Compile both kernels and all around them by small days; the directory of what was compiled."""
    from greenlane.twin.clocks import clocks_of
    from greenlane.twin.simulation import Simulator
    from greenlane.twin.small_days import small_days

    for scenario in small_days():
        for event_loop_only in (False, True):
            Simulator(scenario, event_loop_only=event_loop_only).replicate(1, 0)
    return Path(str(clocks_of.stats.cache_path))


def is_warm(compiled: Path) -> bool:
    """Whether something compiled is still in that directory."""
    return any(compiled.glob("*.nbi"))
