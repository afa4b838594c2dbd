"""`greenlane crossing ...`: work on crossing files from the command line."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from greenlane.errors import GreenlaneError
from greenlane.registry.crossing import Crossing
from greenlane.registry.crossing_file import read_crossing
from greenlane.registry.crossing_problems import CrossingFileError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    help="Check and load the files that describe crossings.",
)


@app.callback()
def crossing() -> None:
    """Check and load the files that describe crossings."""


@app.command()
def check(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Crossing files (YAML).")],
) -> None:
    """Say what each crossing file holds, or every fault in it with its line, field and mend.

    Nothing is loaded. The exit status is 1 when any file has a fault.

    Example: greenlane crossing check crossings/*.yaml
    """
    faulty = False
    for file in files:
        try:
            typer.echo(f"{file}: {summary(read_crossing(file))}")
        except CrossingFileError as error:
            faulty = True
            for line in error.lines():
                typer.echo(line)
    raise typer.Exit(1 if faulty else 0)


def summary(crossing: Crossing) -> str:
    """One line on what a crossing holds."""
    sides = " | ".join(
        f"{checkpoint.code} {checkpoint.country} {checkpoint.zone}: "
        + ", ".join(
            f"{way.code} {way.arrivals.per_day:,.0f} trucks/day" for way in checkpoint.directions.values()
        )
        for checkpoint in crossing.checkpoints
    )
    stages = [
        stage
        for checkpoint in crossing.checkpoints
        for direction in checkpoint.directions.values()
        for stage in direction.stages
    ]
    lanes = sum(len(stage.lanes) for stage in stages)
    sourced = sum(provenance.kind == "source" for provenance in crossing.sources.values())
    return (
        f"{crossing.code}; {sides}; {len(stages)} stages, {lanes} lanes; "
        f"{len(crossing.sources)} figures, {sourced} sourced, {len(crossing.sources) - sourced} assumed"
    )


@app.command()
def load(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A crossing file (YAML).")],
    yes: Annotated[bool, typer.Option("--yes", help="Do it without asking.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the changes and stop.")] = False,
) -> None:
    """Show what a crossing file would change, ask, and put it in force.

    Doing it again changes nothing. Stages, lanes and parks that the file no longer names are retired, not
    deleted. The exit status is 1 when the file has a fault or the answer is no.

    Example: greenlane crossing load crossings/otay-mesa.yaml
    """
    try:
        crossing = read_crossing(file)
    except CrossingFileError as error:
        for line in error.lines():
            typer.echo(line)
        raise typer.Exit(1) from None
    _start_django()
    from greenlane.registry.clock import now
    from greenlane.registry.commands import load_crossing, planned_changes

    with _tables_needed():
        planned = planned_changes(crossing)
    if not planned:
        typer.echo(f"{crossing.code}: nothing to change")
        return
    typer.echo(f"new: {summary(crossing)}" if planned.is_new else f"{crossing.code}: would change")
    for change in () if planned.is_new else planned.changes:
        typer.echo(f"  {change}")
    if dry_run or not _agreed(yes):
        raise typer.Exit(0 if dry_run else 1)
    load_crossing(crossing, None, now())
    typer.echo(f"{crossing.code}: in force")


def _agreed(yes: bool) -> bool:
    """Whether to go on; without a terminal nobody can be asked, and ``--yes`` is needed."""
    if yes:
        return True
    if not sys.stdin.isatty():
        typer.echo("Nothing was changed: there is no terminal to ask at. Give --yes to do it.", err=True)
        return False
    return typer.confirm("Do it?", default=False)


@contextmanager
def _tables_needed() -> Iterator[None]:
    """Tell of a database without tables in one line."""
    from django.db import ProgrammingError

    try:
        yield
    except ProgrammingError as error:
        raise GreenlaneError(
            "database_not_prepared",
            "The database has no tables, or older ones.",
            mend="Run `greenlane prepare` first.",
        ) from error


def _start_django() -> None:
    # Only here: checking a file needs neither settings nor a database.
    import django

    django.setup()
