"""Each truck's luck: random numbers that belong to a truck, not to a moment.

A number is made from its key alone (seed, replication, truck, stage, purpose) by a counter-based generator,
so that the same truck meets the same luck in every scenario, on any thread, in any order, and one
replication can be repeated by itself.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numba import njit

from greenlane.twin.arrays import Floats, Ints, Records
from greenlane.twin.distributions import CELLS, LEVELS

SERVICE: Final = 0
"""The purpose of service times; every other use of luck takes a number of its own."""
_LOW: Final = np.uint64(0xFFFFFFFF)
_M0, _M1 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
_W0, _W1 = np.uint64(0x9E3779B9), np.uint64(0xBB67AE85)
_32, _5, _6 = np.uint64(32), np.uint64(5), np.uint64(6)


@njit(cache=True, nogil=True)
def philox(
    c0: int, c1: int, c2: int, c3: int, k0: int | np.uint64, k1: int | np.uint64
) -> tuple[np.uint64, np.uint64, np.uint64, np.uint64]:
    """Philox4x32-10 of a counter and a key of 32-bit words (Salmon, Moraes, Dror and Shaw 2011)."""
    a, b, c, d = np.uint64(c0), np.uint64(c1), np.uint64(c2), np.uint64(c3)
    k, m = np.uint64(k0), np.uint64(k1)
    for _ in range(10):
        first, second = _M0 * a, _M1 * c
        a, b, c, d = (second >> _32) ^ b ^ k, second & _LOW, (first >> _32) ^ d ^ m, first & _LOW
        k, m = (k + _W0) & _LOW, (m + _W1) & _LOW
    return a, b, c, d


@njit(cache=True, nogil=True)
def uniforms(seed: int, replication: int, truck: int, stage: int, purpose: int) -> tuple[float, float]:
    """Two uniform numbers in (0, 1) of 53 bits."""
    key = np.uint64(seed)
    a, b, c, d = philox(truck, replication, stage, purpose, key & _LOW, (key >> _32) & _LOW)
    return (
        (np.float64((a >> _5) * np.uint64(1 << 26) + (b >> _6)) + 0.5) / 2.0**53,
        (np.float64((c >> _5) * np.uint64(1 << 26) + (d >> _6)) + 0.5) / 2.0**53,
    )


@njit(cache=True, nogil=True)
def quantile(table: Floats, u: float) -> float:
    """The quantile at u in (0, 1), by `Distribution.table`: straight lines inside its cells."""
    row, at = 0, u * CELLS
    cell = int(at)
    if cell == 0:
        scale = float(CELLS)
        for level in range(LEVELS):
            scale *= CELLS
            row, at = 1 + level, u * scale
            if at >= 1.0:
                break
        cell = int(at)
    elif cell >= CELLS - 1:
        scale, left = float(CELLS), 1.0 - u
        for level in range(LEVELS):
            scale *= CELLS
            row, at = 1 + LEVELS + level, CELLS - left * scale
            if at < CELLS - 1:
                break
        cell = min(int(at), CELLS - 1)
    return table[row, cell] + (at - cell) * (table[row, cell + 1] - table[row, cell])


@njit(cache=True, nogil=True)
def draw_services(
    steps: Records, table_of: Ints, tables: Floats, trucks: Records, numbers: Ints, visits: Records,
    seed: int, replication: int,
) -> None:  # fmt: skip
    """Every truck's service time at every position of its way.

    Args:
        steps: of the network.
        table_of: [kinds, longest route] which of the tables.
        tables: [tables, 2 * LEVELS + 1, CELLS + 1].
        trucks: `TRUCK`.
        numbers: [trucks] the number that a truck's luck belongs to: the same in every scenario.
        visits: ``service`` is filled in.
        seed: 64 bits.
        replication: 32 bits.
    """
    for truck in range(len(trucks)):
        kind = trucks[truck].kind
        held, first, second = -1, 0.0, 0.0
        for position in range(steps.shape[1]):
            stage = steps[kind, position].stage
            if stage < 0:
                break
            if stage >> 1 != held:
                held = stage >> 1
                first, second = uniforms(seed, replication, numbers[truck], held, SERVICE)
            u = second if stage & 1 else first
            visits[truck, position].service = quantile(tables[table_of[kind, position]], u)
