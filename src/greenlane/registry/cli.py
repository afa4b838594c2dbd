"""`greenlane crossing ...`: work on crossing files from the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

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
