"""``greenlane simulate``: a day at a checkpoint on the twin, as described or as it might be."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from greenlane.twin.comparison import Case

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.command()
def _simulate(
    crossing: Annotated[
        str, typer.Argument(help="Code of a crossing, such as yahodyn-dorohusk, or a crossing file.")
    ],
    checkpoint: Annotated[
        str, typer.Option(help="Which of its checkpoints, by code or side; the first when left out.")
    ] = "A",
    direction: Annotated[str, typer.Option(help="outbound or inbound.")] = "outbound",
    day: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="First local day; today when left out.")
    ] = None,
    days: Annotated[int, typer.Option(min=1, max=366, help="How many days.")] = 1,
    replications: Annotated[
        int, typer.Option(min=1, max=100_000, help="How many runs, each with luck of its own.")
    ] = 30,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same result.")] = 1,
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="PATH=VALUE", help="What is otherwise than described; may be repeated."
        ),
    ] = None,
    versus: Annotated[
        list[str] | None,
        typer.Option(
            "--vs",
            metavar="OTHER",
            help="Compare with: described, other settings, or another crossing's code or file.",
        ),
    ] = None,
    until: Annotated[
        str,
        typer.Option(
            metavar="CLOCK.FIGURE:MINUTES",
            help="Add runs until the half-width of a figure is that small, such as inside.p95:0.2.",
        ),
    ] = "",
    warm_up_days: Annotated[
        int, typer.Option(min=0, max=30, help="Days before the first, run and not counted.")
    ] = 1,
    threads: Annotated[
        int | None, typer.Option(min=1, max=1024, help="As many as processors when left out.")
    ] = None,
    pictures: Annotated[
        Path | None, typer.Option(help="Directory for the plots, as SVG; made where it is missing.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Simulate one direction of a checkpoint: clocks, waits and occupancy by stage, with 95 % intervals.

    What can be set: lanes.STAGE (with hours, how many are open then), arrivals (times as many),
    channels.CHANNEL and classes.CLASS (shares), service.STAGE (times as long) and service.STAGE.mean_s,
    room.STAGE, call_up.rule, call_up.limit, call_up.target, call_up.lead, turnout.no_show_share,
    turnout.unbooked_share, slots.capacity. A path may be followed by @HH:MM-HH:MM for lanes and arrivals.

    Examples:

        greenlane simulate yahodyn-dorohusk

        greenlane simulate yahodyn-dorohusk --set lanes.customs@18:00-24:00=5 --vs described

        greenlane simulate otay-mesa --direction inbound --set arrivals=1.2 --vs arrivals=1.2,lanes.primary=10

        greenlane simulate yahodyn-dorohusk --until inside.p95:0.2 --json
    """
    from greenlane.twin.comparison import Asked, Precision, cases_of, run_cases
    from greenlane.twin.report import as_document, show

    asked = Asked(
        crossing=crossing,
        checkpoint=checkpoint,
        direction=direction,
        day=day.date() if day else datetime.now(UTC).astimezone().date(),
        days=days,
        warm_up_days=warm_up_days,
    )
    cases = cases_of(asked, settings or (), versus or ())
    precision = Precision.read(until) if until else None
    results = run_cases(cases, replications, seed, precision=precision, threads=threads)
    if pictures is not None:
        _draw(results, pictures)
    if as_json:
        typer.echo(json.dumps(as_document(asked, results), allow_nan=False))
    else:
        show(asked, results)


def _draw(results: list[Case], directory: Path) -> None:
    from greenlane.twin.pictures import pictures_of, write_pictures

    write_pictures(pictures_of(results), directory)
    print(f"plots: {directory}", file=sys.stderr)
