"""``greenlane serve`` with its real processes: it comes up, goes down, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
import pytest
from waiting import is_over, wait_until

from greenlane.site.postgres import EmbeddedPostgres

pytestmark = [pytest.mark.slow, pytest.mark.db]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/robots.txt", timeout=2).status_code > 0
    except httpx.HTTPError:
        return False


@contextmanager
def serving(var: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    environment = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
    environment |= {"GREENLANE_VAR": str(var), "GREENLANE_PLAIN_STATIC": "1"}
    command = [sys.executable, "-m", "greenlane", "serve", "--port", str(port)]
    with (var / "console").open("ab") as console:
        process = subprocess.Popen(command, env=environment, stdout=console, stderr=console)
    try:
        wait_until(lambda: f"http://localhost:{port}" in (var / "console").read_text(), within_s=120)
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        EmbeddedPostgres(var).stop(at_once=True)


def web_main(serve: subprocess.Popen[bytes]) -> psutil.Process:
    found = [child for child in psutil.Process(serve.pid).children() if "web" in child.cmdline()]
    assert len(found) == 1
    return found[0]


def test_it_outlives_the_death_of_its_parts_and_stops_in_order(var: Path) -> None:
    port = free_port()
    with serving(var, port) as serve:
        web_main(serve).kill()
        wait_until(lambda: not answers(port))
        wait_until(lambda: answers(port), within_s=60)

        server = EmbeddedPostgres(var)
        postmaster = server.running()
        assert postmaster is not None
        os.kill(postmaster.pid, signal.SIGKILL)
        wait_until(lambda: (after := server.running()) is not None and after.is_ready, within_s=60)

        family = psutil.Process(serve.pid).children(recursive=True)
        serve.send_signal(signal.SIGINT)
        assert serve.wait(timeout=30) == 0
        assert [process for process in family if not is_over(process.pid)] == []
        assert server.running() is None
        assert not answers(port)


def test_it_leaves_nothing_when_killed_and_starts_again(var: Path) -> None:
    port = free_port()
    with serving(var, port) as serve:
        family = psutil.Process(serve.pid).children(recursive=True)
        server = EmbeddedPostgres(var)
        serve.kill()
        serve.wait()
        wait_until(lambda: all(is_over(process.pid) for process in family), within_s=60)
        wait_until(lambda: server.running() is None, within_s=60)
    (var / "console").write_text("")
    with serving(var, port) as serve:
        assert answers(port)
        serve.terminate()
        assert serve.wait(timeout=30) == 0
