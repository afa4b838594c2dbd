"""Whether the twin can answer at once."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from django.conf import settings

from greenlane.errors import GreenlaneError
from greenlane.twin.warming import digest, is_warm


class TwinPreparing(GreenlaneError):
    """The twin is not compiled yet; it will be soon."""

    def __init__(self) -> None:
        super().__init__(
            "twin_preparing",
            "The twin is being prepared.",
            mend="Ask again in a few seconds.",
            status=503,
        )


def marker() -> Path:
    """The file that says where the twin, as it is now, was compiled."""
    return Path(settings.VAR) / "twin" / _digest()


def is_ready() -> bool:
    """Whether the twin was compiled, and what was compiled is still there."""
    try:
        compiled = marker().read_text(encoding="utf-8")
    except OSError:
        return False
    return is_warm(Path(compiled))


def require_ready() -> None:
    """Refuse to compile in the process that asks.

    Raises:
        TwinPreparing: until another has done it.
    """
    if not is_ready():
        raise TwinPreparing


@cache
def _digest() -> str:
    # Sources do not change under a running server; a developer's does, and is started anew.
    return digest()
