"""``greenlane calibrate``: a crossing's figures from what was read of its trucks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from greenlane.twin.calibration.observations import CalibrationError

if TYPE_CHECKING:
    from greenlane.registry.crossing import Checkpoint, Crossing
    from greenlane.twin.calibration.calibration import Calibration
    from greenlane.twin.calibration.figures import Figures
    from greenlane.twin.calibration.observations import Observations
    from greenlane.twin.calibration.validation import Compared

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
_DAYS_BACK = 30


@dataclass(frozen=True, slots=True)
class _Source:
    """Where the readings are, and which of them are asked for."""

    crossing: str
    events: Path | None
    checkpoint: str
    direction: str
    first: datetime | None
    last: datetime | None


@app.command()
def calibrate(
    crossing: Annotated[str, typer.Argument(help="Code of a crossing, or a crossing file.")],
    events: Annotated[
        Path | None,
        typer.Argument(help="CSV or Parquet, one row a reading; the platform's own passages when left out."),
    ] = None,
    checkpoint: Annotated[
        str, typer.Option(help="Which of its checkpoints, by code or side; the first when left out.")
    ] = "A",
    direction: Annotated[str, typer.Option(help="outbound or inbound.")] = "outbound",
    first: Annotated[
        datetime | None,
        typer.Option("--from", formats=["%Y-%m-%d"], help="First local day; 30 days back, or all of EVENTS."),
    ] = None,
    last: Annotated[
        datetime | None,
        typer.Option("--to", formats=["%Y-%m-%d"], help="Last local day; today, or all of EVENTS."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="The new crossing file; CODE.calibrated-DATE.yaml when left out.")
    ] = None,
    report: Annotated[
        Path | None, typer.Option(help="Directory for a page with all fits, and the twin against the record.")
    ] = None,
    replications: Annotated[int, typer.Option(min=1, max=1000, help="Of the twin, for the report.")] = 10,
    replace: Annotated[bool, typer.Option("--replace", help="Write over what an earlier run wrote.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Fit service times, shares, punctuality and arrivals to what was read, and write a new crossing file.

    The crossing's own file is never touched: check the new one, then put it in force with
    `greenlane crossing load`. What too few trucks show stays as it was and is listed.

    Examples:

        greenlane calibrate yahodyn-dorohusk --from 2026-10-26 --to 2026-11-22 --report calibration

        greenlane calibrate crossings/otay-mesa.yaml events.csv --direction inbound --json
    """
    asked = _Source(crossing, events, checkpoint, direction, first, last)
    described, seen, start, end = _observed(asked)
    place, way = _direction(described, checkpoint, direction)
    target = _target(out, described.code, place.zone, asked, replace)
    found, figures, validated = _worked_out(
        described, place, direction, seen, start, end, replications if report else 0
    )
    if figures.changes:
        from greenlane.registry.crossing_writer import crossing_text

        _write(target, crossing_text(figures.crossing))
    if report is not None:
        from greenlane.twin.calibration.page import page

        title = f"Calibration of {place.names.en}, {direction}"
        text = page(title, place.directions[way], found, figures, validated)
        _make(report)
        _write(report / "index.html", text)
    if as_json:
        typer.echo(json.dumps(_document(found, figures, validated, target), allow_nan=False))
    else:
        _show(place, direction, found, figures, validated)
        _tell(f"written: {target}" if figures.changes else "nothing was found, nothing was written")
        if report is not None:
            _tell(f"report: {report / 'index.html'}")
    raise typer.Exit(0 if figures.changes else 1)


def _observed(asked: _Source) -> tuple[Crossing, Observations, datetime, datetime]:
    """The crossing as described, what was read, and from when to when."""
    return _of_file(asked) if asked.events else _of_platform(asked)


def _of_file(asked: _Source) -> tuple[Crossing, Observations, datetime, datetime]:
    from greenlane.registry.crossing_finding import find_crossing
    from greenlane.twin.calibration.events_file import read_events
    from greenlane.twin.calibration.observations import between

    assert asked.events is not None
    described = find_crossing(asked.crossing)
    place, _ = _direction(described, asked.checkpoint, asked.direction)
    with _progress("reading") as tell:
        seen = read_events(asked.events, place.zone, lambda rows: tell(f"{rows:,} readings"))
    zone = ZoneInfo(place.zone)
    start = _midnight(asked.first, zone) or seen.epoch
    end = _after(asked.last, zone) or seen.epoch + timedelta(minutes=seen.until)
    _check_period(start, end)
    minutes = ((each - seen.epoch) / timedelta(minutes=1) for each in (start, end))
    first, last = minutes
    return described, between(seen, first, last + 1e-6), start, end


def _of_platform(asked: _Source) -> tuple[Crossing, Observations, datetime, datetime]:
    import django

    django.setup()
    from greenlane.planning.queries.observed import observations
    from greenlane.registry.clock import now
    from greenlane.registry.crossing_file import read_crossing
    from greenlane.registry.queries import checkpoint as checkpoint_of
    from greenlane.registry.queries import crossing_document

    is_file = asked.crossing.endswith((".yaml", ".yml"))
    described = read_crossing(asked.crossing) if is_file else crossing_document(asked.crossing)
    place, _ = _direction(described, asked.checkpoint, asked.direction)
    zone, at = ZoneInfo(place.zone), now()
    end = min(_after(asked.last, zone) or at, at)
    start = _midnight(asked.first, zone) or _midnight(end - timedelta(days=_DAYS_BACK), zone)
    assert start is not None
    _check_period(start, end)
    with _progress("reading") as tell:
        tell(f"passages of {place.code}")
        seen = observations(checkpoint_of(place.code), asked.direction, start, end)
    return described, seen, start.astimezone(zone), end.astimezone(zone)


