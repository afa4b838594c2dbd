"""``greenlane play``: the traffic of a crossing, sent to a running Greenlane from outside."""

from __future__ import annotations

import json
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from greenlane.errors import GreenlaneError
from greenlane.player.client import StoppedError
from greenlane.player.run import Options, Report, play

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.command()
def _play(
    crossing: Annotated[
        str, typer.Argument(help="Code of a crossing, such as yahodyn-dorohusk, or a crossing file.")
    ],
    day: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"], help="The past day to play; with --days the last one. By local date."
        ),
    ] = None,
    days: Annotated[
        int | None, typer.Option(min=1, max=366, help="How many past days, the newest first.")
    ] = None,
    speed: Annotated[
        str, typer.Option(help="For past days: max, or how many times faster than life, such as 60.")
    ] = "max",
    live: Annotated[
        bool, typer.Option("--live", help="Play now, by the server's clock, until Ctrl-C (the default).")
    ] = False,
    url: Annotated[
        str, typer.Option(envvar="GREENLANE_ADDRESS", help="Address of the Greenlane.")
    ] = "http://127.0.0.1:8000",
    arrivals: Annotated[
        Path | None, typer.Option(help="Recorded arrivals (CSV) in place of the crossing's figures.")
    ] = None,
    credentials: Annotated[
        Path | None,
        typer.Option(help="Tokens of carriers and devices. By default var/player-CROSSING.json."),
    ] = None,
    checkpoint: Annotated[
        str | None, typer.Option(help="Only this checkpoint of the crossing, by its code.")
    ] = None,
    direction: Annotated[str | None, typer.Option(help="Only outbound or only inbound.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="The same seed plays the same traffic.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
) -> None:
    """Send a crossing's traffic to a running Greenlane, through its public API alone.

    Carriers book, trucks come early, late or never, cameras read and misread plates, trucks pass the stages
    and leave. Figures are those of the crossing file. The same seed and day give the same trucks, keys and
    readings, so that a run repeated enters nothing twice.

    Examples:

        greenlane play yahodyn-dorohusk                            live, until Ctrl-C

        greenlane play yahodyn-dorohusk --days 30                  the last 30 days, as fast as it goes

        greenlane play otay-mesa --day 2026-11-20 --speed 60       one past day, an hour a minute

        greenlane play otay-mesa --day 2026-11-20 --arrivals counts.csv --checkpoint otay-mesa-us
    """
    if live and (day or days):
        raise GreenlaneError(
            "bad_option", "--live plays now, --day and --days the past.", field="--live", mend="Choose one."
        )
    options = Options(
        crossing=crossing,
        day=day.date() if day else None,
        days=days,
        speed=_speed(speed),
        url=url,
        arrivals=arrivals,
        credentials=credentials,
        checkpoint=checkpoint,
        direction=direction,
        seed=seed,
    )
    report = _Terminal()
    with _stopped_by_signals(report.stop):
        try:
            tally = play(options, report, report.stop)
        except StoppedError:
            raise typer.Exit(0) from None
        finally:
            report.close()
    if as_json:
        print(json.dumps(tally.as_dict(), ensure_ascii=False))
    else:
        for line in tally.lines():
            print(line)


def _speed(text: str) -> float | None:
    """None for ``max``."""
    if text == "max":
        return None
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 0 < speed <= 100_000:
        raise GreenlaneError(
            "bad_option",
            f"{text!r} is not a speed.",
            field="--speed",
            mend="Use max, or a number such as 60.",
        )
    return speed


class _Terminal(Report):
    """Tells the person at the terminal; on anything else only what went wrong."""

    def __init__(self) -> None:
        from rich.console import Console

        self.stop = threading.Event()
        self._console = Console(stderr=True, highlight=False, soft_wrap=True)
        self._status = self._console.status("") if self._console.is_terminal else None

    def say(self, line: str) -> None:
        """One line that stays."""
        self._console.print(f"greenlane play: {line}", markup=False)

    def progress(self, line: str) -> None:
        """What is under way."""
        if self._status is not None:
            self._status.update(line)
            self._status.start()

    def close(self) -> None:
        if self._status is not None:
            self._status.stop()


@contextmanager
def _stopped_by_signals(stop: threading.Event) -> Iterator[None]:
    """Ctrl-C and SIGTERM set ``stop``; a second Ctrl-C ends at once."""

    def end(number: int, frame: FrameType | None) -> None:
        if stop.is_set() and number == signal.SIGINT:
            sys.exit(130)
        stop.set()

    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
