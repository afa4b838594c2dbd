"""The line at the turnstile, where one runs in this process: the pages' requests join it too.

So a person who taps on a phone at slot release stands in the same line as a client of the API, and is taken
in the same statement. Pure: no Django.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from greenlane.booking.places import PlaceAnswer, PlaceRequest

Line = Callable[[Sequence[PlaceRequest]], Sequence[PlaceAnswer]]
"""Takes places at the present time and waits for the answers; raises `LineAway` when it cannot tell them."""

_open: list[Line] = []


class LineAway(Exception):
    """The line gave no answer; what became of the requests is found by asking again with the same keys."""


def open_line(line: Line | None) -> None:
    """Let requests of this process join a line, or none any more."""
    _open[:] = [line] if line is not None else []


def open_now() -> Line | None:
    """The line to join, if one is open."""
    return _open[0] if _open else None
