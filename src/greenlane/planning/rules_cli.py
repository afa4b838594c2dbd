"""``greenlane rules``: booking rules shown, tried before they go live, and adopted."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn
from zoneinfo import ZoneInfo

import typer

from greenlane.errors import GreenlaneError

if TYPE_CHECKING:
    from greenlane.planning.rule_trial.rules import RuleBook
    from greenlane.planning.rule_trial.trial import TrialReport
    from greenlane.planning.rule_trial.wishes import Wishes
    from greenlane.registry import crossing

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Booking rules as files: show those in force, try new ones on past or simulated weeks, adopt them.",
)
_Crossing = Annotated[
    str,
    typer.Option(
        help="Take the rules in force from this crossing's file, by code or path, and use no database."
    ),
]


@app.callback()
def _rules() -> None:
    """Booking rules: show, try, adopt."""


@app.command()
def show(
    checkpoint: Annotated[str, typer.Argument(metavar="CHECKPOINT", help="Code of the checkpoint.")],
    direction: Annotated[str, typer.Option(help="outbound or inbound.")] = "outbound",
    crossing: _Crossing = "",
) -> None:
    """Print the rules in force as a file: change it, and try it.

    Example: greenlane rules show yahodyn > new.yaml
    """
    from greenlane.planning.rule_trial.rule_file import rules_text

    typer.echo(rules_text(_in_force(checkpoint, direction, crossing).rules), nl=False)


@app.command("try")
def try_(
    file: Annotated[Path, typer.Argument(metavar="NEW.yaml", help="The rules to try.")],
    weeks: Annotated[int, typer.Option(min=1, max=52, help="How many weeks; sureness needs two.")] = 4,
    recorded: Annotated[
        bool,
        typer.Option("--recorded/--simulated", help="The last whole weeks as booked, or weeks as described."),
    ] = False,
    first: Annotated[
        datetime | None,
        typer.Option(
            "--from", formats=["%Y-%m-%d"], help="First local day; recorded: so that the weeks end yesterday."
        ),
    ] = None,
    bots: Annotated[
        float | None, typer.Option(min=0.0, max=1.0, help="Share of simulated carriers whose programs ask.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same result.")] = 1,
    report: Annotated[Path | None, typer.Option(help="Directory for the report as a page.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
    crossing: _Crossing = "",
) -> None:
    """Act out the rules in force and the new ones over the same weeks, and tell each group's change.

    The report is kept and public: without one, `greenlane rules adopt` refuses the rules. With --crossing
    nothing is kept.

    Examples:

        greenlane rules try new.yaml --weeks 4 --recorded

        greenlane rules try new.yaml --crossing yahodyn-dorohusk --report report
    """
    from greenlane.planning.rule_trial.trial import try_rules

    if recorded and crossing:
        _refuse("--recorded", "A crossing's file has no record.", "Leave out --crossing or --recorded.")
    with _faults_told():
        from greenlane.planning.rule_trial.rule_file import read_rules

        new = read_rules(file)
    line = _in_force(new.checkpoint, new.direction, crossing)
    asked = _Asked(weeks, first.date() if first else None, recorded, bots, seed)
    with _progress() as tell:
        tell("the wishes")
        wishes, assumed = _wishes(line, new, asked)
        found = try_rules(line.described, line.rules, new, wishes, seed, assumed=assumed, progress=tell)
    kept = "" if crossing else _keep(found)
    if report is not None:
        _write_page(report, found)
    if as_json:
        typer.echo(json.dumps(found.as_document(), allow_nan=False))
    else:
        from greenlane.planning.rule_trial.table import show as show_table

        show_table(found)
    if kept:
        typer.echo(f"kept: {kept}", err=True)


@app.command()
def adopt(
    file: Annotated[Path, typer.Argument(metavar="NEW.yaml", help="The rules, just as they were tried.")],
    by: Annotated[str, typer.Option(help="User name of the administrator who decides.")],
    why: Annotated[str, typer.Option(help="The reason; public.")],
) -> None:
    """Let tried rules go live at their date of effect. Rules without a report are refused.

    Example: greenlane rules adopt new.yaml --by anna@example.org --why "More room for the live queue"
    """
    with _faults_told():
        from greenlane.planning.rule_trial.rule_file import read_rules

        book = read_rules(file)
    _start_django()
    from greenlane.planning.queries.rules import version_of_digest
    from greenlane.planning.rule_commands import adopt_rules
    from greenlane.registry.clock import now
    from greenlane.registry.models import Account

    account = Account.objects.filter(username=by, is_active=True).first()
    if account is None:
        _refuse("--by", f"There is no account {by!r}.", "Give the user name of an administrator.")
    adoption = adopt_rules(account, version_of_digest(book.digest), why, now())
    typer.echo(
        f"{book.checkpoint} {book.direction}: version {adoption.version.number} holds from {book.effective}"
    )


@dataclass(frozen=True, slots=True)
class _Line:
    """A checkpoint and direction as described, with the rules in force; ``today`` is its local date."""

    described: crossing.Checkpoint
    rules: RuleBook
    today: date


@dataclass(frozen=True, slots=True)
class _Asked:
    weeks: int
    first: date | None
    recorded: bool
    bots: float | None
    seed: int


def _in_force(code: str, direction: str, crossing_file: str) -> _Line:
    if crossing_file:
        return _of_file(code, direction, crossing_file)
    _start_django()
    from greenlane.planning.queries.rules import rules_in_force
    from greenlane.registry.clock import now
    from greenlane.registry.queries import checkpoint, checkpoint_document, direction_document

    here = checkpoint(code)
    direction_document(here, direction)
    today = now().astimezone(ZoneInfo(here.zone)).date()
    return _Line(checkpoint_document(here), rules_in_force(here, direction), today)


def _of_file(code: str, direction: str, crossing_file: str) -> _Line:
    from greenlane.planning.rule_trial.rules import described_rules
    from greenlane.registry.crossing_finding import find_crossing

    found = find_crossing(crossing_file)
    known = {each.code: each for each in found.checkpoints}
    if code not in known:
        _refuse("checkpoint", f"There is no checkpoint {code!r} there.", f"Use one of: {', '.join(known)}.")
    if direction not in known[code].directions:
        _refuse("direction", f"There is no {direction!r}.", f"Use: {', '.join(known[code].directions)}.")
    today = datetime.now(ZoneInfo(known[code].zone)).date()
    return _Line(known[code], described_rules(known[code], direction, today), today)


def _wishes(line: _Line, new: RuleBook, asked: _Asked) -> tuple[Wishes, str]:
    """The wishes, and what is assumed of them."""
    if asked.recorded:
        from greenlane.planning.queries.wishes import recorded_wishes
        from greenlane.registry.queries import checkpoint

        first = asked.first or line.today - timedelta(days=7 * asked.weeks)
        here = checkpoint(new.checkpoint)
        return recorded_wishes(here, new.direction, first, asked.weeks, asked.seed), ""
    from greenlane.planning.rule_trial.carriers import USUAL
    from greenlane.planning.rule_trial.simulated_wishes import simulated_wishes

    mix = USUAL if asked.bots is None else replace(USUAL, bot_share=asked.bots)
    first = asked.first or new.effective
    wishes = simulated_wishes(line.described, new.direction, first, asked.weeks, asked.seed, mix)
    return wishes, mix.assumed


def _keep(found: TrialReport) -> str:
    """Keep the report; where it can be read."""
    from django.urls import reverse

    from greenlane.planning.rule_commands import keep_report
    from greenlane.registry.clock import now
    from greenlane.registry.queries import checkpoint

    here = checkpoint(found.new.checkpoint)
    kept = keep_report(here, found, None, now())
    return reverse("planning:rules_report", args=(here.code, found.new.direction, kept.pk))


def _write_page(directory: Path, found: TrialReport) -> None:
    from greenlane.planning.rule_trial.page import page

    try:
        directory.mkdir(parents=True, exist_ok=True)
        (directory / "index.html").write_text(page(found), encoding="utf-8")
    except OSError as error:
        _refuse("--report", f"{directory}: {error.strerror}.", "Give another directory.")
    typer.echo(f"report: {directory / 'index.html'}", err=True)


@contextmanager
def _progress() -> Iterator[Callable[[str], None]]:
    """Told what is being done: on a terminal's standard error only."""
    from rich.console import Console

    console = Console(stderr=True, highlight=False)
    if not console.is_terminal:
        yield lambda _: None
        return
    with console.status("trying the rules") as status:
        yield lambda what: status.update(f"trying the rules: {what}")


@contextmanager
def _faults_told() -> Iterator[None]:
    """Every fault of the file, one a line, and exit status 1."""
    from greenlane.planning.rule_trial.rule_file import RuleFileError

    try:
        yield
    except RuleFileError as error:
        for line in error.lines():
            typer.echo(line)
        raise typer.Exit(1) from None


def _refuse(field: str, message: str, mend: str) -> NoReturn:
    raise GreenlaneError("rules", message, field=field, mend=mend)


def _start_django() -> None:
    import django

    django.setup()
