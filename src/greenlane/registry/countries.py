"""Countries by their two letters, named in the reader's language. Pure: no Django."""

from __future__ import annotations

from functools import cache

from babel import Locale

from greenlane.registry.fleet import country_codes


@cache
def country_choices(language: str) -> tuple[tuple[str, str], ...]:
    """Code and name of every country, by name; ``language`` is ``en``, ``ru``, ``zh`` or ``zh-hans``."""
    names = Locale.parse("zh_Hans" if language.startswith("zh") else language.split("-")[0]).territories
    named = ((code, names.get(code, code)) for code in country_codes())
    return tuple(sorted(named, key=lambda choice: (choice[1], choice[0])))
