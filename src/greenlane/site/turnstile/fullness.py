"""Memory of full slots, so that the rush at a full slot is turned away in microseconds.

It may only be wrong on the safe side. It never grants a place: the database does. It refuses for a second
at the most after a place was freed, and forgets at once when the database tells that one was. A client that
retries a request which *did* get a place is never refused: the keys of all who got one are kept beside the
mark.
"""

from __future__ import annotations

import time
from collections.abc import Iterable

REMEMBERED_S = 1.0
_WHOLE_SLOT = frozenset({"slot", "hour", "day", "neighbour"})


class FullSlots:
    """Which slots were full a moment ago, for whom."""

    def __init__(self) -> None:
        self._full: dict[tuple[int, str], tuple[float, str, frozenset[tuple[int, str]]]] = {}
        self.generation = 0

    def forget(self) -> None:
        """A place was freed somewhere: nothing is known to be full any more."""
        self._full.clear()
        self.generation += 1

    def mark(
        self, slot: int, kind: str, selector: str, answered: Iterable[tuple[int, str]], generation: int
    ) -> None:
        """Remember that a quota of ``kind`` was full, unless places were freed since ``generation``.

        Args:
            selector: the share or carrier that the quota is for; empty where it is for all.
            answered: (account, key) of every request that got a place in the slot.
        """
        if generation != self.generation or (kind not in _WHOLE_SLOT and not selector):
            return
        name = "" if kind in _WHOLE_SLOT else f"{kind} {selector}"
        self._full[slot, name] = (time.monotonic() + REMEMBERED_S, kind, frozenset(answered))

    def full_for(self, slot: int, share: str, carrier: int | None, account: int, key: str) -> str | None:
        """The kind of the quota that is full for such a request, or None: then ask the database."""
        for name in ("", f"share {share}", f"carrier {carrier}"):
            mark = self._full.get((slot, name))
            if mark is None:
                continue
            until, kind, answered = mark
            if until < time.monotonic():
                del self._full[slot, name]
            elif not key or (account, key) not in answered:
                return kind
        return None
