"""What the person at the terminal sees of ``greenlane serve``; the details go to ``var/log``.

Everything goes to standard error. Steps are shown on a terminal only; results and trouble always.
"""

from __future__ import annotations

from rich.console import Console as RichConsole
from rich.text import Text


class Console:
    """Short lines for people."""

    def __init__(self) -> None:
        self._rich = RichConsole(stderr=True, highlight=False, soft_wrap=True)

    def step(self, text: str) -> None:
        """Something under way that only a waiting person wants to see."""
        if self._rich.is_terminal:
            self._rich.print(Text(f"· {text}", style="dim"))

    def tell(self, text: str, style: str = "") -> None:
        """A result."""
        self._rich.print(Text(text, style=style))

    def warn(self, text: str) -> None:
        """Trouble that Greenlane deals with itself."""
        self._rich.print(Text(f"! {text}", style="yellow"))
