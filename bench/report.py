"""What a section found, as tables for people and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.cpu import Cost


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured rate.

    Attributes:
        name: what was done.
        rate: times a second.
        unit: of what.
        p50_ms, p99_ms: latency, where each was timed.
        ratio: the rate as a share of its peer's, measured in the same run.
        peer: name of the peer's figure.
        aim_ratio, aim_rate: what is aimed at, where something is.
        cpu: what each cost.
    """

    name: str
    rate: float
    unit: str
    p50_ms: float | None = None
    p99_ms: float | None = None
    ratio: float | None = None
    peer: str = ""
    aim_ratio: float | None = None
    aim_rate: float | None = None
    cpu: Cost | None = None

    @property
    def aim_met(self) -> bool | None:
        """Whether the aim was reached; None where there is none."""
        if self.aim_ratio is not None:
            return self.ratio is not None and self.ratio >= self.aim_ratio
        return None if self.aim_rate is None else self.rate >= self.aim_rate


@dataclass(frozen=True, slots=True)
class Check:
    """Something that was counted after a run, and must be exactly so."""

    run: str
    name: str
    expected: int
    found: int

    @property
    def holds(self) -> bool:
        """Whether it is."""
        return self.expected == self.found


@dataclass(slots=True)
class Section:
    """One section of the measurements."""

    name: str
    title: str
    figures: list[Figure] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        """Whether every count is right."""
        return all(check.holds for check in self.checks)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "section": self.name,
            "title": self.title,
            "figures": [asdict(figure) | {"aim_met": figure.aim_met} for figure in self.figures],
            "checks": [asdict(check) | {"holds": check.holds} for check in self.checks],
            "remarks": self.remarks,
        }


def show(section: Section, console: Console) -> None:
    """Print a section."""
    if section.figures:
        table = Table(title=section.title, title_justify="left", title_style="bold")
        for number, heading in enumerate(_HEADINGS):
            table.add_column(heading, justify="right" if number else "left")
        for figure in section.figures:
            table.add_row(*_cells(figure), style="green" if figure.aim_met else None)
        console.print(table)
    else:
        console.print(section.title, style="bold")
    for run, checks in groupby(section.checks, key=lambda check: check.run):
        found = list(checks)
        mark = "[green]right[/]" if all(check.holds for check in found) else "[red bold]WRONG[/]"
        console.print(f"  {mark}  {run}: {'; '.join(map(_counted, found))}")
    for remark in section.remarks:
        console.print(f"  {remark}")
    console.print()


_HEADINGS = (
    "what",
    "a second",
    "p50 ms",
    "p99 ms",
    "of its peer",
    "aim",
    "ms web / database / load",
    "other cores",
)


def _cells(figure: Figure) -> tuple[str, ...]:
    def milliseconds(value: float | None) -> str:
        return "" if value is None else f"{value:.1f}"

    aim = "" if figure.aim_ratio is None else f"{figure.aim_ratio:.0%}"
    if figure.aim_rate is not None:
        aim = f"{figure.aim_rate:,.0f} a second"
    return (
        figure.name,
        f"{figure.rate:,.0f} {figure.unit}",
        milliseconds(figure.p50_ms),
        milliseconds(figure.p99_ms),
        "" if figure.ratio is None else f"{figure.ratio:.0%}",
        aim,
        figure.cpu.shown() if figure.cpu else "",
        f"{figure.cpu.others:.1f}" if figure.cpu else "",
    )


def _counted(check: Check) -> str:
    return f"{check.name} {check.found:,}" + ("" if check.holds else f", not {check.expected:,}")


def save(section: Section, directory: Path, where: dict[str, Any]) -> None:
    """Write ``<section>.json`` and, for the documentation, ``<section>.md``."""
    directory.mkdir(parents=True, exist_ok=True)
    content = json.dumps(where | section.as_dict(), indent=2, ensure_ascii=False)
    (directory / f"{section.name}.json").write_text(content + "\n", encoding="utf-8")
    (directory / f"{section.name}.md").write_text(_markdown(section), encoding="utf-8")


def _markdown(section: Section) -> str:
    lines = [f"### {section.title}", ""]
    if section.figures:
        lines += [_row(_HEADINGS), "|---|" + "---:|" * (len(_HEADINGS) - 1)]
        lines += [*(_row(_cells(figure)) for figure in section.figures), ""]
    for run, checks in groupby(section.checks, key=lambda check: check.run):
        lines.append(f"- {run}: {'; '.join(map(_counted, checks))}")
    return "\n".join([*lines, *(f"- {remark}" for remark in section.remarks), ""])


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"
