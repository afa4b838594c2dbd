"""The embedded PostgreSQL: made, started, stopped and found again, on a Unix socket alone.

It runs apart from the process that starts it (``pg_ctl``): a killed starter never tears the database down
with it, and the next start finds and reuses it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from greenlane.errors import GreenlaneError
from greenlane.site import postgres_files as files
from greenlane.site.database_url import DatabaseAddress
from greenlane.site.postgres_user import ServerUser, let_pass, server_user
from greenlane.site.postmaster import Postmaster, clear_stale_lock_files, find_postmaster
from greenlane.site.var import locked, log_directory, prepare_var, roll

DATABASE = "greenlane"
_SUPERUSER = "postgres"
_START_WITHIN_S = 120
_STOP_WITHIN_S = 30
# Backends of a killed server hold its shared memory until they notice, which takes a moment.
_START_TRIES = 20
_TRY_PAUSE_S = 0.5


@dataclass(frozen=True, slots=True)
class EmbeddedPostgres:
    """One data directory and the server that serves it.

    Attributes:
        var: the var directory; data lie in ``var/postgres``, the log in ``var/log/postgres.log``.
    """

    var: Path

    @property
    def data(self) -> Path:
        """The data directory (PGDATA)."""
        return self.var / "postgres"

    @property
    def log(self) -> Path:
        """The server's log file."""
        return log_directory(self.var) / "postgres.log"

    @property
    def address(self) -> DatabaseAddress:
        """Where the application's database is reached while the server runs."""
        return self._address_of(DATABASE)

    def running(self) -> Postmaster | None:
        """The live server, whoever started it, or None."""
        return find_postmaster(self.data)

    def start(self) -> bool:
        """Make the data directory if need be, and start the server unless it runs; wait until it is ready.

        Safe to call at any time and from several processes at once.

        Returns:
            True when this call started it, False when it ran already.

        Raises:
            GreenlaneError: with the first cause that PostgreSQL gave.
        """
        prepare_var(self.var)
        with locked(self.var / "database.lock"):
            user = server_user(self.data)
            started = False
            if not self._settled():
                self._make(user)
                self._launch(user)
                started = True
        self._ensure_database()
        return started

    def stop(self, *, at_once: bool = False) -> bool:
        """Stop the server and wait for its end; ``at_once`` leaves the tidying to the next start.

        Returns:
            False when it did not run.
        """
        if not self.running():
            return False
        arguments = ["stop", "-D", str(self.data), "-w", "-s", "-t", str(_STOP_WITHIN_S)]
        user = server_user(self.data)
        done = self._run("pg_ctl", [*arguments, "-m", "immediate" if at_once else "fast"], user)
        if done.returncode and self.running():
            self._run("pg_ctl", [*arguments, "-m", "immediate"], user)
        files.remove_socket_directory(self.data)
        return True

    def write_out(self) -> None:
        """Write to disk what the server holds in memory, which a stop would have to do first."""
        import psycopg

        with psycopg.connect(**self.address.psycopg(), autocommit=True, connect_timeout=10) as connection:
            connection.execute("CHECKPOINT")

    def stop_command(self) -> list[str]:
        """The command that stops the server without waiting, for a watcher to hold ready."""
        return [str(files.programs() / "pg_ctl"), "stop", "-D", str(self.data), "-m", "fast", "-W", "-s"]

    def _address_of(self, database: str) -> DatabaseAddress:
        return DatabaseAddress(str(files.socket_directory(self.data)), 5432, database, _SUPERUSER)

    def _settled(self) -> bool:
        """Wait out a server that is starting or stopping; True when one is ready in the end."""
        deadline = time.monotonic() + _START_WITHIN_S
        while (postmaster := self.running()) and not postmaster.is_ready:
            if time.monotonic() > deadline:
                raise self._failed("database_stuck", f"PostgreSQL stays {postmaster.status}.")
            time.sleep(0.05)
        return postmaster is not None

    def _make(self, user: ServerUser) -> None:
        if (self.data / "PG_VERSION").exists():
            self._check_version()
            return
        # Made aside and moved in whole: a start that is cut off leaves no half-made directory in the way.
        fresh = self.var / "postgres.new"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        user.give(fresh)
        let_pass(user, fresh)
        let_pass(user, files.programs() / "initdb")
        # The built-in locale gives the same sorting and upper case, Cyrillic too, on every platform.
        locale = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        arguments = ["-D", str(fresh), "-U", _SUPERUSER, "--auth=trust", "--encoding=UTF8", *locale]
        done = self._run("initdb", arguments, user)
        if done.returncode:
            shutil.rmtree(fresh, ignore_errors=True)
            with self.log.open("a") as log:
                log.write(done.stdout)
            raise self._failed("database_not_made", _cause(done.stdout) or "initdb failed.")
        if self.data.exists():
            shutil.rmtree(self.data)
        fresh.rename(self.data)

    def _check_version(self) -> None:
        have = (self.data / "PG_VERSION").read_text().strip()
        command = [str(files.programs() / "postgres"), "--version"]
        version = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        program = version.split()[-1].split(".")[0]
        if have != program:
            raise GreenlaneError(
                "database_version",
                f"{self.data} was made by PostgreSQL {have}; the embedded one is {program}.",
                mend="Carry the data over with pg_dump and pg_restore, or move them away to start afresh.",
            )

    def _launch(self, user: ServerUser) -> None:
        sockets = files.prepare_socket_directory(self.data, user)
        clear_stale_lock_files(self.data, sockets)
        files.write_settings(self.data, sockets, user)
        roll(self.log)
        self.log.touch()
        user.give(self.log)
        let_pass(user, self.log)
        let_pass(user, files.programs() / "pg_ctl")
        wait = ["-w", "-s", "-t", str(_START_WITHIN_S)]
        arguments = ["start", "-D", str(self.data), "-l", str(self.log), *wait]
        said = ""
        for _ in range(_START_TRIES):
            before = self.log.stat().st_size
            if not self._run("pg_ctl", arguments, user).returncode:
                return
            with self.log.open(errors="replace") as log:
                log.seek(before)
                said = log.read()
            if "shared memory block" not in said:
                break
            time.sleep(_TRY_PAUSE_S)
        raise self._failed("database_not_started", _cause(said) or "PostgreSQL did not start.")

    def _ensure_database(self) -> None:
        import psycopg

        target = self._address_of(_SUPERUSER).psycopg()
        with psycopg.connect(**target, autocommit=True, connect_timeout=10) as connection:
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
            if not found:
                connection.execute(f"CREATE DATABASE {DATABASE}")

    def _run(self, program: str, arguments: list[str], user: ServerUser) -> subprocess.CompletedProcess[str]:
        """Run one of PostgreSQL's programs as its user, away from the terminal; errors join the output."""
        # A file, not a pipe: the server inherits the output, and reading a pipe would wait for its end.
        with tempfile.TemporaryFile("w+") as output:
            options: dict[str, Any] = {"cwd": "/", "start_new_session": True, **user.popen_arguments()}
            done = subprocess.run(
                [str(files.programs() / program), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, "LC_ALL": "C"},
                check=False,
                **options,
            )
            output.seek(0)
            return subprocess.CompletedProcess(done.args, done.returncode, stdout=output.read())

    def _failed(self, code: str, message: str) -> GreenlaneError:
        return GreenlaneError(code, message, mend=f"The log is {self.log}.")


def _cause(text: str) -> str:
    """The sentence that names the cause in PostgreSQL's output: the first error and its hint."""
    for line in text.splitlines():
        for mark in ("FATAL:", "PANIC:", "error:", "could not"):
            if mark in line:
                cause = line[line.index(mark) :] if mark == "could not" else line.split(mark, 1)[1]
                _, _, hint = text.partition("HINT:")
                said = (cause, hint.partition("\n")[0])
                return "PostgreSQL: " + " ".join(f"{part.strip().rstrip('.')}." for part in said if part)
    return ""
