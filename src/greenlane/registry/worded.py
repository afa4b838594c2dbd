"""Sentences that remember how they were made, so that they can be said in another language. Pure: no Django.

`tools/collect_messages.py` collects the first argument of every `worded(...)` for translation.
"""

from __future__ import annotations


class Worded(str):
    """An English sentence. `template` is the same before its `values` were filled in."""

    template: str
    values: dict[str, object]

    def __new__(cls, template: str, values: dict[str, object]) -> Worded:
        made = super().__new__(cls, template % values)
        made.template = template
        made.values = values
        return made


def worded(template: str, **values: object) -> Worded:
    """The sentence of a template such as ``“%(plate)s” is not a number plate``."""
    return Worded(template, values)
