"""The console command ``greenlane``. A room's commands are imported only when they are called."""

from __future__ import annotations

import importlib
import os
import sys

import typer

from greenlane.errors import GreenlaneError

# name, "module:typer application", what it does
COMMANDS = (
    ("serve", "greenlane.site.cli:serve", "Run everything: database, web server, jobs worker."),
    ("play", "greenlane.player.cli:app", "Send a crossing's traffic to a running Greenlane."),
    ("crossing", "greenlane.registry.cli:app", "Check and load crossing files."),
    ("standard", "greenlane.standard.cli:app", "The clocks against the ten minutes: recompute, report."),
    ("gate", "greenlane.gate.cli:app", "Passes and readings at a barrier, also offline."),
    ("ballot", "greenlane.booking.ballot_cli:app", "Draw a published ballot again, and tell if it holds."),
    ("order", "greenlane.callup.order_cli:app", "The public log of order: verify a file, check, export."),
    ("simulate", "greenlane.twin.cli:app", "A checkpoint on the twin: clocks, waits, and what if."),
    ("calibrate", "greenlane.planning.calibrate_cli:app", "Fit a crossing's figures to what was measured."),
    ("plan", "greenlane.planning.plan_cli:app", "The cheapest roster and the quotas that keep the standard."),
    ("forecast", "greenlane.planning.cli:app", "The next hours at a checkpoint, from who is there now."),
    ("rules", "greenlane.planning.rules_cli:app", "Booking rules: show, try, adopt."),
    ("database", "greenlane.site.cli:database", "Start, stop and open the embedded PostgreSQL."),
    ("prepare", "greenlane.site.cli:prepare", "Bring the database up to date."),
    ("warm", "greenlane.site.cli:warm", "Compile the twin, so that no page waits for it."),
    ("demo", "greenlane.site.demo_cli:app", "Print the demo accounts with their codes of this half minute."),
    ("web", "greenlane.site.cli:web", "Run the web server alone."),
    ("work", "greenlane.site.cli:work", "Run the jobs worker alone."),
)

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help: the rich one takes twice as long to load as all the rest
    help="""Greenlane: freight across a border checkpoint within ten minutes, and proof of it.

    Start here:

        greenlane serve --demo      then open http://localhost:8000

    `greenlane COMMAND --help` shows what each command takes, with examples.
    """,
)


def _mount(name: str, target: str, help_line: str) -> None:
    """Add a command that hands its arguments on to a Typer application, imported at that moment."""

    def call(context: typer.Context) -> None:
        module, _, attribute = target.partition(":")
        room = getattr(importlib.import_module(module), attribute)
        typer.main.get_command(room)(context.args, prog_name=f"greenlane {name}")

    settings = {"allow_extra_args": True, "ignore_unknown_options": True, "allow_interspersed_args": False}
    app.command(name, help=help_line, add_help_option=False, context_settings=settings)(call)


for _command in COMMANDS:
    _mount(*_command)


def main() -> None:
    """Run the command line; a refusal is one line on standard error and exit status 2."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "greenlane.site.settings")
    if "GREENLANE_LIFELINE" in os.environ:
        from greenlane.site.lifeline import hold

        hold()
    try:
        app()
    except GreenlaneError as error:
        print("greenlane:", " ".join(str(error).split()), file=sys.stderr)
        sys.exit(2)
