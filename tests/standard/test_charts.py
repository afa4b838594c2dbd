"""Charts are drawn on the server, in the page's own colours."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from greenlane.standard.charts import (
    NARROW,
    WIDE,
    Bar,
    Cell,
    QuantileRow,
    ShareRow,
    quantile_lines,
    share_points,
    time_bars,
    week_heat,
)

WORDS = {"standard": "standard 10:00", "promised": "promised 95 %", "minutes": "minutes"}
DAYS = [f"{day} May" for day in range(1, 8)]


def drawings(width: int) -> dict[str, str]:
    return {
        "lines": quantile_lines([QuantileRow(day, 480, 560, 700) for day in DAYS], 600, WORDS, width),
        "few": quantile_lines([QuantileRow(day, 480, None, None) for day in DAYS], 600, WORDS, width),
        "shares": share_points([ShareRow(day, 0.96, 0.93, 0.98) for day in DAYS], 0.95, WORDS, width),
        "bars": time_bars([Bar(400, 500, 3), Bar(500, 600, 9), Bar(600, 720, 4)], 600, WORDS, width),
        "heat": week_heat([Cell("08", "Mon", 0.4), Cell("09", "Mon", 0.0)], ["Mon", "Tue"], width),
    }


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_drawings_take_their_colours_and_size_from_the_page(width: int) -> None:
    for name, svg in drawings(width).items():
        root = ElementTree.fromstring(svg)
        assert root.get("width") is None, name
        assert root.get("viewBox") == f"0 0 {width} 220", name
        assert root.get("aria-hidden") == "true", name
        colours = set(re.findall(r'(?:fill|stroke)="([^"]+)"', svg)) - {"none", "transparent"}
        assert {one for one in colours if not one.startswith("var(--")} == set(), name


def test_trucks_over_the_standard_stand_out() -> None:
    svg = drawings(WIDE)["bars"]
    assert svg.count("var(--accent)") == 2
    assert svg.count("var(--bad)") == 1


def test_words_come_from_outside() -> None:
    svg = quantile_lines([QuantileRow("1 мая", 480, 560, 700)], 600, {"standard": "стандарт <10 & 00>"}, WIDE)
    shown = "".join(ElementTree.fromstring(svg).itertext())
    assert "стандарт <10 & 00>" in shown
    assert "1 мая" in shown
