"""Where a running Greenlane keeps what it must keep: the ``var`` directory.

``GREENLANE_VAR`` names it; otherwise it is ``var`` under the current directory. Inside: ``postgres/`` (the
embedded database), ``log/`` (one file a process), and two lock files.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from greenlane.errors import GreenlaneError

_LOG_BYTES = 20_000_000


def var_directory() -> Path:
    """The absolute path of the var directory, which may not exist yet."""
    return Path(os.environ.get("GREENLANE_VAR") or "var").expanduser().absolute()


def log_directory(var: Path) -> Path:
    """Where the log files of every process lie."""
    return var / "log"


def prepare_var(var: Path) -> None:
    """Create the var directory and its log directory, and make sure that files can be written there.

    Raises:
        GreenlaneError: ``var_not_writable``, naming the directory.
    """
    for directory in (var, log_directory(var)):
        try:
            directory.mkdir(parents=True, exist_ok=True)
            probe = directory / f".writable-{os.getpid()}"
            probe.touch()
            probe.unlink()
        except OSError as error:
            raise GreenlaneError(
                "var_not_writable",
                f"{directory} cannot be written: {(error.strerror or str(error)).lower()}.",
                mend="Make it writable, or set GREENLANE_VAR to a directory that is.",
            ) from error


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold an exclusive lock on a file; the kernel frees it when the holder ends, however it ends."""
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def roll(path: Path) -> None:
    """Set a log file that has grown large aside as ``.1``, in place of the one set aside before."""
    if path.exists() and path.stat().st_size > _LOG_BYTES:
        path.replace(path.with_name(path.name + ".1"))


def tail(path: Path, lines: int = 1) -> str:
    """The last non-empty lines of a log file, or an empty text when there is none."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - 8192))
            text = file.read().decode("utf-8", errors="replace")
    except OSError:
        return ""
    return "\n".join([line.strip() for line in text.splitlines() if line.strip()][-lines:])
