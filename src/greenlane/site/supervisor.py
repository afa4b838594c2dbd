"""The supervisor: starts the parts of Greenlane in order, keeps them running, stops them side by side.

It knows nothing of Django; the database and the processes are handed to it.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
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

    def prepare_stop(self) -> None:
        """Do ahead what makes the stop short; what it raises is passed over."""

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
        self._database_started_at: float | None = None
        # Crash recovery takes seconds to minutes; a request to stop must not wait for it.
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="database")
        self._database_start: Future[None] | None = None
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
        """Start the database and wait until it is ready.

        Raises:
            GreenlaneError: when it does not start.
            StoppedEarlyError: when the user asked to stop meanwhile.
        """
        if self._database is not None:
            self._database_start = self._executor.submit(self._database.start)
            while not self._database_start.done():
                self._check_stop()
                time.sleep(TICK_S / 4)
            self._database_start.result()
            self._database_start = None
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
                self._end(process)
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
        for process in tuple(self._processes):
            status = process.ended()
            if status is not None:
                self._tend_ended(process, status)
            elif process.restart_if_due():
                self._say(f"{process.spec.name} started again")

    def stop(self) -> None:
        """Stop all processes side by side, then the database; a second request kills."""
        self._prepare_database_stop()
        self._end(*reversed(self._processes))
        self._lifeline.close()
        if self._database is not None:
            while self._database_start is not None and not self._database_start.done():
                self._database.stop(at_once=True)
                time.sleep(TICK_S)
            self._database.stop(at_once=self.stopping > 1)
        self._executor.shutdown()

    def _prepare_database_stop(self) -> None:
        is_up = self._database_started_at is not None and self._database_start is None
        if self._database is not None and is_up and self.stopping <= 1:
            self._executor.submit(self._database.prepare_stop)

    def _end(self, *processes: ManagedProcess) -> None:
        """Ask all at once; kill each when it has ended, for what it leaves behind, or when its time is up."""
        for process in processes:
            process.ask_to_stop()
        asked, waiting = time.monotonic(), list(processes)
        while waiting:
            for process in tuple(waiting):
                waited = time.monotonic() - asked
                if self.stopping > 1 or not process.is_alive() or waited >= process.spec.stop_within_s:
                    process.kill()
                    waiting.remove(process)
            if waiting:
                time.sleep(TICK_S / 4)

    def _tend_ended(self, process: ManagedProcess, status: int) -> None:
        if status == 0 and process.spec.when_done is not None:
            self._processes.remove(process)
            process.spec.when_done()
            return
        wait_s = process.plan_restart()
        how = f"signal {-status}" if status < 0 else f"status {status}"
        self._say(f"{process.spec.name} ended ({how}); again in {wait_s:g} s. Log: {process.log}")

    def _tend_database(self) -> None:
        now = time.monotonic()
        if self._database is None or self._database_started_at is None:
            return
        if self._database_start is not None:
            self._note_database_start(self._database_start)
        elif now >= self._database_due_at and not self._database.is_running():
            self._database_due_at = now + self._database_back_off.after(now - self._database_started_at)
            self._say("the database ended; starting it again")
            self._database_start = self._executor.submit(self._database.start)

    def _note_database_start(self, start: Future[None]) -> None:
        if not start.done():
            return
        self._database_start = None
        error = start.exception()
        if error is None:
            self._database_started_at = time.monotonic()
            self._say("the database runs again")
        else:
            self._say(f"the database does not start, and is tried again. {error}")

    def _managed(self, spec: ProcessSpec) -> ManagedProcess:
        return ManagedProcess(spec, self._logs / f"{spec.name}.log", self._lifeline, self._back_off())

    def _failed(self, process: ManagedProcess, what: str) -> GreenlaneError:
        last = tail(process.log).removeprefix("greenlane: ")
        said = f": {last.rstrip('.')}." if last else "."
        return GreenlaneError("start_failed", what + said, mend=f"The log is {process.log}.")

    def _check_stop(self) -> None:
        if self.stopping:
            raise StoppedEarlyError

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self.stopping += 1
