"""A recall: from one person's act to the last driver told, by the product's own worker, beside 60 seconds.

Mail goes to a mail server and webhooks to a web server, both in a process of their own; SMS and push into
files.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from bench import cpu
from bench.ground import Ground, connect
from bench.recall_world import Called, make_called
from bench.report import Check, Figure, Section
from bench.sizes import Sizes
from greenlane.site.database_url import DatabaseAddress
from greenlane.site.lifeline import Lifeline
from greenlane.site.processes import ManagedProcess, ProcessSpec, greenlane_command

LIMIT_S: Final = 60.0
"""A truck that is called drives off within minutes: in a minute the recall has to be there."""
GIVEN_UP_S: Final = 600.0
_LEFT = """
SELECT channel, count(*) FROM callup_message
 WHERE kind = 'recall' AND NOT (state = 'delivered' OR channel = 'email' AND state = 'sent')
 GROUP BY channel
"""
_WRITTEN = "SELECT channel, count(*) FROM callup_message WHERE kind = 'recall' GROUP BY channel"


def measure(ground: Ground, sizes: Sizes) -> Section:
    """The whole section."""
    trucks = sizes.recalled
    section = Section("recall", f"A recall of {trucks:,} trucks, told by mail, SMS, push and webhooks")
    with ground.database() as database, _sinks() as sinks:
        called = make_called(trucks, f"http://127.0.0.1:{sinks.http}/carrier", datetime.now(UTC))
        with _worker(ground, database, sinks) as worker:
            _until_it_works(database)
            with cpu.watched(web=worker, database=ground.postgres_pid) as spent:
                ran = _recall(database, called)
        section.figures.append(
            Figure(
                "drivers told of a recall",
                trucks / ran.seconds,
                f"trucks ({ran.seconds:.1f} s for all, {ran.seconds / LIMIT_S:.0%} of the 60 s)",
                aim_rate=trucks / LIMIT_S,
                cpu=spent.each(trucks),
            )
        )
        section.figures.append(
            Figure("messages of it", sum(called.messages.values()) / ran.seconds, "messages")
        )
        section.checks += _checks(database, called, sinks, ground.var)
        section.remarks.append(
            f"the act itself, writing {sum(called.messages.values()):,} messages: {ran.act_s:.1f} s; "
            + ", ".join(f"last {channel} after {after:.1f} s" for channel, after in ran.last.items())
        )
        section.remarks.append(
            "processor seconds of "
            + ", ".join(f"{name} {seconds:.1f}" for name, seconds in spent.by.items())
            + "; "
            "in the table the worker stands under web, the act under load"
        )
    return section


@dataclass(frozen=True, slots=True)
class _Sinks:
    smtp: int
    http: int

    def received(self) -> list[dict[str, Any]]:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.http}/received") as answer:
            found: list[dict[str, Any]] = json.load(answer)
        return found


@dataclass(frozen=True, slots=True)
class _Ran:
    """Seconds from the act to the last receipt, of the act alone, and to each channel's last receipt."""

    seconds: float
    act_s: float
    last: dict[str, float]


@contextlib.contextmanager
def _sinks() -> Iterator[_Sinks]:
    command = [sys.executable, str(Path(__file__).with_name("sinks.py"))]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield _Sinks(**json.loads(process.stdout.readline()))
        finally:
            process.kill()


@contextlib.contextmanager
def _worker(ground: Ground, database: DatabaseAddress, sinks: _Sinks) -> Iterator[int]:
    """The jobs worker as the product starts it; its process."""
    settings = {
        "DATABASE_URL": database.url(),
        "GREENLANE_SMTP": f"smtp://127.0.0.1:{sinks.smtp}",
        "GREENLANE_CHANNELS": json.dumps({"webhook": {"options": {"allow_private": True}}}),
    }
    lifeline = Lifeline()
    process = ManagedProcess(
        ProcessSpec("worker", greenlane_command("work"), settings),
        ground.var / "log" / "worker.log",
        lifeline,
    )
    try:
        process.start()
        assert process.pid is not None
        yield process.pid
    finally:
        process.ask_to_stop()
        deadline = time.monotonic() + process.spec.stop_within_s
        while process.is_alive() and time.monotonic() < deadline:
            time.sleep(0.05)
        process.kill()
        lifeline.close()


def _until_it_works(database: DatabaseAddress) -> None:
    """Wait until the worker has brought out one message of each channel."""
    from greenlane.callup.models import Channel, Message

    at = datetime.now(UTC)
    for channel in (Channel.EMAIL, Channel.SMS, Channel.PUSH):
        Message.objects.create(
            key=f"warm:{channel}", kind="test", channel=channel, address="warm@example.org", language="en",
            subject="s", body="b", made_at=at, due_at=at,
        )  # fmt: skip
    _wait(database, "SELECT count(*) FROM callup_message WHERE kind = 'test' AND state = 'waiting'")


def _recall(database: DatabaseAddress, called: Called) -> _Ran:
    from bench.passages import DIRECTION
    from greenlane.callup.commands import recall_all

    began = time.monotonic()
    recall_all(called.lead, called.checkpoint, DIRECTION, "the barrier is broken", datetime.now(UTC))
    act = time.monotonic() - began
    last = dict.fromkeys(called.messages, 0.0)
    with connect(database) as connection:
        while left := dict(connection.execute(_LEFT).fetchall()):
            for channel in left:
                last[channel] = time.monotonic() - began
            if time.monotonic() - began > GIVEN_UP_S:
                raise RuntimeError(f"not told after {GIVEN_UP_S:.0f} s: {left}")
            time.sleep(0.25)
    return _Ran(time.monotonic() - began, act, last)


def _wait(database: DatabaseAddress, query: str) -> None:
    deadline = time.monotonic() + GIVEN_UP_S
    with connect(database) as connection:
        while (row := connection.execute(query.encode()).fetchone()) and row[0]:
            if time.monotonic() > deadline:
                raise RuntimeError("the worker brings out no messages")
            time.sleep(0.1)


def _checks(database: DatabaseAddress, called: Called, sinks: _Sinks, var: Path) -> list[Check]:
    with connect(database) as connection:
        written = dict(connection.execute(_WRITTEN).fetchall())
    received = sinks.received()
    keys: Counter[str] = Counter()
    at_sinks: Counter[str] = Counter()
    for one in received:
        # The only other message is the one by which the worker was seen to work.
        if one["to"] != "warm@example.org":
            at_sinks[one["channel"]] += 1
            keys[f"{one['channel']}:{one.get('key') or one['to']}"] += 1
    for channel in ("sms", "push"):
        lines = (var / "messages" / f"{channel}.jsonl").read_text().splitlines()
        told = [json.loads(line) for line in lines]
        at_sinks[channel] = sum(line["kind"] == "recall" for line in told)
        keys.update(line["key"] for line in told if line["kind"] == "recall")
    checks = [
        Check(channel, name, expected, found.get(channel, 0))
        for channel, expected in called.messages.items()
        for name, found in (("messages written", written), ("received", at_sinks))
    ]
    return [*checks, Check("all channels", "received twice", 0, sum(n > 1 for n in keys.values()))]
