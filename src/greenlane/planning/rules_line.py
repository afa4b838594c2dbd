"""What all commands about rules share: the line they are about, progress, faults, pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn
from zoneinfo import ZoneInfo

import typer

from greenlane.errors import GreenlaneError

if TYPE_CHECKING:
    from greenlane.planning.rule_trial.rules import RuleBook
    from greenlane.registry import crossing

CrossingOption = Annotated[
    str,
    typer.Option(
        help="Take the rules in force from this crossing's file, by code or path, and use no database."
    ),
]


@dataclass(frozen=True, slots=True)
class Line:
    """A checkpoint and direction as described, with the rules in force; ``today`` is its local date."""

    described: crossing.Checkpoint
    rules: RuleBook
    today: date


def in_force(code: str, direction: str, crossing_file: str) -> Line:
    """The line with its rules in force, by a crossing's file where one is given, else by the database.

    Raises:
        GreenlaneError: there is no such checkpoint or direction.
    """
    if crossing_file:
        return _of_file(code, direction, crossing_file)
    start_django()
    from greenlane.planning.queries.rules import rules_in_force
    from greenlane.registry.clock import now
    from greenlane.registry.queries import checkpoint, checkpoint_document, direction_document

    here = checkpoint(code)
    direction_document(here, direction)
    today = now().astimezone(ZoneInfo(here.zone)).date()
    return Line(checkpoint_document(here), rules_in_force(here, direction), today)


def _of_file(code: str, direction: str, crossing_file: str) -> Line:
    from greenlane.planning.rule_trial.rules import described_rules
    from greenlane.registry.crossing_finding import find_crossing

    found = find_crossing(crossing_file)
    known = {each.code: each for each in found.checkpoints}
    if code not in known:
        refuse("checkpoint", f"There is no checkpoint {code!r} there.", f"Use one of: {', '.join(known)}.")
    if direction not in known[code].directions:
        refuse("direction", f"There is no {direction!r}.", f"Use: {', '.join(known[code].directions)}.")
    today = datetime.now(ZoneInfo(known[code].zone)).date()
    return Line(known[code], described_rules(known[code], direction, today), today)


def write_page(directory: Path, html: str) -> None:
    """Write a report's page as ``index.html``, and tell where."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
        (directory / "index.html").write_text(html, encoding="utf-8")
    except OSError as error:
        refuse("--report", f"{directory}: {error.strerror}.", "Give another directory.")
    typer.echo(f"report: {directory / 'index.html'}", err=True)


@contextmanager
def progress() -> Iterator[Callable[[str], None]]:
    """Told what is being done: on a terminal's standard error only."""
    from rich.console import Console

    console = Console(stderr=True, highlight=False)
    if not console.is_terminal:
        yield lambda _: None
        return
    with console.status("trying the rules") as status:
        yield lambda what: status.update(f"trying the rules: {what}")


@contextmanager
def faults_told() -> Iterator[None]:
    """Every fault of the file, one a line, and exit status 1."""
    from greenlane.planning.rule_trial.rule_file import RuleFileError

    try:
        yield
    except RuleFileError as error:
        for line in error.lines():
            typer.echo(line)
        raise typer.Exit(1) from None


def refuse(field: str, message: str, mend: str) -> NoReturn:
    """Refuse with the field and the mend."""
    raise GreenlaneError("rules", message, field=field, mend=mend)


def start_django() -> None:
    """Set Django up, for what needs the database."""
    import django

    django.setup()
