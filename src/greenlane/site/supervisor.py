"""The supervisor: starts the parts of Greenlane in order, keeps them running, stops them in reverse.

It knows nothing of Django; the database and the processes are handed to it.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Protocol

from greenlane.errors import GreenlaneError
from greenlane.site.lifeline import Lifeline
from greenlane.site.processes import BackOff, ManagedProcess, ProcessSpec
from greenlane.site.var import tail

TICK_S = 0.1
_FAILED_STARTS = 3


class SupervisedDatabase(Protocol):
    """What the supervisor asks of a database."""

    def start(self) -> None:
        """Start it or find it running; wait until it is ready."""

    def is_running(self) -> bool:
        """Whether it runs now."""

    def stop(self, *, at_once: bool) -> None:
        """Stop it."""


class StoppedEarlyError(Exception):
    """Raised inside a start that the user cut off."""


class Supervisor:
    """Runs the database and the processes until asked to stop.

    ``stopping`` counts the requests: one stops in order, two at once.
    """

    def __init__(
        self,
        database: SupervisedDatabase | None,
        log_directory: Path,
        say: Callable[[str], None],
        back_off: Callable[[], BackOff] = BackOff,
    ) -> None:
        self._database = database
        self._logs = log_directory
        self._say = say
        self._back_off = back_off
        self._lifeline = Lifeline()
        self._processes: list[ManagedProcess] = []
        self._database_back_off = back_off()
        self._database_due_at = 0.0
        self._database_started_at = 0.0
        self.stopping = 0

    @contextmanager
    def signals(self) -> Iterator[None]:
        """Take SIGINT, SIGTERM and SIGHUP as requests to stop, inside the block."""
        numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        before = {number: signal.signal(number, self._on_signal) for number in numbers}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def start_database(self) -> None:
        """Start the database.

        Raises:
            StoppedEarlyError: when the user asked to stop meanwhile.
        """
        if self._database is not None:
            self._database.start()
            self._database_started_at = time.monotonic()
        self._check_stop()

    def run_once(self, spec: ProcessSpec) -> None:
        """Run a process to its end before the others start.

        Raises:
            GreenlaneError: ``step_failed`` with the last line it said.
            StoppedEarlyError: when the user asked to stop meanwhile.
        """
        process = self._managed(spec)
        process.start()
        while (status := process.ended()) is None:
            if self.stopping:
                self._stop_all([process])
            self._check_stop()
            time.sleep(TICK_S / 2)
        if status:
            raise self._failed(process, f"The step `{spec.name}` failed")

    def start(self, spec: ProcessSpec, is_up: Callable[[], bool] | None = None) -> None:
        """Start a process to keep; with ``is_up``, wait until that says so.

        Raises:
            GreenlaneError: ``start_failed`` when it ends again and again before it is up.
            StoppedEarlyError: when the user asked to stop meanwhile.
        """
        process = self._managed(spec)
        self._processes.append(process)
        process.start()
        while is_up is not None and not is_up():
            self._check_stop()
            self.tick()
            if process.deaths >= _FAILED_STARTS:
                raise self._failed(process, f"The {spec.name} does not start")
            time.sleep(TICK_S)

    def run(self) -> None:
        """Keep everything running until asked to stop."""
        while not self.stopping:
            self.tick()
            time.sleep(TICK_S)

    def tick(self) -> None:
        """One look at every part: restart what ended."""
        self._tend_database()
        for process in self._processes:
            status = process.ended()
            if status is not None:
                wait_s = process.plan_restart()
                how = f"signal {-status}" if status < 0 else f"status {status}"
                self._say(f"{process.spec.name} ended ({how}); again in {wait_s:g} s. Log: {process.log}")
            elif process.restart_if_due():
                self._say(f"{process.spec.name} started again")

    def stop(self) -> None:
        """Stop everything, last started first, the database at the end; a second request kills."""
        for process in reversed(self._processes):
            self._stop_all([process])
        self._lifeline.close()
        if self._database is not None:
            self._database.stop(at_once=self.stopping > 1)

    def _stop_all(self, processes: Sequence[ManagedProcess]) -> None:
        for process in processes:
            process.ask_to_stop()
            deadline = time.monotonic() + process.spec.stop_within_s
            while process.is_alive() and time.monotonic() < deadline and self.stopping < 2:
                time.sleep(TICK_S / 4)
            process.kill()

    def _tend_database(self) -> None:
        now = time.monotonic()
        if self._database is None or now < self._database_due_at or self._database.is_running():
            return
        wait_s = self._database_back_off.after(now - self._database_started_at)
        self._database_due_at = now + wait_s
        self._say("the database ended; starting it again")
        try:
            self._database.start()
        except GreenlaneError as error:
            self._say(f"the database does not start; again in {wait_s:g} s. {error}")
        else:
            self._database_started_at = time.monotonic()
            self._say("the database runs again")

    def _managed(self, spec: ProcessSpec) -> ManagedProcess:
        return ManagedProcess(spec, self._logs / f"{spec.name}.log", self._lifeline, self._back_off())

    def _failed(self, process: ManagedProcess, what: str) -> GreenlaneError:
        last = tail(process.log).removeprefix("greenlane: ")
        said = f": {last}" if last else "."
        return GreenlaneError("start_failed", what + said, mend=f"The log is {process.log}.")

    def _check_stop(self) -> None:
        if self.stopping:
            raise StoppedEarlyError

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self.stopping += 1
