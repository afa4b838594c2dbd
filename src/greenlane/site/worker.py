"""The jobs worker: steady duties in threads of their own, and procrastinate's jobs in the main thread."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

_log = logging.getLogger(__name__)
_LONGEST_PAUSE_S = 10.0
_STOP_S = 0.7
"""For jobs to end, and then for all duties: what is cut off is rolled back and done at the next start."""


@dataclass(frozen=True, slots=True)
class Duty:
    """Something to do over and over.

    Attributes:
        name: for logs and the thread.
        every_s: pause in seconds after a round with nothing left to do.
        run: one round; True when there is more to do at once.
    """

    name: str
    every_s: float
    run: Callable[[], bool]


def run() -> None:
    """Work until SIGTERM or SIGINT."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "greenlane.site.settings")
    import django

    django.setup()
    from greenlane.site.duties import DUTIES
    from greenlane.site.tasks import open_slots_now

    open_slots_now()
    stopping = threading.Event()
    threads = [
        threading.Thread(target=keep_doing, args=(duty, stopping), name=duty.name, daemon=True)
        for duty in DUTIES
    ]
    for thread in threads:
        thread.start()
    try:
        _run_jobs(stopping)
    finally:
        stopping.set()
        wait_for(threads, _STOP_S)


def wait_for(threads: Sequence[threading.Thread], within_s: float) -> None:
    """Wait until all threads have ended, for so many seconds together."""
    deadline = time.monotonic() + within_s
    for thread in threads:
        thread.join(timeout=max(0.0, deadline - time.monotonic()))


def keep_doing(duty: Duty, stopping: threading.Event) -> None:
    """Rounds of one duty; a failed round is logged and tried again after a growing pause."""
    from django.db import close_old_connections, connection

    failures = 0
    while not stopping.is_set():
        started = time.monotonic()
        try:
            more = duty.run()
            failures = 0
        except Exception:
            failures += 1
            _log.exception("%s failed", duty.name)
            with contextlib.suppress(Exception):
                connection.close()
            stopping.wait(min(duty.every_s * 2**failures, _LONGEST_PAUSE_S))
            continue
        if not more:
            close_old_connections()
            stopping.wait(max(0.0, duty.every_s - (time.monotonic() - started)))
    connection.close()


def _run_jobs(stopping: threading.Event) -> None:
    from procrastinate.contrib.django import app
    from procrastinate.contrib.django.django_connector import DjangoConnector

    assert isinstance(app.connector, DjangoConnector)
    with app.replace_connector(app.connector.get_worker_connector()):
        asyncio.run(_work_off(stopping))


async def _work_off(stopping: threading.Event) -> None:
    from procrastinate.contrib.django import app

    async with app.open_async():
        jobs = asyncio.ensure_future(
            app.run_worker_async(
                name="greenlane",
                delete_jobs="successful",
                fetch_job_polling_interval=5.0,
                shutdown_graceful_timeout=_STOP_S,
                install_signal_handlers=False,
            )
        )

        def stop() -> None:
            # The duties end beside the jobs, not after them.
            stopping.set()
            jobs.cancel()

        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop)
        with contextlib.suppress(asyncio.CancelledError):
            await jobs