def _direction(described: Crossing, code: str, direction: str) -> tuple[Checkpoint, str]:
    from greenlane.twin.calibration.figures import described_direction

    with suppress(KeyError):
        code = described.checkpoint(code).code
    place, _ = described_direction(described, code, direction)
    return place, direction


def _midnight(day: datetime | None, zone: ZoneInfo) -> datetime | None:
    return None if day is None else datetime.combine(day.date(), time.min, zone)


def _after(day: datetime | None, zone: ZoneInfo) -> datetime | None:
    return None if day is None else _midnight(day + timedelta(days=1), zone)


def _check_period(start: datetime, end: datetime) -> None:
    if start >= end:
        raise CalibrationError("--from", "The period has no day.", "Give a first day not after the last.")


def _target(out: Path | None, code: str, zone: str, asked: _Source, replace: bool) -> Path:
    """Where the new file goes; refused before the work is done rather than after."""
    today = datetime.now(ZoneInfo(zone)).date()
    target = out or Path(f"{code}.calibrated-{today}.yaml")
    source = _source_file(asked.crossing)
    if source is not None and target.exists() and target.samefile(source):
        raise CalibrationError("--out", f"{target} is the crossing's own file.", "Give another name.")
    if target.exists() and not replace:
        raise CalibrationError("--out", f"{target} is there already.", "Give --replace, or another --out.")
    return target


def _source_file(crossing: str) -> Path | None:
    from greenlane.errors import GreenlaneError
    from greenlane.registry.crossing_finding import crossing_path

    try:
        path = crossing_path(crossing)
    except GreenlaneError:
        return None
    return path if path.exists() else None


def _worked_out(
    described: Crossing,
    place: Checkpoint,
    direction: str,
    seen: Observations,
    start: datetime,
    end: datetime,
    replications: int,
) -> tuple[Calibration, Figures, tuple[Compared, ...]]:
    """Fits, figures and, where replications are asked for, the twin held against the record."""
    from greenlane.twin.calibration.calibration import calibrate as fitted
    from greenlane.twin.calibration.figures import with_figures
    from greenlane.twin.calibration.validation import compared, recorded_clocks, simulated_clocks

    slot_minutes = place.directions[direction].slots.slot_minutes
    with _progress("fitting") as tell:
        found = fitted(seen, start, end, slot_minutes=slot_minutes, progress=tell)
        figures = with_figures(described, place.code, direction, found)
    validated: tuple[Compared, ...] = ()
    if replications and found.passages:
        with _progress("simulating") as tell:
            simulated = simulated_clocks(
                figures.crossing.checkpoint(place.code),
                direction,
                seen,
                replications=replications,
                progress=lambda done: tell(f"{done} of {replications}"),
            )
        validated = compared(recorded_clocks(seen), simulated)
    return found, figures, validated


@contextmanager
def _progress(what: str) -> Iterator[Any]:
    """A function that tells what is being done: on a terminal's standard error only."""
    from rich.console import Console

    console = Console(stderr=True, highlight=False)
    if not console.is_terminal:
        yield lambda told: None
        return
    with console.status(what) as status:
        yield lambda told: status.update(f"{what}: {told}")


def _show(
    place: Checkpoint, direction: str, found: Calibration, figures: Figures, validated: tuple[Compared, ...]
) -> None:
    from rich.console import Console
    from rich.table import Table

    from greenlane.twin.calibration.figures import period_of

    console = Console(width=None if Console().is_terminal else 160, highlight=False)
    console.print(
        f"{place.names.en} {direction}, {period_of(found)}: {found.passages:,} trucks, "
        f"{found.seen.missing_share * 100:.1f} % of readings at stages missing"
    )
    table = Table("figure", "described", "found", "evidence", box=None)
    for change in figures.changes:
        table.add_row(change.path, change.before, change.after, change.evidence)
    console.print(table)
    if figures.kept:
        kept = Table("left as it was", "why", box=None)
        for each in figures.kept:
            kept.add_row(each.path, each.why)
        console.print(kept)
    if validated:
        against = Table("clock", "trucks", "recorded p50", "twin", "p95", "twin", "distance", box=None)
        for row in (each for each in validated if each.hour is None):
            numbers = [f"{each:.2f}" for each in (*row.at(0.5), *row.at(0.95))]
            against.add_row(row.clock, f"{row.recorded:,}", *numbers, f"{row.distance:.3f}")
        console.print(against)


def _document(
    found: Calibration, figures: Figures, validated: tuple[Compared, ...], target: Path
) -> dict[str, Any]:
    return {
        "crossing": figures.crossing.code,
        "from": found.start.isoformat(),
        "to": found.end.isoformat(),
        "trucks": found.passages,
        "missing_share": found.seen.missing_share,
        "file": str(target) if figures.changes else None,
        "changes": [
            {"path": each.path, "before": each.before, "after": each.after, "evidence": each.evidence}
            for each in figures.changes
        ],
        "kept": [{"path": each.path, "why": each.why} for each in figures.kept],
        "validation": [
            {
                "clock": row.clock,
                "hour": row.hour,
                "recorded": row.recorded,
                "simulated": row.simulated,
                "distance": row.distance,
                "minutes_apart": row.minutes_apart,
            }
            for row in validated
        ],
    }


def _make(directory: Path) -> None:
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CalibrationError("--report", f"{directory}: {error.strerror}.", "Give another one.") from error


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise CalibrationError("--out", f"{path}: {error.strerror}.", "Give another place.") from error


def _tell(text: str) -> None:
    typer.echo(text, err=True)
