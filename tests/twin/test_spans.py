"""Spans of time, against sets of minutes."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from greenlane.twin.spans import both, merged, without

spans = st.lists(
    st.tuples(st.integers(0, 30), st.integers(1, 10)).map(
        lambda one: (float(one[0]), float(one[0] + one[1]))
    ),
    max_size=6,
)


def minutes(found: tuple[tuple[float, float], ...] | list[tuple[float, float]]) -> set[int]:
    return {minute for begin, end in found for minute in range(int(begin), int(end))}


@given(spans, spans)
def test_together_in_common_and_less(
    first: list[tuple[float, float]], second: list[tuple[float, float]]
) -> None:
    ours, theirs = merged(first), merged(second)
    assert minutes(ours) == minutes(first)
    assert all(end < begin for (_, end), (begin, _) in pairwise(ours))
    assert minutes(both(ours, theirs)) == minutes(ours) & minutes(theirs)
    assert minutes(without(ours, theirs)) == minutes(ours) - minutes(theirs)
