"""The page of figures: what was measured is put in, what was not stays."""

from __future__ import annotations

import json
from pathlib import Path

from bench.figures import START, main

WHERE = {
    "at": "2026-05-04T06:00:00+00:00",
    "machine": "Invented",
    "cores": 2,
    "memory_gib": 24,
    "load_before": [0.0],
    "versions": {"python": "3.11"},
}


def measured(directory: Path, name: str, title: str) -> None:
    (directory / f"{name}.json").write_text(json.dumps(WHERE))
    (directory / f"{name}.md").write_text(f"### {title}\n\n| a |\n")


def test_a_section_that_was_not_measured_keeps_its_figures(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"Prose.\n\n{START}\n")
    for name in ("recall", "bookings"):
        measured(tmp_path, name, f"Old {name}")
    main(tmp_path, page)
    (tmp_path / "bookings.json").unlink()
    measured(tmp_path, "recall", "New recall")
    main(tmp_path, page)
    text = page.read_text()
    assert text.startswith("Prose.")
    assert text.index("### Old bookings") < text.index("### New recall")
    assert "Old recall" not in text
    main(tmp_path, page)
    assert page.read_text() == text
