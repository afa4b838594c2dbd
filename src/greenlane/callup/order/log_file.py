"""The log as a file, in JSON Lines: a header, then entries with their hashes, and signed roots."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from greenlane.callup.order.chain import FORMAT, canonical, first_hash


@dataclass(frozen=True, slots=True)
class Header:
    """Which log it is, and what stands before its first line here."""

    checkpoint: str
    direction: str
    zone: str
    first_seq: int
    previous: str

    def as_line(self) -> str:
        """As it is written."""
        return canonical(
            {
                "log": FORMAT,
                "checkpoint": self.checkpoint,
                "direction": self.direction,
                "zone": self.zone,
                "first_seq": self.first_seq,
                "previous": self.previous,
            }
        )

    @property
    def is_whole(self) -> bool:
        """Whether the file begins where the log does."""
        return self.first_seq == 1 and self.previous == first_hash(self.checkpoint, self.direction)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the log, with the number of its line in the file."""

    number: int
    hash: str
    told: dict[str, Any]

    @property
    def line(self) -> str:
        """What the hash covers."""
        return canonical(self.told)


@dataclass(frozen=True, slots=True)
class SignedRoot:
    number: int
    token: str


@dataclass(slots=True)
class LogFile:
    """A file that could be read; whether it is true is another question."""

    header: Header
    entries: list[Entry] = field(default_factory=list)
    roots: list[SignedRoot] = field(default_factory=list)


class Unreadable(ValueError):
    """The file is not a log of order; `number` is the line."""

    def __init__(self, number: int, why: str) -> None:
        super().__init__(f"line {number}: {why}")
        self.number = number


def entry_line(hash_: str, line: str) -> str:
    """An entry as it is written in a file, from the stored line."""
    return f'{{"hash":"{hash_}","entry":{line}}}'


def root_line(token: str) -> str:
    """A root as it is written in a file."""
    return canonical({"root": token})


def read_log(lines: Iterable[str]) -> LogFile:
    """Read a file.

    Raises:
        Unreadable: a line is no JSON, or of another shape.
    """
    log: LogFile | None = None
    for number, text in enumerate(lines, start=1):
        if not text.strip():
            continue
        told = _object(number, text)
        if log is None:
            log = LogFile(_header(number, told))
        elif isinstance(told.get("root"), str):
            log.roots.append(SignedRoot(number, told["root"]))
        elif isinstance(told.get("hash"), str) and isinstance(told.get("entry"), dict):
            log.entries.append(Entry(number, told["hash"], told["entry"]))
        else:
            raise Unreadable(number, "neither an entry with its hash nor a root")
    if log is None:
        raise Unreadable(1, "the file is empty")
    return log


def _object(number: int, text: str) -> dict[str, Any]:
    try:
        told = json.loads(text)
    except (json.JSONDecodeError, RecursionError):
        raise Unreadable(number, "not JSON") from None
    if not isinstance(told, dict):
        raise Unreadable(number, "not a JSON object")
    return told


def _header(number: int, told: dict[str, Any]) -> Header:
    try:
        if told["log"] != FORMAT:
            raise Unreadable(number, f"a log of the form {told['log']!r}, not {FORMAT}")
        return Header(
            checkpoint=str(told["checkpoint"]),
            direction=str(told["direction"]),
            zone=str(told["zone"]),
            first_seq=int(told["first_seq"]),
            previous=str(told["previous"]),
        )
    except (KeyError, TypeError, ValueError) as fault:
        if isinstance(fault, Unreadable):
            raise
        raise Unreadable(number, "not the header of a log of order") from None
