"""``greenlane rules resale``: what a reseller of places earns under some rules."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from greenlane.planning.rules_line import CrossingOption, faults_told, in_force, progress, write_page


def resale(
    file: Annotated[Path, typer.Argument(metavar="RULES.yaml", help="The rules, as `show` prints them.")],
    weeks: Annotated[int, typer.Option(min=1, max=12, help="Simulated weeks of each run.")] = 2,
    runs: Annotated[int, typer.Option(min=1, max=100, help="Runs; an interval needs two.")] = 6,
    price: Annotated[float, typer.Option(min=0.0, help="Of a place, in euro.")] = 300.0,
    sensitivity: Annotated[
        bool, typer.Option(help="Try other values of every assumption without a source.")
    ] = False,
    first: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First local day.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same result.")] = 1,
    report: Annotated[Path | None, typer.Option(help="Directory for the report as a page.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
    crossing: CrossingOption = "",
) -> None:
    """What a reseller of places earns under these rules: without those against resale, under each alone and
    under all; and what honest trips get beside it. Takes a minute or two.

    Example: greenlane rules resale rules.yaml --crossing nur-zholy-khorgos --report report
    """
    with faults_told():
        from greenlane.planning.rule_trial.rule_file import read_rules

        book = read_rules(file)
    from greenlane.planning.rule_trial.reselling.page import page
    from greenlane.planning.rule_trial.reselling.reseller import VARIED, Reseller
    from greenlane.planning.rule_trial.reselling.trial import AT_PRICES, try_resale
    from greenlane.planning.rule_trial.reselling.words import show as show_resale

    line = in_force(book.checkpoint, book.direction, crossing)
    day = first.date() if first else book.effective
    varied = AT_PRICES + (VARIED if sensitivity else ())
    with progress() as tell:
        found = try_resale(
            line.described,
            book,
            day,
            Reseller(price=price),
            weeks=weeks,
            runs=runs,
            seed=seed,
            varied=varied,
            progress=tell,
        )
    if report is not None:
        write_page(report, page(found))
    if as_json:
        typer.echo(json.dumps(found.as_document(), allow_nan=False))
    else:
        show_resale(found)
