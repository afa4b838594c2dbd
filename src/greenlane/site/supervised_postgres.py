"""The embedded PostgreSQL as the supervisor sees it, with a watcher that outlives the supervisor."""

from __future__ import annotations

import contextlib
import subprocess
from pathlib import Path
from typing import Any

from greenlane.site.postgres import EmbeddedPostgres
from greenlane.site.postgres_user import server_user

# Waits for a line or the end of its input: the end means that the supervisor was killed.
_WATCH = 'read -r word; test "$word" = dismissed || exec "$@"'


def keep_marker(var: Path) -> Path:
    """The file that says that the server was started by hand and must go on when Greenlane stops."""
    return var / "postgres.keep"


class SupervisedPostgres:
    """Starts and stops the server with the supervisor, unless it was started by hand."""

    def __init__(self, server: EmbeddedPostgres) -> None:
        self._server = server
        self._watcher: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the server or find it running, and set the watcher."""
        self._server.start()
        if self._watcher is None and not keep_marker(self._server.var).exists():
            options: dict[str, Any] = server_user(self._server.data).popen_arguments()
            self._watcher = subprocess.Popen(
                ["/bin/sh", "-c", _WATCH, "greenlane-postgres-watcher", *self._server.stop_command()],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd="/",
                start_new_session=True,
                **options,
            )

    def is_running(self) -> bool:
        """Whether the server runs."""
        return self._server.running() is not None

    def prepare_stop(self) -> None:
        """Do what a stop would begin with, while others still use the server; it may fail."""
        if not keep_marker(self._server.var).exists():
            self._server.write_out()

    def stop(self, *, at_once: bool) -> None:
        """Stop the server, unless it was started by hand."""
        if not keep_marker(self._server.var).exists():
            self._server.stop(at_once=at_once)
        self._dismiss_watcher()

    def _dismiss_watcher(self) -> None:
        if self._watcher is not None:
            with contextlib.suppress(BrokenPipeError):
                self._watcher.communicate(b"dismissed\n")
            self._watcher = None
