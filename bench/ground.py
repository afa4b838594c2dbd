"""Where measurements take place: a PostgreSQL of their own in a temporary directory, web servers on it."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psycopg

from bench import load
from greenlane.site.database_url import DatabaseAddress
from greenlane.site.lifeline import Lifeline
from greenlane.site.postgres import EmbeddedPostgres
from greenlane.site.processes import ManagedProcess, ProcessSpec, greenlane_command
from greenlane.site.supervised_postgres import SupervisedPostgres

_STARTED_WITHIN_S = 90
_FOREIGN = ("GREENLANE_CLOCK", "GREENLANE_DEBUG", "GREENLANE_PLAIN_STATIC", "GREENLANE_THREADS")
"""Settings of the caller that would change what is measured."""


@dataclass(frozen=True, slots=True)
class Web:
    """A running web server: where it listens, and its process."""

    port: int
    pid: int


class Ground:
    """The server and its databases; use as a context manager.

    Attributes:
        var: the var directory, removed at the end.
        base: a database with tables and the shipped crossings, from which the others are copied.
    """

    def __init__(self) -> None:
        # Not under a directory of the caller's: PostgreSQL runs as a user of its own under root.
        self.var = Path(tempfile.mkdtemp(prefix="greenlane-bench-"))
        self._server = EmbeddedPostgres(self.var)
        self._postgres = SupervisedPostgres(self._server)
        self._lifeline = Lifeline()
        self.base = self._server.address
        self._numbers = iter(range(1, 1_000_000))

    def __enter__(self) -> Ground:
        for name in _FOREIGN:
            os.environ.pop(name, None)
        os.environ |= {
            "GREENLANE_VAR": str(self.var),
            "DATABASE_URL": self.base.url(),
            "DJANGO_SETTINGS_MODULE": "greenlane.site.settings",
        }
        try:
            self._postgres.start()
            from greenlane.site.prepare import prepare

            with (self.var / "prepare.log").open("w") as log, contextlib.redirect_stdout(log):
                prepare()
            self._leave()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._leave()
        self._lifeline.close()
        self._postgres.stop(at_once=True)
        shutil.rmtree(self.var, ignore_errors=True)

    @property
    def postgres_pid(self) -> int:
        """The process from which all of PostgreSQL's others come."""
        running = self._server.running()
        assert running is not None
        return running.pid

    @contextlib.contextmanager
    def database(self, source: DatabaseAddress | None = None) -> Iterator[DatabaseAddress]:
        """A fresh copy of a database, in which Django works until it is dropped again."""
        source = source or self.base
        fresh = replace(source, name=f"run_{next(self._numbers)}")
        self._leave()
        self._manage(f'CREATE DATABASE {fresh.name} TEMPLATE "{source.name}"')
        self._enter(fresh)
        try:
            yield fresh
        finally:
            self._manage(f"DROP DATABASE {fresh.name} WITH (FORCE)")
            self._enter(source)

    @contextlib.contextmanager
    def web(self, database: DatabaseAddress, workers: int) -> Iterator[Web]:
        """A web server as the product starts it, ready in all of its workers; gone afterwards."""
        port = _free_port()
        options = ("--host", "127.0.0.1", "--port", str(port), "--workers", str(workers))
        process = ManagedProcess(
            ProcessSpec("web", greenlane_command("web", *options), {"DATABASE_URL": database.url()}),
            self.var / "log" / "web.log",
            self._lifeline,
        )
        try:
            process.start()
            self._wait_until_ready(process, database, workers)
            assert process.pid is not None
            yield Web(port, process.pid)
        finally:
            _stop(process)

    def _wait_until_ready(self, process: ManagedProcess, database: DatabaseAddress, workers: int) -> None:
        """A worker listens to the database when it has started."""
        deadline = time.monotonic() + _STARTED_WITHIN_S
        with connect(database) as connection:
            while True:
                listening = connection.execute(_LISTENING).fetchone()
                if listening and listening[0] >= workers:
                    return
                if not process.is_alive() or time.monotonic() > deadline:
                    raise RuntimeError(f"the web server did not start:\n{process.log.read_text()[-2000:]}")
                time.sleep(0.05)

    def _manage(self, statement: str) -> None:
        with connect(replace(self.base, name="postgres")) as connection:
            connection.execute(statement.encode())

    def _enter(self, database: DatabaseAddress) -> None:
        """Let Django, in this process, work in a database."""
        from django.conf import settings
        from django.db import connection

        connection.close()
        settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = database.name

    def _leave(self) -> None:
        from django.conf import settings

        if settings.configured:
            from django.db import connections

            connections.close_all()


_LISTENING = """
SELECT count(*) FROM pg_stat_activity
 WHERE datname = current_database() AND query = 'LISTEN "greenlane_board"'
"""


def connect(database: DatabaseAddress) -> psycopg.Connection[tuple[Any, ...]]:
    """A connection of its own, one transaction a statement."""
    return psycopg.connect(database.url(), autocommit=True)


def number(database: DatabaseAddress, query: str) -> int:
    """The one number that a query gives."""
    with connect(database) as connection:
        row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return int(row[0])


def warm(web: Web, request: bytes, times: int = 100) -> None:
    """Send a request some times before the clock starts, so that connections and caches are there."""
    load.run(web.port, (load.Request(request) for _ in range(times)), connections=16)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _stop(process: ManagedProcess) -> None:
    process.ask_to_stop()
    deadline = time.monotonic() + process.spec.stop_within_s
    while process.is_alive() and time.monotonic() < deadline:
        time.sleep(0.02)
    process.kill()
