"""A plan's wishes as a person writes them: costs, officers, demand by hour. Pure: no Django."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from greenlane.planning.goal import CLOCKS, PlanError
from greenlane.planning.staffing.posts import Post
from greenlane.registry import crossing
from greenlane.twin.scenario import Scenario

EXAMINED = "red"
"""The channel of trucks that are sent to physical inspection."""


def amounts(texts: Iterable[str], field: str, known: Sequence[str]) -> dict[str, float]:
    """Numbers by code, from texts such as ``customs=40``.

    Raises:
        PlanError: a text of another form, or an unknown code.
    """
    found = {}
    for text in texts:
        code, stroke, number = text.partition("=")
        if code not in known:
            raise PlanError(field, f"There is no {code!r}.", f"Use one of: {', '.join(known)}.")
        try:
            found[code] = float(number)
        except ValueError:
            found[code] = -1.0
        if not stroke or not 0.0 <= found[code] < float("inf"):
            raise PlanError(field, f"{text!r} says no amount.", "Write STAGE=NUMBER, such as customs=40.")
    return found


def with_costs(
    posts: Sequence[Post], lane_hour: dict[str, float], crew: dict[str, float]
) -> tuple[Post, ...]:
    """Posts with their lanes' costs and the officers that a lane takes, by stage."""
    return tuple(
        replace(
            post,
            lane_hour=lane_hour.get(post.stages[0], post.lane_hour),
            officers=int(crew.get(post.stages[0], post.officers)),
        )
        for post in posts
    )


def kinds_counted(scenario: Scenario, channels: str) -> tuple[str, ...]:
    """Kinds held against the standard: of the channels named, of all for ``all``, of all that are not sent to
    physical inspection when nothing is named.

    Raises:
        PlanError: an unknown channel.
    """
    codes = [kind.code for kind in scenario.model.kinds]
    there = list(dict.fromkeys(code.split("/")[0] for code in codes))
    if channels == "all":
        return tuple(codes)
    wanted = channels.split(",") if channels else [code for code in there if code != EXAMINED]
    for code in wanted:
        if code not in there:
            raise PlanError("--channels", f"There is no {code!r}.", f"Use all, or of: {', '.join(there)}.")
    return tuple(code for code in codes if code.split("/")[0] in wanted)


def clocks_named(text: str) -> tuple[str, ...]:
    """The clocks of a text such as ``inside,outside``; PlanError for others."""
    named = tuple(part.strip() for part in text.split(",") if part.strip())
    if not named or any(clock not in CLOCKS for clock in named):
        raise PlanError("--clocks", f"{text!r} names no clocks.", f"Use one or both of: {', '.join(CLOCKS)}.")
    return named


def whole_numbers(text: str, field: str) -> tuple[int, ...]:
    """Whole numbers of a text such as ``8,12``; PlanError for others."""
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise PlanError(field, f"{text!r} are no whole numbers.", "Write such as 8,12.") from None


def with_demand(checkpoint: crossing.Checkpoint, direction: str, file: Path) -> crossing.Checkpoint:
    """The checkpoint with the trucks an hour of a CSV file: columns ``hour``, 0 to 23, and ``trucks``.

    Raises:
        PlanError: no such file, or a line that is not right, by its number.
    """
    hourly = _hourly(file)
    course = checkpoint.directions[direction]
    arrivals = replace(course.arrivals, hourly=hourly, weekday_factor=(1.0,) * 7)
    directions = {**checkpoint.directions, direction: replace(course, arrivals=arrivals)}
    return replace(checkpoint, directions=directions)


def _hourly(file: Path) -> tuple[float, ...]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            rows = list(csv.DictReader(lines))
    except (OSError, UnicodeDecodeError) as error:
        raise PlanError("--demand", f"{file} cannot be read.", "Give a CSV file in UTF-8.") from error
    found: dict[int, float] = {}
    for number, row in enumerate(rows, 2):
        try:
            hour, trucks = int(row["hour"]), float(row["trucks"])
        except (KeyError, TypeError, ValueError):
            hour, trucks = -1, -1.0
        if not 0 <= hour <= 23 or not 0.0 <= trucks < float("inf") or hour in found:
            raise PlanError(
                "--demand",
                f"{file}, line {number}: no hour with its trucks, or an hour once more.",
                "Write the columns hour,trucks with each hour from 0 to 23 once.",
            )
        found[hour] = trucks
    if len(found) < 24:
        raise PlanError("--demand", f"{file} has {len(found)} of 24 hours.", "Give every hour from 0 to 23.")
    return tuple(found[hour] for hour in range(24))
