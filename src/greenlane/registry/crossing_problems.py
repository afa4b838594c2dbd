"""What is wrong with a crossing file, by line and field. Pure: no Django."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from greenlane.errors import GreenlaneError


@dataclass(frozen=True, order=True)
class Problem:
    """One fault: ``line`` and ``column`` from 1, the dotted ``field``, what is wrong and how to mend it."""

    line: int
    column: int
    field: str
    message: str
    mend: str

    def __str__(self) -> str:
        return f"{self.line}:{self.column} {self.field}: {self.message} ({self.mend})"


class CrossingFileError(GreenlaneError):
    """A crossing file cannot be used. ``problems`` holds every fault, in the order of the file."""

    def __init__(self, file: str, problems: Iterable[Problem]) -> None:
        self.file = file
        self.problems = tuple(sorted(problems))
        first, others = self.problems[0], len(self.problems) - 1
        more = f" ({others} more)" if others else ""
        super().__init__(
            "crossing_file",
            f"{file}:{first.line}:{first.column}: {first.message}{more}.",
            field=first.field,
            mend=first.mend,
        )

    def lines(self) -> tuple[str, ...]:
        """One line a problem: ``file:line:column field: message (mend)``."""
        return tuple(f"{self.file}:{problem}" for problem in self.problems)
