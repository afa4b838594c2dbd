"""What ``postmaster.pid`` says, and whether it is true.

After ``kill -9`` or a power cut the file stays behind: its process may be gone, its number may belong to
another program by now, or the file may be cut short. PostgreSQL itself deals with the first case only.
File layout: PostgreSQL source, ``src/include/utils/pidfile.h``.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from greenlane.errors import GreenlaneError

SOCKET_LOCK = ".s.PGSQL.5432.lock"
_STATUS_LINE = 7
_GONE_WITHIN_S = 15.0


@dataclass(frozen=True, slots=True)
class Postmaster:
    """A live server; ``status`` is ``starting``, ``ready``, ``stopping`` or ``standby``."""

    pid: int
    status: str

    @property
    def is_ready(self) -> bool:
        """Whether the server accepts connections."""
        return self.status == "ready"


def pid_file(data: Path) -> Path:
    """The lock file of a data directory."""
    return data / "postmaster.pid"


def find_postmaster(data: Path) -> Postmaster | None:
    """The running server of a data directory, or None; a stale or broken lock file counts as none."""
    lines = _lines(pid_file(data))
    pid = _pid(lines)
    if pid is None or not _serves(pid, data):
        return None
    return Postmaster(pid, lines[_STATUS_LINE].strip() if len(lines) > _STATUS_LINE else "starting")


def clear_stale_lock_files(data: Path, sockets: Path) -> None:
    """Remove lock files that PostgreSQL would stumble over, once no process of this data directory is left.

    The file of a process that is gone is left to PostgreSQL, which checks its shared memory before it starts.

    Raises:
        GreenlaneError: ``database_busy`` when processes of this data directory will not end.
    """
    if find_postmaster(data):
        return
    files = (pid_file(data), sockets / SOCKET_LOCK)
    in_the_way = [file for file in files if file.exists() and _seems_held(file)]
    if in_the_way:
        _end_processes_of(data)
    for file in in_the_way:
        file.unlink(missing_ok=True)


def _seems_held(file: Path) -> bool:
    """Whether PostgreSQL would take it for the file of a living server, as it also does for a zombie."""
    pid = _pid(_lines(file))
    return pid is None or psutil.pid_exists(pid)


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text(errors="replace").splitlines()
    except OSError:
        return []


def _pid(lines: list[str]) -> int | None:
    first = lines[0].strip() if lines else ""
    return int(first) if first.isdigit() and int(first) > 0 else None


def _serves(pid: int, data: Path) -> bool:
    """Whether a process is a PostgreSQL process of this data directory, in which every one of them works."""
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE or not process.name().startswith("postgres"):
            return False
        return Path(process.cwd()).resolve() == data.resolve()
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False


def _end_processes_of(data: Path) -> None:
    deadline = time.monotonic() + _GONE_WITHIN_S
    asked: set[int] = set()
    while living := {pid for pid in psutil.pids() if _serves(pid, data)}:
        if time.monotonic() > deadline:
            raise GreenlaneError(
                "database_busy",
                f"PostgreSQL processes {sorted(living)} hold {data}, though its lock file is broken.",
                mend=f"End them, then start again: kill {' '.join(map(str, sorted(living)))}",
            )
        for pid in living - asked:
            asked.add(pid)
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGINT)
        time.sleep(0.1)
