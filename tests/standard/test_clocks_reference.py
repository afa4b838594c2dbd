"""The worked examples of docs/reference/clocks.md are true."""

from __future__ import annotations

from pathlib import Path

import pytest
from timelines import clocks_of, passage

from greenlane.standard.outcomes import Measured, Reason
from greenlane.standard.quantiles import least_n
from greenlane.standard.shares import Share, wilson

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "clocks.md"


def table(first_column: str, second_column: str) -> list[dict[str, str]]:
    """Rows of the page's table that begins with these two headings."""
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    start = next(
        i for i, line in enumerate(lines) if line.startswith(f"| {first_column} | {second_column} |")
    )
    heads = cells(lines[start])
    rows = []
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        rows.append(dict(zip(heads, cells(line), strict=True)))
    return rows


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


TIMELINES = table("case", "slot")


@pytest.mark.parametrize("row", TIMELINES, ids=[row["case"] for row in TIMELINES])
def test_worked_timelines(row: dict[str, str]) -> None:
    clocks = clocks_of(
        passage(
            slot=row["slot"],
            arrival=row["arrival"],
            entry=row["entry"],
            exit=row["exit"],
            stages=row["stages"],
        )
    )
    for name in ("early wait", "outside", "inside", "touch", "idle"):
        clock = getattr(clocks, name.replace(" ", "_"))
        shown = f"{clock.seconds:g}" if isinstance(clock, Measured) else str(clock.reason)
        assert shown == row[name], name


def test_every_reason_in_a_worked_timeline_is_explained() -> None:
    explained = {row["reason"].strip("`") for row in table("reason", "when")}
    shown = {cell for row in TIMELINES for cell in row.values() if "_" in cell}
    assert shown <= explained
    assert explained == {reason.value for reason in Reason}


def test_wilson_examples() -> None:
    rows = table("within", "n")
    for row in rows:
        interval = wilson(int(row["within"]), int(row["n"]))
        assert f"{interval.low:.1%}".replace("%", " %") == row["low"]
        assert f"{interval.high:.1%}".replace("%", " %") == row["high"]
    assert len(rows) == 3


def test_verdict_examples() -> None:
    rows = table("within", "over")
    for row in rows:
        share = Share(600.0, int(row["within"]), int(row["over"]), int(row["undecided"]))
        assert share.verdict(float(row["q"])) == row["verdict"], row
    assert len(rows) == 9


def test_least_n_examples() -> None:
    rows = table("quantile", "least n")
    assert {row["quantile"]: int(row["least n"]) for row in rows} == {
        f"p{percent}": least_n(percent / 100) for percent in (50, 80, 90, 95, 99)
    }
