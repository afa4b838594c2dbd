"""Collect every message that people may see into the catalogs of src/greenlane/site/locale.

`python tools/collect_messages.py` rewrites the django.po files; with `--check` it writes nothing and ends
with status 1 when they lack a message or hold one that is no more. Needs GNU gettext (xgettext, msgmerge).
The files come out the same on every machine: messages in the order of the files, no line numbers, no dates.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import shutil
import sys
import tempfile
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent / "src" / "greenlane"
LOCALES = PACKAGE / "site" / "locale"
LANGUAGES = ("ru", "zh_Hans")
TAKEN = (".py", ".html", ".txt")
_EMPTY = ("POT-Creation-Date", "PO-Revision-Date", "Last-Translator", "Report-Msgid-Bugs-To", "X-Generator")
"""Fields of the header that differ from run to run, or say nothing."""
_DROPPED = re.compile(rf'^"({"|".join(_EMPTY)}):.*\n', re.MULTILINE)


def catalog(locales: Path, language: str) -> Path:
    """Where a language's messages are kept."""
    return locales / language / "LC_MESSAGES" / "django.po"


def copy_sources(target: Path) -> None:
    """Copy what holds messages: Django leaves files beside the templates while it reads them."""

    def others(directory: str, names: list[str]) -> set[str]:
        return {name for name in names if not (Path(directory, name).is_dir() or name.endswith(TAKEN))}

    ignored = shutil.ignore_patterns("__pycache__", "static", "migrations", "locale")
    shutil.copytree(
        PACKAGE, target, ignore=lambda directory, names: others(directory, names) | ignored(directory, names)
    )


def collect(work: Path) -> dict[str, str]:
    """The text of each language's catalog as it should be, by language; `work` is an empty directory."""
    copy_sources(work / "greenlane")
    locales = work / "locale"
    for language in LANGUAGES:
        catalog(locales, language).parent.mkdir(parents=True)
        if catalog(LOCALES, language).exists():
            shutil.copy(catalog(LOCALES, language), catalog(locales, language))
    merge_messages(work / "greenlane", locales)
    return {
        language: _DROPPED.sub("", catalog(locales, language).read_text(encoding="utf-8"))
        for language in LANGUAGES
    }


def merge_messages(sources: Path, locales: Path) -> None:
    """Bring the catalogs under `locales` up to the sources, with Django's makemessages."""
    from django.conf import settings
    from django.core.management import call_command
    from django.core.management.commands.makemessages import Command
    from django.test import override_settings

    if not settings.configured:
        settings.configure(USE_I18N=True)
    command = Command()
    command.xgettext_options = [*command.xgettext_options, "--keyword=worded:1"]
    with override_settings(LOCALE_PATHS=[str(locales)]), contextlib.chdir(sources):
        call_command(
            command,
            locale=list(LANGUAGES),
            extensions=["py", "html", "txt"],
            no_location=True,
            no_obsolete=True,
            no_wrap=True,
            verbosity=0,
        )


def main() -> int:
    """Write the catalogs, or with --check say which are not as they should be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; status 1 when something is new")
    is_check = parser.parse_args().check
    with tempfile.TemporaryDirectory() as work:
        collected = collect(Path(work))
    stale = []
    for language, text in collected.items():
        kept = catalog(LOCALES, language)
        if not kept.exists() or kept.read_text(encoding="utf-8") != text:
            stale.append(kept)
            if not is_check:
                kept.parent.mkdir(parents=True, exist_ok=True)
                kept.write_text(text, encoding="utf-8")
    for kept in stale:
        print(f"collect_messages: {os.path.relpath(kept)} {'is out of date' if is_check else 'written'}")
    return 1 if is_check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
