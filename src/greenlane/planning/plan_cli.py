"""``greenlane plan``: the cheapest roster and the largest quotas that keep the standard."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from greenlane.planning.levers import Worth
    from greenlane.planning.plan import Plan

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
Amounts = list[str] | None


@app.command()
def _plan(
    crossing: Annotated[
        str, typer.Argument(help="Code of a crossing, such as yahodyn-dorohusk, or a crossing file.")
    ],
    checkpoint: Annotated[str, typer.Option(help="Which of its checkpoints, by code or side.")] = "A",
    direction: Annotated[str, typer.Option(help="outbound or inbound.")] = "outbound",
    day: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The local day; today when left out.")
    ] = None,
    target: Annotated[float, typer.Option(help="Minutes of the standard.")] = 10.0,
    quantile: Annotated[float, typer.Option(help="Share of trucks that keep it, 0 to 1.")] = 0.95,
    clocks: Annotated[str, typer.Option(help="Of inside,outside.")] = "inside,outside",
    channels: Annotated[
        str, typer.Option(help="Channels counted, or all; those without physical inspection when left out.")
    ] = "",
    demand: Annotated[
        Path | None, typer.Option(help="CSV with hour,trucks in place of what is described.")
    ] = None,
    settings: Annotated[
        Amounts, typer.Option("--set", metavar="PATH=VALUE", help="As of `greenlane simulate`.")
    ] = None,
    lane_hour: Annotated[
        Amounts, typer.Option(metavar="STAGE=COST", help="Of an open lane, an hour; 1.")
    ] = None,
    crew: Annotated[Amounts, typer.Option(metavar="STAGE=N", help="Officers of an open lane; 1.")] = None,
    officers: Annotated[Amounts, typer.Option(metavar="STAGE=N", help="Officers there are for it.")] = None,
    officer_hour: Annotated[float, typer.Option(help="Cost of an officer, an hour.")] = 1.0,
    shifts: Annotated[str, typer.Option(help="Hours that shifts may last.")] = "8,12",
    every: Annotated[int, typer.Option(help="Minutes between times at which shifts may begin.")] = 120,
    breaks: Annotated[int, typer.Option("--break", help="Minutes of break in a shift.")] = 0,
    block: Annotated[int, typer.Option(help="Minutes for which lanes stay as they are.")] = 120,
    places: Annotated[int | None, typer.Option(help="Of the parks; as described when left out.")] = None,
    neighbour: Annotated[float | None, typer.Option(help="Trucks an hour that the other side takes.")] = None,
    slot: Annotated[int, typer.Option(help="Most bookings of a slot.")] = 200,
    frontier: Annotated[bool, typer.Option("--frontier", help="Show what other shares would cost.")] = False,
    levers: Annotated[
        bool, typer.Option("--levers", help="Rank what each single change would be worth.")
    ] = False,
    truck_hour: Annotated[float, typer.Option(help="Cost of a truck's time, an hour; for levers.")] = 1.0,
    replications: Annotated[int, typer.Option(min=2, max=1000, help="Runs of the search.")] = 30,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same plan.")] = 1,
    pictures: Annotated[Path | None, typer.Option(help="Directory for the plots, as SVG.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Plan a day: the cheapest roster that keeps the standard, and the most bookings that it carries.

    A plan is found on one luck and verified on another. Where no roster keeps the standard, it says which
    stage and hour bind, and what the nearest shares cost.

    Examples:

        greenlane plan yahodyn-dorohusk --direction inbound --channels green

        greenlane plan otay-mesa --checkpoint otay-mesa-us --direction inbound --clocks inside --quantile 0.9

        greenlane plan yahodyn-dorohusk --lane-hour customs=40 --officer-hour 25 --officers customs=12 --json
    """
    from greenlane.planning.levers import ranked_levers
    from greenlane.planning.plan import make_plan
    from greenlane.planning.plan_report import as_document, lever_documents, show
    from greenlane.planning.plan_wishes import PlanWishes, wanted_of
    from greenlane.planning.wishes import amounts, clocks_named, whole_numbers, with_demand
    from greenlane.twin.comparison import Asked, checkpoint_of
    from greenlane.twin.setting import read_settings

    first = day.date() if day else datetime.now(UTC).astimezone().date()
    described = checkpoint_of(Asked(crossing, checkpoint, direction, first))
    stages = [stage.code for stage in described.directions[direction].stages]
    if demand is not None:
        described = with_demand(described, direction, demand)
    wishes = PlanWishes(
        first,
        target,
        quantile,
        clocks_named(clocks),
        channels,
        tuple(settings or ()),
        amounts(lane_hour or (), "--lane-hour", stages),
        amounts(crew or (), "--crew", stages),
        amounts(officers or (), "--officers", stages),
        officer_hour,
        whole_numbers(shifts, "--shifts"),
        every,
        breaks,
        block,
        places,
        neighbour,
        slot,
        replications,
        seed,
    )
    scenario, wanted = wanted_of(described, direction, wishes)
    with _progress() as told:
        plan = make_plan(scenario, wanted, wants_frontier=frontier, told=told)
        worth: list[Worth] = []
        if levers:
            worth = ranked_levers(
                described,
                direction,
                first,
                read_settings(settings or ()),
                kinds=wanted.goal.kinds,
                lane_hour=1.0 + officer_hour,
                truck_hour=truck_hour,
                replications=replications,
                seed=seed,
                told=told,
            )
    if pictures is not None:
        _draw(plan, pictures)
    if as_json:
        typer.echo(json.dumps({**as_document(plan), "levers": lever_documents(worth)}, allow_nan=False))
    else:
        show(plan, f"{described.names.en} {direction}, {first:%a %d %b %Y}", worth)


@contextmanager
def _progress() -> Iterator[Callable[[str], None]]:
    """What the planner does, on standard error where that is a terminal."""
    from rich.console import Console

    if not sys.stderr.isatty():
        yield lambda _what: None
        return
    with Console(stderr=True).status("planning") as status:
        yield lambda what: status.update(f"planning: {what}")


def _draw(plan: Plan, directory: Path) -> None:
    from greenlane.planning.plan_report import pictures_of
    from greenlane.twin.pictures import write_pictures

    write_pictures(pictures_of(plan), directory)
    print(f"plots: {directory}", file=sys.stderr)
