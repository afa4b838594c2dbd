"""`greenlane order ...`: the public log of order, checked from its file alone, or against the database."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from greenlane.callup.order.judging import Judged, judge
from greenlane.callup.order.log_file import LogFile, Unreadable, read_log
from greenlane.callup.order.own_place import OwnPlace, own_place
from greenlane.callup.order.verifying import Fault, chain_fault, rewritten, roots_of
from greenlane.errors import GreenlaneError
from greenlane.registry.codes import DIRECTIONS

_LOGS_ARE_AT = "A log is downloaded from /api/v1/public/order/CHECKPOINT/DIRECTION/log."

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    help="""The public log of order: who was called when, and why before others.

    `verify` needs no server, no database and no network: only a file of the log, and the public keys.
    """,
)


@app.command()
def verify(
    file: Annotated[Path, typer.Argument(help="A file of the log, as downloaded.")],
    keys: Annotated[
        Path | None, typer.Option(help="File with the public keys, as served at /public/order/keys, or PEM.")
    ] = None,
    code: Annotated[
        str, typer.Option(help="Code of a booking or ticket, or a number on the list: tell its way.")
    ] = "",
    since: Annotated[
        Path | None, typer.Option(help="An older file of the same log: no line of it may have changed.")
    ] = None,
) -> None:
    """Check a file: the chain, the signed roots, and that every call took the first by the published rules.

    Exit status 1, and the first fault with its line, when it is not so.

    Example:

        curl -s https://queue.example.org/api/v1/public/order/zabaikalsk/outbound/log > log.jsonl

        curl -s https://queue.example.org/api/v1/public/order/keys > keys.json

        greenlane order verify log.jsonl --keys keys.json --code GL-7K3MQ-9XDPA
    """
    log = _read(file)
    _stop_at(chain_fault(log))
    last = log.entries[-1].told["seq"] if log.entries else log.header.first_seq - 1
    print(f"Chain: lines {log.header.first_seq} to {last} follow from one another.")
    if keys is not None:
        _say_roots(log, keys)
    elif log.roots:
        print(f"Roots: {len(log.roots)}, not checked; give the public keys with --keys.")
    if since is not None:
        older = _read(since)
        _stop_at(chain_fault(older))
        _stop_at(rewritten(log, older))
        print(f"Older file: its {len(older.entries)} lines are still the same.")
    judged = judge(log)
    _say_judged(judged)
    if code:
        _say_own(own_place((entry.told for entry in log.entries), code.strip()), code)
    _stop_at(judged.faults[0] if judged.faults else None)


@app.command()
def check() -> None:
    """Check the whole log and every row that bears on order against each other, in the database.

    Exit status 1, and what does not fit, when something was altered.
    """
    import django

    django.setup()
    from greenlane.callup.queries.order_check import check_order

    found = 0
    for finding in check_order():
        found += 1
        print(finding)
    if found:
        print(f"{found} things do not fit.", file=sys.stderr)
        raise SystemExit(1)
    print("Everything fits: the chains, the roots, and every row.")


@app.command()
def export(
    checkpoint: Annotated[str, typer.Argument(help="Code of the checkpoint.")],
    direction: Annotated[str, typer.Argument(help="outbound or inbound.")],
    first: Annotated[int | None, typer.Option("--from", help="First line; 1 when left out.")] = None,
    last: Annotated[int | None, typer.Option("--to", help="Last line; the last when left out.")] = None,
    day: Annotated[str, typer.Option(help="A local date: the lines under its signed root.")] = "",
) -> None:
    """Write the public log to standard output, as JSON Lines.

    Example:

        greenlane order export zabaikalsk outbound --day 2026-05-04 > log.jsonl
    """
    import django

    django.setup()
    from greenlane.callup.queries.order import log_lines, span_of, span_of_day
    from greenlane.registry.queries import checkpoint as checkpoint_of

    here = checkpoint_of(checkpoint)
    if direction not in DIRECTIONS:
        raise GreenlaneError(
            "direction_unknown",
            f"There is no direction {direction!r}.",
            field="direction",
            mend=f"Use {' or '.join(DIRECTIONS)}.",
        )
    span = span_of_day(here, direction, _date(day)) if day else span_of(here, direction, first, last)
    for line in log_lines(here, direction, span):
        print(line)


def _read(file: Path) -> LogFile:
    try:
        with file.open(encoding="utf-8") as lines:
            return read_log(lines)
    except Unreadable as fault:
        print(f"Fault in {fault}. {_LOGS_ARE_AT}", file=sys.stderr)
        raise SystemExit(1) from None
    except (OSError, UnicodeDecodeError) as fault:
        raise GreenlaneError(
            "log_unreadable", f"{file} cannot be read: {fault}.", field="FILE", mend="Download it again."
        ) from fault


def _say_roots(log: LogFile, keys: Path) -> None:
    from greenlane.gate.key_files import read_keys

    roots, fault = roots_of(log, read_keys(keys, "/api/v1/public/order/keys"))
    _stop_at(fault)
    if not roots:
        print("Roots: none in the file; nothing of it is signed yet.")
        return
    print(f"Roots: {len(roots)} signed, the last of {roots[-1].day} up to line {roots[-1].last_seq}.")


def _say_judged(judged: Judged) -> None:
    print(
        f"Calls: {judged.in_order} in the order of the rules, {judged.by_hand} by hand with an officer,"
        f" {judged.unjudged} of which this file does not tell enough."
    )
    for reason, count in sorted(judged.reasons.items()):
        print(f"  passed over: {count} times “{reason or 'no reason'}”")


def _say_own(own: OwnPlace, code: str) -> None:
    if not own.moments:
        print(f"{code} ({own.subject}): the file does not tell of it.")
        return
    print(f"{code} is {own.subject} here:")
    for moment in own.moments:
        before = "" if moment.before is None else f"  {moment.before} before it"
        print(f"  line {moment.seq}  {moment.at:%Y-%m-%d %H:%M:%S} UTC  {moment.kind}{before}")
    for went in own.went:
        print(
            f"  line {went.seq}  {went.at:%Y-%m-%d %H:%M:%S} UTC  {went.truck} was called ({went.turn}):"
            f" {went.why or 'no reason'}"
        )


def _stop_at(fault: Fault | None) -> None:
    if fault is not None:
        print(f"Fault in {fault}.", file=sys.stderr)
        raise SystemExit(1)


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise GreenlaneError(
            "day_malformed", f"{text!r} is not a date.", field="--day", mend="Write it as 2026-05-04."
        ) from None
