"""No process outlives its parent: a child ends by itself when the supervisor is gone, killed or not.

The supervisor alone holds the write end of a pipe, its children the read end. When the supervisor ends, in
whatever way, the kernel closes the write end, the read returns, and the child ends.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable

VARIABLE = "GREENLANE_LIFELINE"
_GRACE_S = 5.0


class Lifeline:
    """The supervisor's side. ``child_end`` is the descriptor that children inherit."""

    def __init__(self) -> None:
        self.child_end, self._own_end = os.pipe()

    def environment(self) -> dict[str, str]:
        """What a child must find in its environment."""
        return {VARIABLE: str(self.child_end)}

    def close(self) -> None:
        """Let go: children that still run end."""
        os.close(self._own_end)
        os.close(self.child_end)


def hold() -> None:
    """In a child: end this process when the supervisor is gone. Does nothing without a lifeline."""
    descriptor = os.environ.pop(VARIABLE, "")
    if not descriptor.isdigit():
        return
    end = int(descriptor)
    os.set_inheritable(end, False)
    _watch(lambda: os.read(end, 1))


def follow_parent() -> None:
    """In a process made by ``multiprocessing``: end this process when its parent is gone."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        _watch(parent.join)


def _watch(wait: Callable[[], object]) -> None:
    def run() -> None:
        wait()
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(_GRACE_S)
        # A child of the supervisor leads its own process group, so whatever it started ends with it.
        if os.getpgrp() == os.getpid():
            os.killpg(os.getpgrp(), signal.SIGKILL)
        os.kill(os.getpid(), signal.SIGKILL)

    threading.Thread(target=run, name="lifeline", daemon=True).start()
