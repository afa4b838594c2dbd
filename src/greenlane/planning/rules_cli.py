"""``greenlane rules``: booking rules shown, tried before they go live, and adopted."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from greenlane.planning.resale_cli import resale
from greenlane.planning.rules_line import (
    CrossingOption,
    Line,
    faults_told,
    in_force,
    progress,
    refuse,
    start_django,
    write_page,
)

if TYPE_CHECKING:
    from greenlane.planning.rule_trial.rules import RuleBook
    from greenlane.planning.rule_trial.trial import TrialReport
    from greenlane.planning.rule_trial.wishes import Wishes

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Booking rules as files: show those in force, try new ones on past or simulated weeks, adopt them.",
)


@app.callback()
def _rules() -> None:
    """Booking rules: show, try, adopt."""


@app.command()
def show(
    checkpoint: Annotated[str, typer.Argument(metavar="CHECKPOINT", help="Code of the checkpoint.")],
    direction: Annotated[str, typer.Option(help="outbound or inbound.")] = "outbound",
    crossing: CrossingOption = "",
) -> None:
    """Print the rules in force as a file: change it, and try it.

    Example: greenlane rules show yahodyn > new.yaml
    """
    from greenlane.planning.rule_trial.rule_file import rules_text

    typer.echo(rules_text(in_force(checkpoint, direction, crossing).rules), nl=False)


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
    crossing: CrossingOption = "",
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
        refuse("--recorded", "A crossing's file has no record.", "Leave out --crossing or --recorded.")
    with faults_told():
        from greenlane.planning.rule_trial.rule_file import read_rules

        new = read_rules(file)
    line = in_force(new.checkpoint, new.direction, crossing)
    asked = _Asked(weeks, first.date() if first else None, recorded, bots, seed)
    with progress() as tell:
        tell("the wishes")
        wishes, assumed = _wishes(line, new, asked)
        found = try_rules(line.described, line.rules, new, wishes, seed, assumed=assumed, progress=tell)
    kept = "" if crossing else _keep(found)
    if report is not None:
        from greenlane.planning.rule_trial.page import page

        write_page(report, page(found))
    if as_json:
        typer.echo(json.dumps(found.as_document(), allow_nan=False))
    else:
        from greenlane.planning.rule_trial.table import show as show_table

        show_table(found)
    if kept:
        typer.echo(f"kept: {kept}", err=True)


app.command()(resale)


@app.command()
def adopt(
    file: Annotated[Path, typer.Argument(metavar="NEW.yaml", help="The rules, just as they were tried.")],
    by: Annotated[str, typer.Option(help="User name of the administrator who decides.")],
    why: Annotated[str, typer.Option(help="The reason; public.")],
) -> None:
    """Let tried rules go live at their date of effect. Rules without a report are refused.

    Example: greenlane rules adopt new.yaml --by anna@example.org --why "More room for the live queue"
    """
    with faults_told():
        from greenlane.planning.rule_trial.rule_file import read_rules

        book = read_rules(file)
    start_django()
    from greenlane.planning.queries.rules import version_of_digest
    from greenlane.planning.rule_commands import adopt_rules
    from greenlane.registry.clock import now
    from greenlane.registry.models import Account

    account = Account.objects.filter(username=by, is_active=True).first()
    if account is None:
        refuse("--by", f"There is no account {by!r}.", "Give the user name of an administrator.")
    adoption = adopt_rules(account, version_of_digest(book.digest), why, now())
    typer.echo(
        f"{book.checkpoint} {book.direction}: version {adoption.version.number} holds from {book.effective}"
    )


@dataclass(frozen=True, slots=True)
class _Asked:
    weeks: int
    first: date | None
    recorded: bool
    bots: float | None
    seed: int


def _wishes(line: Line, new: RuleBook, asked: _Asked) -> tuple[Wishes, str]:
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
