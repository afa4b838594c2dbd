"""``greenlane serve``: checks, then database, preparation, web, jobs worker and player, until Ctrl-C."""

from __future__ import annotations

import http.client
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from greenlane.errors import GreenlaneError
from greenlane.site.console import Console
from greenlane.site.database import check_server, external_address
from greenlane.site.database_url import DatabaseAddress
from greenlane.site.postgres import EmbeddedPostgres
from greenlane.site.preflight import check_crossing, check_port, crossings_directory, only_one
from greenlane.site.prepare import accounts_file
from greenlane.site.processes import ProcessSpec, greenlane_command
from greenlane.site.supervised_postgres import SupervisedPostgres
from greenlane.site.supervisor import StoppedEarlyError, Supervisor
from greenlane.site.var import log_directory, prepare_var, var_directory

_EVERYWHERE = {"0.0.0.0", "::", ""}


@dataclass(frozen=True, slots=True)
class ServeOptions:
    """What to serve.

    Attributes:
        host, port: where the web server listens.
        workers: web worker processes.
        demo: whether to make demo accounts and play ``crossing`` live.
        crossing: the code of the crossing to play.
    """

    host: str
    port: int
    workers: int
    demo: bool
    crossing: str

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
        with supervisor.signals():
            try:
                with suppress(StoppedEarlyError):
                    _start(supervisor, options, address, console)
                    _greet(console, options, var)
                    supervisor.run()
            finally:
                console.step("stopping")
                supervisor.stop()
        console.step("stopped")


def _start(supervisor: Supervisor, options: ServeOptions, address: DatabaseAddress, console: Console) -> None:
    console.step("starting the database")
    supervisor.start_database()
    environment = _environment(options, address)
    console.step("preparing tables, crossings and static files")
    demo = ("--demo",) if options.demo else ()
    supervisor.run_once(ProcessSpec("prepare", greenlane_command("prepare", *demo), environment))
    console.step("starting the web server")
    web = ("web", "--host", options.host, "--port", str(options.port), "--workers", str(options.workers))
    supervisor.start(ProcessSpec("web", greenlane_command(*web), environment), _answers(options))
    supervisor.start(ProcessSpec("worker", greenlane_command("work"), environment))
    if options.demo:
        play = greenlane_command("play", options.crossing, "--live")
        supervisor.start(ProcessSpec("player", play, environment))


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


def _greet(console: Console, options: ServeOptions, var: Path) -> None:
    console.tell(f"Greenlane is at {options.address}", style="bold green")
    if options.demo:
        with suppress(OSError):
            console.tell(accounts_file(var).read_text(encoding="utf-8").rstrip())
        console.tell(f"{options.crossing} is played live.")
    console.tell(f"Logs: {os.path.relpath(log_directory(var))}. Ctrl-C stops everything.")


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
