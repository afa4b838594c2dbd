"""``greenlane forecast``: the next hours at a checkpoint, from who is there now."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

if TYPE_CHECKING:
    from greenlane.twin.result import Result

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


class Way(StrEnum):
    OUTBOUND = "outbound"
    INBOUND = "inbound"


@app.command()
def _forecast(
    code: Annotated[str, typer.Argument(metavar="CHECKPOINT", help="Code of the checkpoint.")],
    direction: Annotated[Way, typer.Option(help="Which way.")] = Way.OUTBOUND,
    hours: Annotated[int, typer.Option(min=1, max=24, help="How far ahead.")] = 6,
    replications: Annotated[int, typer.Option(min=2, max=10_000, help="How many runs.")] = 100,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same luck.")] = 1,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="PATH=VALUE", help="What is otherwise, as of `greenlane simulate`."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
) -> None:
    """Forecast the clocks of the next hours: the twin goes on from the state of the checkpoint now.

    Example: greenlane forecast yahodyn --hours 4 --set lanes.customs=4
    """
    import django

    django.setup()
    from greenlane.planning.queries import scenario_from_now
    from greenlane.registry.clock import now
    from greenlane.registry.queries import checkpoint as checkpoint_of
    from greenlane.twin.setting import read_settings
    from greenlane.twin.simulation import simulate

    checkpoint, at = checkpoint_of(code), now()
    scenario = scenario_from_now(checkpoint, direction, at, hours * 60.0, read_settings(settings or ()))
    result = simulate(scenario, replications, seed)
    names = _names(at.astimezone(ZoneInfo(checkpoint.zone)), hours)
    if as_json:
        typer.echo(json.dumps(_document(result, code, direction, at, names), allow_nan=False))
    else:
        _show(result, code, direction, names)


def _names(local: datetime, hours: int) -> list[str]:
    return [f"{local + timedelta(hours=hour):%H:%M}" for hour in range(hours)]


def _show(result: Result, code: str, direction: str, names: list[str]) -> None:
    from rich.console import Console

    from greenlane.twin.report import hour_table

    console = Console(width=None if Console().is_terminal else 120, highlight=False)
    start = result.scenario.start
    assert start is not None
    console.print(
        f"{code} {direction}, from {names[0]}: {len(start.inside)} inside, {len(start.outside)} outside; "
        f"{result.replications} replications by the {result.engine}; minutes"
    )
    console.print(hour_table(result, names))


def _document(result: Result, code: str, direction: str, at: datetime, names: list[str]) -> dict[str, Any]:
    from greenlane.twin.report import finite

    start = result.scenario.start
    assert start is not None
    return {
        "checkpoint": code,
        "direction": direction,
        "at": at.isoformat(),
        "inside": len(start.inside),
        "outside": len(start.outside),
        "replications": result.replications,
        "from": names,
        "trucks": finite(result.trucks_by_hour()),
        **{
            f"{clock}_p{round(level * 100)}": finite(result.by_hour(clock, level))
            for clock in ("outside", "inside")
            for level in (0.5, 0.95)
        },
    }
