"""The real web server in processes of its own."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

_STARTED_WITHIN_S = 60


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class WebProcess:
    """``greenlane web`` with its workers, all in one process group."""

    def __init__(self, log: Path, environment: Mapping[str, str], workers: int) -> None:
        self._log, self._environment, self._workers = log, dict(environment), workers
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it and wait until it answers."""
        options = ["--host", "127.0.0.1", "--port", str(self.port), "--workers", str(self._workers)]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "greenlane", "web", *options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, **self._environment},
                start_new_session=True,
            )
        deadline = time.monotonic() + _STARTED_WITHIN_S
        while not self._answers():
            assert self._process.poll() is None, self._log.read_text()
            assert time.monotonic() < deadline, self._log.read_text()
            time.sleep(0.05)

    def _answers(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1) as tried:
            tried.sendall(b"GET /api/v1/places HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            return bool(tried.recv(1))
        return False

    def kill(self) -> None:
        """kill -9 of the server and all of its workers."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None


@contextlib.contextmanager
def web_process(log: Path, environment: Mapping[str, str], workers: int) -> Iterator[WebProcess]:
    """A started server, which is gone afterwards."""
    web = WebProcess(log, environment, workers)
    try:
        web.start()
        yield web
    finally:
        web.kill()
