"""``greenlane serve``: checks, then database, preparation, web, jobs worker and player, until Ctrl-C."""

from __future__ import annotations

import http.client
import os
import subprocess
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from greenlane.errors import GreenlaneError
from greenlane.registry.clock import now
from greenlane.site.console import Console
from greenlane.site.database import check_server, external_address
from greenlane.site.database_url import DatabaseAddress
from greenlane.site.history import missing_days, note_days
from greenlane.site.postgres import EmbeddedPostgres
from greenlane.site.preflight import check_crossing, check_port, crossings_directory, only_one
from greenlane.site.processes import ProcessSpec, greenlane_command
from greenlane.site.supervised_postgres import SupervisedPostgres
from greenlane.site.supervisor import StoppedEarlyError, Supervisor
from greenlane.site.var import log_directory, prepare_var, var_directory

_EVERYWHERE = {"0.0.0.0", "::", ""}
# The player enters nothing twice, so it may be cut off anywhere.
_PLAYER_STOP_S = 2.0
# It ends its jobs and duties by itself; one that hangs is cut off, and rolled back.
_WORKER_STOP_S = 1.8
# Nothing is lost of what Numba has compiled until then.
_TWIN_STOP_S = 1.0


@dataclass(frozen=True, slots=True)
class ServeOptions:
    """What to serve.

    Attributes:
        host, port: where the web server listens.
        workers: web worker processes.
        demo: whether to make demo accounts and play ``crossing`` live.
        crossing: the code of the crossing to play.
        days: past days of that crossing to have in the demo.
    """

    host: str
    port: int
    workers: int
    demo: bool
    crossing: str
    days: int

    @property
    def address(self) -> str:
        """The address to open in a browser."""
        host = "localhost" if self.host in _EVERYWHERE or self.host == "127.0.0.1" else self.host
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"


def serve(options: ServeOptions) -> None:
    """Serve until asked to stop.

    Raises:
        GreenlaneError: when it cannot start; by then everything that had started is stopped again.
    """
    var = var_directory()
    prepare_var(var)
    if options.demo:
        check_crossing(options.crossing, crossings_directory())
    console = Console()
    with only_one(var, options.address):
        check_port(options.host, options.port)
        external = external_address()
        if external:
            check_server(external)
        database = None if external else SupervisedPostgres(EmbeddedPostgres(var))
        supervisor = Supervisor(database, log_directory(var), console.warn)
        address = external or EmbeddedPostgres(var).address
        environment = _environment(options, address)
        with supervisor.signals():
            try:
                with suppress(StoppedEarlyError):
                    _start(supervisor, options, environment, console)
                    _greet(console, options, environment)
                    _load_history(supervisor, options, environment, address, console)
                    supervisor.run()
            finally:
                console.step("stopping")
                supervisor.stop()
        console.step("stopped")


def _start(
    supervisor: Supervisor, options: ServeOptions, environment: dict[str, str], console: Console
) -> None:
    console.step("starting the database")
    supervisor.start_database()
    console.step("preparing tables, crossings and static files")
    demo = ("--demo", options.crossing) if options.demo else ()
    supervisor.run_once(ProcessSpec("prepare", greenlane_command("prepare", *demo), environment))
    console.step("starting the web server")
    web = ("web", "--host", options.host, "--port", str(options.port), "--workers", str(options.workers))
    supervisor.start(ProcessSpec("web", greenlane_command(*web), environment), _answers(options))
    console.tell(f"Greenlane is at {options.address}", style="bold green")
    supervisor.start(ProcessSpec("worker", greenlane_command("work"), environment, _WORKER_STOP_S))
    warmed = ProcessSpec("twin", greenlane_command("warm"), environment, _TWIN_STOP_S, lambda: None)
    supervisor.start(warmed)
    if options.demo:
        play = greenlane_command("play", options.crossing, "--live")
        supervisor.start(ProcessSpec("player", play, environment, stop_within_s=_PLAYER_STOP_S))


def _load_history(
    supervisor: Supervisor,
    options: ServeOptions,
    environment: dict[str, str],
    address: DatabaseAddress,
    console: Console,
) -> None:
    """Play the past days that the demo lacks, beside everything else."""
    today, var = now().date(), var_directory()
    days = missing_days(var, options.crossing, address, today, options.days) if options.demo else 0
    if not days:
        return

    def note() -> None:
        note_days(var, options.crossing, address, today, options.days)
        console.step(f"{days} past days are loaded")

    console.step(f"loading {days} past days")
    play = greenlane_command("play", options.crossing, "--days", str(days))
    supervisor.start(ProcessSpec("history", play, environment, _PLAYER_STOP_S, note))


def _environment(options: ServeOptions, address: DatabaseAddress) -> dict[str, str]:
    environment = {
        "DATABASE_URL": address.url(),
        "GREENLANE_VAR": str(var_directory()),
        "GREENLANE_ADDRESS": options.address,
        "PYTHONUNBUFFERED": "1",
    }
    if options.demo:
        environment["GREENLANE_DEMO"] = "1"
    return environment


def _answers(options: ServeOptions) -> Callable[[], bool]:
    host = "127.0.0.1" if options.host in _EVERYWHERE else options.host

    def ask() -> bool:
        connection = http.client.HTTPConnection(host, options.port, timeout=2)
        try:
            # Any answer will do: this asks whether the server is there, not what it thinks of the request.
            connection.request("HEAD", "/robots.txt", headers={"Host": f"localhost:{options.port}"})
            return connection.getresponse().status > 0
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    return ask


def _greet(console: Console, options: ServeOptions, environment: dict[str, str]) -> None:
    if options.demo:
        console.tell(_demo_accounts(environment))
        console.tell(f"{options.crossing} is played live.")
    logs = log_directory(var_directory())
    shown = logs.relative_to(Path.cwd()) if logs.is_relative_to(Path.cwd()) else logs
    console.tell(f"Logs: {shown}. Ctrl-C stops everything.")


def _demo_accounts(environment: dict[str, str]) -> str:
    """How to sign in; asked of a process of its own, since this one does without Django."""
    done = subprocess.run(
        greenlane_command("demo"),
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        start_new_session=True,
        check=False,
    )
    return done.stdout.rstrip() or "`greenlane demo` tells the accounts."


def refuse_while_serving(holder: str | None) -> None:
    """Refuse to take the database from under a running Greenlane.

    Raises:
        GreenlaneError: ``already_running``.
    """
    if holder:
        raise GreenlaneError(
            "already_running",
            f"Greenlane runs on this database: {holder}.",
            mend="Stop that with Ctrl-C; the database stops with it.",
        )
