"""``python -m bench.figures``: put the last figures, from ``var/bench``, into docs/reference/bench.md."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from bench.__main__ import SECTIONS

PAGE: Final = Path(__file__).parent.parent / "docs" / "reference" / "bench.md"
START: Final = "<!-- figures: written by python -m bench.figures -->"


def main(measured: Path = Path("var/bench"), page: Path = PAGE) -> None:
    """Replace all that stands below the mark."""
    kept = page.read_text(encoding="utf-8").partition(START)[0]
    parts = [_of(measured, name) for name in SECTIONS if (measured / f"{name}.json").exists()]
    page.write_text("\n".join([kept + START, "", *parts]), encoding="utf-8")


def _of(measured: Path, name: str) -> str:
    where: dict[str, Any] = json.loads((measured / f"{name}.json").read_text(encoding="utf-8"))
    title, _, rest = (measured / f"{name}.md").read_text(encoding="utf-8").partition("\n")
    versions = ", ".join(f"{program} {number}" for program, number in where["versions"].items())
    told = (
        f"{where['at']}. {where['machine']}, {where['cores']} cores, {where['memory_gib']} GiB; load before "
        f"{where['load_before'][0]}. {versions}."
    )
    return f"{title}\n\n{told}\n{rest}"


if __name__ == "__main__":
    main()
