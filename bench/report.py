"""What a section found, as tables for people and as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table


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
        aim: the ratio, or the rate where there is no ratio, that is aimed at.
        note: processor time and the like.
    """

    name: str
    rate: float
    unit: str
    p50_ms: float | None = None
    p99_ms: float | None = None
    ratio: float | None = None
    peer: str = ""
    aim: float | None = None
    note: str = ""

    @property
    def aim_met(self) -> bool | None:
        """Whether the aim was reached; None where there is none."""
        if self.aim is None:
            return None
        return (self.rate if self.ratio is None else self.ratio) >= self.aim


@dataclass(frozen=True, slots=True)
class Check:
    """Something that was counted afterwards, and must be exactly so."""

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
        for heading in _HEADINGS:
            table.add_column(heading, justify="left" if heading in ("what", "note") else "right")
        for figure in section.figures:
            table.add_row(*_cells(figure), style="green" if figure.aim_met else None)
        console.print(table)
    else:
        console.print(section.title, style="bold")
    for check in section.checks:
        if check.holds:
            console.print(f"  [green]right[/]  {check.name}: {check.found:,}")
        else:
            console.print(f"  [red bold]WRONG[/]  {check.name}: {check.found:,}, not {check.expected:,}")
    for remark in section.remarks:
        console.print(f"  {remark}")
    console.print()


_HEADINGS = ("what", "a second", "p50 ms", "p99 ms", "of its peer", "aim", "note")


def _cells(figure: Figure) -> tuple[str, ...]:
    def milliseconds(value: float | None) -> str:
        return "" if value is None else f"{value:.1f}"

    ratio = "" if figure.ratio is None else f"{figure.ratio:.0%}"
    aim = "" if figure.aim is None else f"{figure.aim:,.0f}" if figure.ratio is None else f"{figure.aim:.0%}"
    rate = f"{figure.rate:,.0f} {figure.unit}"
    return (
        figure.name,
        rate,
        milliseconds(figure.p50_ms),
        milliseconds(figure.p99_ms),
        ratio,
        aim,
        figure.note,
    )


def save(section: Section, directory: Path, where: dict[str, Any]) -> None:
    """Write ``<section>.json`` and, for the documentation, ``<section>.md``."""
    directory.mkdir(parents=True, exist_ok=True)
    content = json.dumps(where | section.as_dict(), indent=2, ensure_ascii=False)
    (directory / f"{section.name}.json").write_text(content + "\n", encoding="utf-8")
    (directory / f"{section.name}.md").write_text(_markdown(section), encoding="utf-8")


def _markdown(section: Section) -> str:
    lines = [f"### {section.title}", ""]
    if section.figures:
        lines += ["| " + " | ".join(_HEADINGS) + " |", "|---|" + "---:|" * 5 + "---|"]
        lines += ["| " + " | ".join(_cells(figure)) + " |" for figure in section.figures] + [""]
    for check in section.checks:
        told = f"{check.found:,}" if check.holds else f"**{check.found:,}, not {check.expected:,}**"
        lines.append(f"- {check.name}: {told}")
    return "\n".join([*lines, *(f"- {remark}" for remark in section.remarks), ""])
