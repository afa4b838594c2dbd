"""A binary heap of (time, number), for compiled code; equal times come by number."""

from __future__ import annotations

from greenlane.twin.arrays import Records
from greenlane.twin.kernel import inner


@inner
def push(heap: Records, size: int, time: float, number: int) -> int:
    """Add one; the new size."""
    at = size
    while at > 0:
        parent = (at - 1) >> 1
        above = heap[parent]
        if not (time < above.time or (time == above.time and number < above.number)):
            break
        heap[at].time = above.time
        heap[at].number = above.number
        at = parent
    heap[at].time = time
    heap[at].number = number
    return size + 1


@inner
def pop(heap: Records, size: int) -> int:
    """Take the first away, which was read from index 0; the new size."""
    size -= 1
    time, number = heap[size].time, heap[size].number
    at = 0
    while True:
        child = 2 * at + 1
        if child >= size:
            break
        if child + 1 < size:
            left, right = heap[child], heap[child + 1]
            if right.time < left.time or (right.time == left.time and right.number < left.number):
                child += 1
        below = heap[child]
        if not (below.time < time or (below.time == time and below.number < number)):
            break
        heap[at].time = below.time
        heap[at].number = below.number
        at = child
    heap[at].time = time
    heap[at].number = number
    return size
