"""`greenlane ballot ...`: a drawn ballot checked by anyone, without a server, a database or a network."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from greenlane.booking.ballot.document import read
from greenlane.booking.ballot.telling import summary, way_of
from greenlane.booking.ballot.verify import first_difference
from greenlane.errors import GreenlaneError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Ballots: draw again from a ballot's public file, and tell how an entry came to its place.",
)


@app.callback()
def _ballot() -> None:
    """Ballots: verify."""


@app.command()
def verify(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The ballot's file, from its page.")],
    commitment: Annotated[
        str,
        typer.Option(help="The commitment as you noted it when the ballot opened: the file must have it."),
    ] = "",
    digest: Annotated[
        str, typer.Option(help="The list's digest as you noted it at the closing: the file must have it.")
    ] = "",
    show: Annotated[str, typer.Option(metavar="NUMBER", help="Tell one entry's way through the draw.")] = "",
) -> None:
    """Compute a drawn ballot again. Exit status 0 when all holds, 1 with the first difference when not.

    Example: greenlane ballot verify ballot-17.json --show LT-7K3MQ-9XDPA
    """
    told = _read(file)
    difference = first_difference(told, commitment.strip().lower(), digest.strip().lower())
    if difference is not None:
        typer.echo(f"Does not hold. {difference}.")
        raise typer.Exit(1)
    document = read(told)
    typer.echo(f"Holds. {summary(document)}")
    if show:
        for line in way_of(document, show):
            typer.echo(line)


def _read(file: Path) -> Any:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except OSError as fault:
        raise GreenlaneError(
            "file_unreadable",
            f"{file} cannot be read: {fault.strerror}.",
            field="FILE",
            mend="Check the path and its rights.",
        ) from None
    except (ValueError, RecursionError) as fault:
        raise GreenlaneError(
            "file_unreadable",
            f"{file} holds no JSON: {fault}.",
            field="FILE",
            mend="Fetch the ballot's file again from its page.",
        ) from fault
