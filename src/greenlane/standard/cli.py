"""`greenlane standard ...`: the figures from the command line."""

from __future__ import annotations

import sys
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from greenlane.standard.commands import Recomputed
    from greenlane.standard.summary import ClockSummary

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="The clocks against the ten minutes: show them, compute them again, export them.",
)


class Way(StrEnum):
    OUTBOUND = "outbound"
    INBOUND = "inbound"


class Export(StrEnum):
    BOARD = "board"
    CBP = "cbp"
    STUDY = "study"
    WAITS = "waits"


Code = Annotated[str, typer.Argument(metavar="CHECKPOINT", help="Code of the checkpoint.")]
Direction = Annotated[Way, typer.Option(help="Which way.")]
From = Annotated[str, typer.Option("--from", metavar="DATE", help="First local day; seven days back.")]
To = Annotated[str, typer.Option("--to", metavar="DATE", help="Last local day; today.")]


@app.command()
def show(
    code: Code,
    direction: Direction = Way.OUTBOUND,
    first: From = "",
    last: To = "",
    clock: Annotated[str, typer.Option(help="inside, outside, ..., or stage:CODE.")] = "inside",
) -> None:
    """Show a clock over local days, exactly: share, interval, bounds, quantiles, match rate, verdict.

    Example: greenlane standard show yahodyn --direction outbound --from 2026-11-01
    """
    at = _start()
    from greenlane.registry.queries import checkpoint as checkpoint_of
    from greenlane.standard import queries

    checkpoint, chosen = checkpoint_of(code), queries.Chosen(clock)
    queries.check_direction(checkpoint, direction)
    queries.check_chosen(chosen)
    period = queries.asked_period(first, last, checkpoint.zone, at)
    summary = queries.exact(checkpoint, direction, period, chosen)
    typer.echo(f"{code} {direction} {clock}, {period.start.isoformat()} to {period.end.isoformat()}")
    for line in summary_lines(summary):
        typer.echo("  " + line)


def summary_lines(summary: ClockSummary) -> list[str]:
    """A summary in a few lines of plain text."""
    share, interval = summary.share, summary.share.interval
    lines = [f"trucks {summary.n}, match rate {_percent(summary.match_rate)}"]
    if interval:
        lines.append(
            f"within {share.limit_s:g} s: {_percent(share.value)} "
            f"({_percent(interval.low)} to {_percent(interval.high)}), "
            f"bounds {_percent(share.pessimistic)} to {_percent(share.optimistic)}"
        )
        lines.append(f"promised {_percent(summary.promised)}: {summary.verdict.replace('_', ' ')}")
    lines += [
        f"{each.name}: " + (f"{each.seconds:.0f} s" if each.seconds is not None else "n too small")
        for each in summary.quantiles
    ]
    lines += [f"without seconds, {reason}: {count}" for reason, count in summary.missing.items()]
    return lines


@app.command()
def recompute(
    code: Code,
    direction: Annotated[Way | None, typer.Option(help="Which way; both when left out.")] = None,
    first: From = "",
    last: To = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what differs, and change nothing.")] = False,
) -> None:
    """Compute figures again from the raw readings, say what differs from the stored, and set it right.

    A published day that changes gets its next numbered revision. With --dry-run the exit status is 1 when
    anything differs.

    Example: greenlane standard recompute yahodyn --from 2026-11-20 --to 2026-11-24 --dry-run
    """
    at = _start()
    from greenlane.registry.queries import checkpoint as checkpoint_of
    from greenlane.registry.queries import checkpoint_document
    from greenlane.standard import commands, queries
    from greenlane.standard.periods import days_in

    checkpoint = checkpoint_of(code)
    days = list(days_in(queries.asked_period(first, last, checkpoint.zone, at), checkpoint.zone))
    differs = False
    for way in [str(direction)] if direction else list(checkpoint_document(checkpoint).directions):
        queries.check_direction(checkpoint, way)
        found = commands.recompute(checkpoint, way, days[0], days[-1], at, dry_run=dry_run)
        for each in found:
            differs = differs or bool(each.changed)
            for line in recomputed_lines(each):
                typer.echo(f"{code} {way} {line}")
    raise typer.Exit(1 if differs and dry_run else 0)


def recomputed_lines(found: Recomputed) -> list[str]:
    """What was found of one day: a line, and one for each figure that differs."""
    state = f"revision {found.revision}" if found.revision else "not published yet"
    verdict = f"{len(found.changed)} figures differ" if found.changed else "the same"
    lines = [f"{found.day}: {found.passages} passages, {verdict}, {state}"]
    if found.unstored:
        lines.append(f"{found.day}: {found.unstored} passages have readings and no row: match again")
    if found.struck:
        lines.append(f"{found.day}: {found.struck} measured passages have no reading that stands")
    lines += [f"{found.day}: {name}: {old} -> {new}" for name, (old, new) in found.changed.items()]
    return lines


@app.command()
def export(
    what: Annotated[Export, typer.Argument(help="board (CSV), cbp (JSON), study or waits (CSV).")],
    code: Annotated[str, typer.Option("--checkpoint", help="For study and waits.")] = "",
    direction: Direction = Way.OUTBOUND,
    first: From = "",
    last: To = "",
    into: Annotated[Path | None, typer.Option("--into", help="File; standard output when left out.")] = None,
) -> None:
    """Write open data: the board, current waits, or a time release study.

    Example: greenlane standard export study --checkpoint yahodyn --from 2026-11-01 --into study.csv
    """
    text = _exported(what, code, direction, first, last, _start())
    if into is None:
        sys.stdout.write(text)
    else:
        with into.open("w", encoding="utf-8", newline="") as stream:
            stream.write(text)


def _exported(what: Export, code: str, direction: str, first: str, last: str, at: datetime) -> str:
    from greenlane.registry.queries import checkpoint as checkpoint_of
    from greenlane.standard import queries
    from greenlane.standard.queries import exports

    if what is Export.BOARD:
        return exports.board_csv(queries.board(at), at)
    if what is Export.CBP:
        return exports.cbp_json(at)
    checkpoint = checkpoint_of(code)
    queries.check_direction(checkpoint, direction)
    if what is Export.WAITS:
        return exports.waits_csv(checkpoint, direction, at)
    period = queries.asked_period(first, last, checkpoint.zone, at)
    return exports.study_csv(checkpoint, direction, period, at)


@app.command()
def publish() -> None:
    """Publish the figures of every local day that is over and has none yet.

    The worker does this by itself.
    """
    at = _start()
    from greenlane.standard.commands import publish as publish_days

    for revision in publish_days(at):
        typer.echo(f"{revision.checkpoint.code} {revision.direction} {revision.day}: {revision.number}")


def _start() -> datetime:
    """Set Django up; the time of the platform."""
    import django

    django.setup()
    from greenlane.registry.clock import now

    return now()


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share * 100:.1f} %"
