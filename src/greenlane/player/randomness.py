"""Random draws that depend on names alone, so that a day played again is the same day.

Every source of chance is seeded by what it stands for (seed, crossing, day, truck, device), never by the
order in which things happen: a truck behaves the same played alone, live, or in a month of history.
"""

from __future__ import annotations

from hashlib import blake2b

import numpy as np


def generator(*names: object) -> np.random.Generator:
    """A generator of its own for whatever the names stand for."""
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest(*names), "big")))


def digest(*names: object, size: int = 16) -> bytes:
    """``size`` bytes that look random and depend on the names alone."""
    return blake2b("/".join(map(str, names)).encode(), digest_size=size).digest()
