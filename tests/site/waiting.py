"""Waiting for what other processes do, and knowing that they are over."""

from __future__ import annotations

import time
from collections.abc import Callable

import psutil


def wait_until(true: Callable[[], bool], within_s: float = 20) -> None:
    """Wait for a condition; fail when it does not come to pass."""
    deadline = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.02)


def is_over(pid: int) -> bool:
    """Gone, or a zombie that nobody has collected yet."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
