"""Spans of time as [begin, end) pairs in order and apart: together, in common, one less another."""

from __future__ import annotations

from collections.abc import Iterable

Spans = tuple[tuple[float, float], ...]


def merged(spans: Iterable[tuple[float, float]]) -> Spans:
    """The time in any of the spans, which may overlap and come in any order."""
    found: list[tuple[float, float]] = []
    for begin, end in sorted(spans):
        if found and begin <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((begin, end))
    return tuple(found)


def both(first: Spans, second: Spans) -> Spans:
    """The time in both."""
    met = ((max(a, c), min(b, d)) for a, b in first for c, d in second)
    return tuple(sorted((begin, end) for begin, end in met if begin < end))


def without(spans: Spans, gone: Spans) -> Spans:
    """The time in ``spans`` and not in ``gone``."""
    left: list[tuple[float, float]] = []
    for begin, end in spans:
        for away_from, away_to in gone:
            if away_to <= begin or away_from >= end:
                continue
            if away_from > begin:
                left.append((begin, away_from))
            begin = max(begin, away_to)
            if begin >= end:
                break
        if begin < end:
            left.append((begin, end))
    return tuple(left)
