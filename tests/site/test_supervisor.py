"""The supervisor keeps its processes running and leaves none behind; stand-ins play the real ones."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from waiting import is_over, wait_until

from greenlane.errors import GreenlaneError
from greenlane.site.processes import BackOff, ProcessSpec
from greenlane.site.supervisor import StoppedEarlyError, Supervisor

# Holds the lifeline as every greenlane command does, then notes its start and its orderly end.
CHILD = """
import signal, sys, time
from greenlane.site.lifeline import hold
name, notes = sys.argv[1:3]
def note(text):
    with open(notes, "a") as file:
        file.write(f"{name} {text}\\n")
def end(*_):
    while "until-web-stopped" in sys.argv and "web stopped" not in open(notes).read():
        time.sleep(0.01)
    note("stopped")
    sys.exit(0)
signal.signal(signal.SIGTERM, signal.SIG_IGN if "stubborn" in sys.argv else end)
hold()
note("started")
time.sleep(60)
"""

# Starts a child of its own, as the web server starts its workers.
PARENT = (
    "import subprocess, sys, time; print(subprocess.Popen(['sleep', '60']).pid, flush=True); time.sleep(60)"
)


class RecordedDatabase:
    """A database that notes what is asked of it."""

    def __init__(self, notes: Path) -> None:
        self.notes = notes
        self.running = False

    def start(self) -> None:
        self.running = True
        self._note("started")

    def is_running(self) -> bool:
        return self.running

    def prepare_stop(self) -> None:
        self._note("prepared")

    def stop(self, *, at_once: bool) -> None:
        self.running = False
        self._note("stopped at once" if at_once else "stopped")

    def _note(self, text: str) -> None:
        with self.notes.open("a") as file:
            file.write(f"database {text}\n")


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    path = tmp_path / "notes"
    path.touch()
    return path


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def supervisor(tmp_path: Path, notes: Path, said: list[str]) -> Iterator[Supervisor]:
    made = Supervisor(RecordedDatabase(notes), tmp_path, said.append, lambda: BackOff(first_s=0.01))
    yield made
    if not made.stopping:
        made.stopping = 2
        made.stop()


def child(name: str, notes: Path, *more: str) -> ProcessSpec:
    return ProcessSpec(name, (sys.executable, "-c", CHILD, name, str(notes), *more))


def lines(notes: Path) -> list[str]:
    return notes.read_text().splitlines()


def tick_until(supervisor: Supervisor, notes: Path, line: str, times: int = 1) -> None:
    def seen() -> bool:
        supervisor.tick()
        return lines(notes).count(line) >= times

    wait_until(seen)


def only_child(named: str) -> psutil.Process:
    found = [process for process in psutil.Process().children() if named in process.cmdline()]
    assert len(found) == 1
    return found[0]


def test_the_pause_doubles_and_starts_afresh_after_a_healthy_run() -> None:
    back_off = BackOff(first_s=1, most_s=4, healthy_s=10)
    assert [back_off.after(0) for _ in range(4)] == [1, 2, 4, 4]
    assert [back_off.after(11), back_off.after(0)] == [1, 2]


def start_in_order(supervisor: Supervisor, notes: Path, **more: str) -> None:
    supervisor.start_database()
    for name in ("web", "worker", "player"):
        spec = child(name, notes, *more.get(name, "").split())
        supervisor.start(spec, lambda name=name: f"{name} started" in lines(notes))
    supervisor.stopping = 1
    supervisor.run()


def test_everything_starts_in_order_and_stops_the_database_last(supervisor: Supervisor, notes: Path) -> None:
    start_in_order(supervisor, notes)
    supervisor.stop()
    told = lines(notes)
    assert told[:4] == ["database started", "web started", "worker started", "player started"]
    # The database prepares beside the processes, at any time before its stop.
    assert sorted(told[4:8]) == ["database prepared", "player stopped", "web stopped", "worker stopped"]
    assert told[8:] == ["database stopped"]


def test_no_process_waits_for_another_to_stop(supervisor: Supervisor, notes: Path) -> None:
    start_in_order(supervisor, notes, player="until-web-stopped")
    supervisor.stop()
    told = lines(notes)
    assert told.index("web stopped") < told.index("player stopped"), "the last started was asked first"
    assert told[-1] == "database stopped"


def test_a_process_that_will_not_stop_is_killed_when_its_time_is_up(
    supervisor: Supervisor, notes: Path
) -> None:
    supervisor.start_database()
    stubborn = replace(child("twin", notes, "stubborn"), stop_within_s=0.2)
    for spec in (stubborn, child("web", notes)):
        supervisor.start(spec, lambda spec=spec: f"{spec.name} started" in lines(notes))
    pid = only_child("stubborn").pid
    supervisor.stopping = 1
    supervisor.stop()
    assert is_over(pid)
    told = lines(notes)
    assert "web stopped" in told
    assert told[-1] == "database stopped"


def test_a_killed_process_is_started_again(supervisor: Supervisor, notes: Path, said: list[str]) -> None:
    supervisor.start(child("worker", notes), lambda: "worker started" in lines(notes))
    os.kill(only_child("worker").pid, signal.SIGKILL)
    tick_until(supervisor, notes, "worker started", times=2)
    assert said[0].startswith("worker ended (signal 9); again in 0.01 s.")


def test_what_a_killed_process_had_started_ends_before_it_starts_again(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    log = tmp_path / "web.log"
    supervisor.start(ProcessSpec("web", (sys.executable, "-c", PARENT)), lambda: "\n" in log.read_text())
    orphan = int(log.read_text())
    os.kill(only_child(PARENT).pid, signal.SIGKILL)
    wait_until(lambda: supervisor.tick() or len(log.read_text().split()) == 2)
    assert is_over(orphan)


def test_a_process_that_is_to_run_once_is_not_started_again(
    supervisor: Supervisor, notes: Path, said: list[str]
) -> None:
    done: list[str] = []
    program = (
        "import sys\n"
        "with open(sys.argv[1], 'a+') as file:\n"
        "    file.write('ran\\n'); file.seek(0); sys.exit(file.read() == 'ran\\n')"
    )
    spec = ProcessSpec(
        "history", (sys.executable, "-c", program, str(notes)), when_done=lambda: done.append("done")
    )
    supervisor.start(spec)
    wait_until(lambda: supervisor.tick() or bool(done))
    assert lines(notes) == ["ran", "ran"]
    assert said[0].startswith("history ended (status 1)")
    supervisor.tick()
    assert done == ["done"]


def test_a_database_that_ended_is_started_again(tmp_path: Path, notes: Path, said: list[str]) -> None:
    database = RecordedDatabase(notes)
    supervisor = Supervisor(database, tmp_path, said.append, lambda: BackOff(first_s=0.01))
    supervisor.start_database()
    database.running = False
    wait_until(lambda: supervisor.tick() or len(said) == 2)
    supervisor.stop()
    assert lines(notes)[:2] == ["database started", "database started"]
    assert said == ["the database ended; starting it again", "the database runs again"]


def test_a_database_that_does_not_start_is_tried_again(tmp_path: Path, notes: Path, said: list[str]) -> None:
    class Unwilling(RecordedDatabase):
        tries = 0

        def start(self) -> None:
            self.tries += 1
            if self.tries in (2, 3):
                raise GreenlaneError("database_not_started", "No space left on device.")
            super().start()

    database = Unwilling(notes)
    supervisor = Supervisor(database, tmp_path, said.append, lambda: BackOff(first_s=0.01))
    supervisor.start_database()
    database.running = False
    wait_until(lambda: supervisor.tick() or database.running)
    supervisor.stop()
    assert database.tries == 4
    assert any("No space left on device" in line for line in said)


def test_a_second_request_ends_a_process_that_will_not_stop(supervisor: Supervisor, notes: Path) -> None:
    supervisor.start_database()
    supervisor.start(child("web", notes, "stubborn"), lambda: "web started" in lines(notes))
    pid = only_child("stubborn").pid
    supervisor.stopping = 2
    supervisor.stop()
    assert is_over(pid)
    assert lines(notes)[-1] == "database stopped at once"


def test_a_process_that_never_comes_up_is_refused_with_its_own_words(supervisor: Supervisor) -> None:
    spec = ProcessSpec("web", (sys.executable, "-c", "import sys; sys.exit('greenlane: the port is taken')"))
    with pytest.raises(
        GreenlaneError, match=r"The web does not start: the port is taken\. The log is .*web\.log"
    ):
        supervisor.start(spec, lambda: False)


def test_a_step_that_fails_is_refused_with_its_own_words(supervisor: Supervisor) -> None:
    spec = ProcessSpec("prepare", (sys.executable, "-c", "import sys; sys.exit('disk full')"))
    with pytest.raises(GreenlaneError, match="The step `prepare` failed: disk full"):
        supervisor.run_once(spec)


def test_a_step_is_cut_off_when_a_stop_is_asked(supervisor: Supervisor, notes: Path) -> None:
    supervisor.stopping = 1
    with pytest.raises(StoppedEarlyError):
        supervisor.run_once(child("prepare", notes))
    assert not [process for process in psutil.Process().children() if "prepare" in process.cmdline()]
    supervisor.stop()


def test_children_end_when_the_supervisor_is_killed(tmp_path: Path, notes: Path) -> None:
    program = """
import sys
from pathlib import Path
from greenlane.site.processes import ProcessSpec
from greenlane.site.supervisor import Supervisor
child, notes, log = sys.argv[1:4]
supervisor = Supervisor(None, Path(log), print)
for name in ("web", "worker"):
    supervisor.start(ProcessSpec(name, (sys.executable, "-c", child, name, notes)))
supervisor.run()
"""
    command = [sys.executable, "-c", program, CHILD, str(notes), str(tmp_path)]
    with subprocess.Popen(command) as killed:
        wait_until(lambda: len(lines(notes)) == 2)
        children = psutil.Process(killed.pid).children()
        killed.kill()
    wait_until(lambda: all(is_over(process.pid) for process in children))
    assert sorted(lines(notes)[2:]) == ["web stopped", "worker stopped"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_is_a_request_to_stop(supervisor: Supervisor, number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with supervisor.signals():
        os.kill(os.getpid(), number)
        supervisor.run()
    supervisor.stop()
    assert supervisor.stopping == 1
    assert signal.getsignal(number) == before
