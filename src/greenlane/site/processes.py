"""One process kept alive: its own log, restarts with growing pauses, an end that takes its children along."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from greenlane.site.lifeline import Lifeline
from greenlane.site.var import roll


@dataclass(frozen=True, slots=True)
class ProcessSpec:
    """What to run.

    Attributes:
        name: a short word for the console and the log file, e.g. ``web``.
        command: the program and its arguments.
        environment: variables beside the inherited ones.
        stop_within_s: seconds between the polite signal and the forced end.
        when_done: for a process that is to run once: called when it has ended with status 0.
    """

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    stop_within_s: float = 8.0
    when_done: Callable[[], None] | None = None


def greenlane_command(*arguments: str) -> tuple[str, ...]:
    """The command line of a ``greenlane`` command under this very interpreter."""
    return (sys.executable, "-m", "greenlane", *arguments)


class BackOff:
    """How long to wait before a restart: doubling up to ``most_s``, from the start after a healthy run."""

    def __init__(self, first_s: float = 0.5, most_s: float = 30.0, healthy_s: float = 30.0) -> None:
        self._first_s, self._most_s, self._healthy_s = first_s, most_s, healthy_s
        self._next_s = first_s

    def after(self, lived_s: float) -> float:
        """Seconds to wait after a process that lived ``lived_s`` seconds."""
        if lived_s >= self._healthy_s:
            self._next_s = self._first_s
        wait_s = self._next_s
        self._next_s = min(self._next_s * 2, self._most_s)
        return wait_s


class ManagedProcess:
    """A process of the supervisor. It leads its own session, so that Ctrl-C reaches the supervisor alone."""

    def __init__(
        self, spec: ProcessSpec, log: Path, lifeline: Lifeline, back_off: BackOff | None = None
    ) -> None:
        self.spec = spec
        self.log = log
        self.deaths = 0
        self._lifeline = lifeline
        self._back_off = back_off or BackOff()
        self._process: subprocess.Popen[bytes] | None = None
        self._started_at = 0.0
        self._due_at: float | None = None

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Start it now; output and errors are appended to its log."""
        self._due_at = None
        self._started_at = time.monotonic()
        roll(self.log)
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self.spec.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, **self.spec.environment, **self._lifeline.environment()},
                pass_fds=[self._lifeline.child_end],
                start_new_session=True,
            )

    def ended(self) -> int | None:
        """The exit status, once, of a process that ended by itself (negative: the signal); None otherwise.

        Its group is swept first: a worker left behind would keep the port.
        """
        if self._process is None or (status := self._process.poll()) is None:
            return None
        self._signal_group(signal.SIGKILL)
        self._process = None
        self.deaths += 1
        return status

    def plan_restart(self) -> float:
        """Set the time of the next start after an end; returns the seconds until then."""
        wait_s = self._back_off.after(time.monotonic() - self._started_at)
        self._due_at = time.monotonic() + wait_s
        return wait_s

    def restart_if_due(self) -> bool:
        """Start again when the planned time has come."""
        if self._due_at is None or time.monotonic() < self._due_at:
            return False
        self.start()
        return True

    def ask_to_stop(self) -> None:
        """Send the polite signal and cancel any planned restart."""
        self._due_at = None
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()

    def is_alive(self) -> bool:
        """Whether it runs."""
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        """End it and everything it started, now."""
        self._due_at = None
        if self._process is not None:
            self._signal_group(signal.SIGKILL)
            self._process.wait()
            self._process = None

    def _signal_group(self, number: signal.Signals) -> None:
        # ProcessLookupError: the whole group is gone; PermissionError: macOS says so of a group of zombies.
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, number)
