"""``python -m bench.figures``: put the last figures, from ``var/bench``, into docs/reference/bench.md."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Final

from bench.__main__ import SECTIONS

PAGE: Final = Path(__file__).parent.parent / "docs" / "reference" / "bench.md"
START: Final = "<!-- figures: written by python -m bench.figures -->"


def main(measured: Path = Path("var/bench"), page: Path = PAGE) -> None:
    """Put what was measured below the mark; a section that was not keeps what it had, with its own date."""
    kept, _, before = page.read_text(encoding="utf-8").partition(START)
    _, *parts = re.split(r"^<!-- (\w+) -->$", before, flags=re.MULTILINE)
    told = {name: text.strip() for name, text in zip(parts[::2], parts[1::2], strict=True)}
    told |= {name: _of(measured, name) for name in SECTIONS if (measured / f"{name}.json").exists()}
    shown = [f"<!-- {name} -->\n\n{told[name].strip()}\n" for name in SECTIONS if name in told]
    page.write_text("\n".join([kept + START, "", *shown]), encoding="utf-8")


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
