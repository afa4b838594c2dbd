"""How the inner functions of the kernels are compiled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
from numba import njit

from greenlane.twin.arrays import Records

Function = TypeVar("Function", bound=Callable[..., Any])


_compiled: Any = njit
"""Numba's types do not name all of its options."""


def inner(function: Function) -> Function:
    """Compile a function that makes no array, into whatever calls it.

    Numba counts references to every array that a function is given, atomically, at each call, and hands each
    over as seven words: for the dozen tables of an event that costs several times the event itself. What
    would hand arguments over from Python takes longer to compile than many a function, and is left out.
    """
    options = {"forceinline": True, "_nrt": False, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
    compiled: Function = _compiled(cache=True, nogil=True, **options)(function)
    return compiled


def part(function: Function) -> Function:
    """Compile a function that may make arrays and is called by compiled code alone."""
    options = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
    compiled: Function = _compiled(cache=True, nogil=True, **options)(function)
    return compiled


@inner
def row(table: Records, number: int) -> Any:
    """A row of a table. Its number is not below 0: else Numba would allow for that, at each use."""
    return table[np.uint64(number)]


@inner
def cell(table: Records, number: int, column: int) -> Any:
    """A row's field of a table of two dimensions, likewise."""
    return table[np.uint64(number), np.uint64(column)]
