"""The sinks of `bench/sinks.py` beside a test: a mail server and a web server that take everything."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

PROGRAM = Path(__file__).parents[2] / "bench" / "sinks.py"


@dataclass(frozen=True)
class Sinks:
    """Their ports on this machine."""

    smtp: int
    http: int

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.http}{path}"

    def received(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = httpx.get(self.url("/received"), trust_env=False).json()
        return found


@contextmanager
def running_sinks() -> Iterator[Sinks]:
    """Both servers, gone afterwards."""
    command = [sys.executable, str(PROGRAM)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield Sinks(**json.loads(process.stdout.readline()))
        finally:
            process.kill()
