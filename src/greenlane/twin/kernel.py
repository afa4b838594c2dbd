"""How the inner functions of the kernels are compiled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from numba import njit

Function = TypeVar("Function", bound=Callable[..., Any])


def inner(function: Function) -> Function:
    """Compile a function that makes no array, into whatever calls it.

    Numba counts references to every array that a function is given, atomically, at each call, and hands each
    over as seven words: for the dozen tables of an event that costs several times the event itself.
    """
    # Numba's types do not name its option for leaving out its run-time library.
    compiled: Function = njit(cache=True, nogil=True, forceinline=True, _nrt=False)(function)  # type: ignore[call-overload]
    return compiled
