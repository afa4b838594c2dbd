"""Compile every django.po that is newer than its .mo; does nothing, quickly, when there is none."""

from __future__ import annotations

import sys
from pathlib import Path

LOCALES = Path(__file__).resolve().parent.parent / "src" / "greenlane" / "site" / "locale"


def is_stale(catalog: Path) -> bool:
    """Whether a catalog has no compiled form of at least its own age."""
    compiled = catalog.with_suffix(".mo")
    return not compiled.exists() or compiled.stat().st_mtime < catalog.stat().st_mtime


def compile_catalog(catalog: Path) -> None:
    """Write the .mo beside a .po; fuzzy and empty entries stay untranslated."""
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    with catalog.open("rb") as source:
        messages = read_po(source, abort_invalid=True)
    with catalog.with_suffix(".mo").open("wb") as target:
        write_mo(target, messages)


def main() -> int:
    """Compile what is stale; exit status 2 and one line when a catalog is broken."""
    for catalog in sorted(LOCALES.glob("*/LC_MESSAGES/django.po")):
        if is_stale(catalog):
            try:
                compile_catalog(catalog)
            except Exception as error:
                catalog.with_suffix(".mo").unlink(missing_ok=True)
                print(f"install: {catalog} is broken: {error}", file=sys.stderr)
                return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
