"""Faults and single values of a crossing file, read from YAML nodes. Pure: no Django."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

import yaml

from greenlane.registry.crossing_parts import Provenance
from greenlane.registry.crossing_problems import Problem

Node = yaml.nodes.Node

CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")
_TAG = "tag:yaml.org,2002:"
_KINDS = {"map": "a mapping", "seq": "a list", "null": "nothing", "bool": "true or false", "str": "text"}


@dataclass
class Report:
    """What the reading of one file has found so far: faults, and the provenance of each figure.

    ``faults`` counts every time a fault was met; ``problems`` holds each place once, though an alias may
    show it several times.
    """

    problems: list[Problem] = field(default_factory=list)
    sources: dict[str, Provenance] = field(default_factory=dict)
    faults: int = 0

    def add(self, node: Node, path: str, message: str, mend: str) -> None:
        """Notes a fault at the place of a node."""
        self.faults += 1
        mark = node.start_mark
        problem = Problem(mark.line + 1, mark.column + 1, path or "file", message, mend)
        if not any(_same_place(problem, known) for known in self.problems):
            self.problems.append(problem)


def _same_place(one: Problem, other: Problem) -> bool:
    """The same fault met again through an alias: only the front of the dotted field differs."""
    return (one.line, one.column, one.message, one.field.rpartition(".")[2]) == (
        other.line,
        other.column,
        other.message,
        other.field.rpartition(".")[2],
    )


def kind_of(node: Node) -> str:
    """The YAML type of a node: ``map``, ``seq``, ``str``, ``int``, ``float``, ``bool``, ``null``, ..."""
    return str(node.tag).removeprefix(_TAG)


def describe(node: Node) -> str:
    """What stands in the file, for a message."""
    kind = kind_of(node)
    if isinstance(node, yaml.ScalarNode) and kind != "null":
        return repr(node.value)
    if isinstance(node, yaml.SequenceNode) and not node.value:
        return "an empty list"
    return _KINDS.get(kind, kind)


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that is spelled most like the given one, if any is near."""
    matches = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return matches[0] if matches else None


def read_text(node: Node, path: str, report: Report) -> str:
    """A scalar that YAML takes for text; ``NO`` or ``12`` must stand in quotes."""
    if kind_of(node) == "str" and node.value.strip():
        return str(node.value).strip()
    quoted = isinstance(node, yaml.ScalarNode) and bool(node.value.strip())
    mend = f'Put it in quotes: "{node.value}".' if quoted else "Write a text."
    report.add(node, path, f"must be text, found {describe(node)}", mend)
    return ""


def read_code(node: Node, path: str, report: Report) -> str:
    """A short code of letters, digits, ``-`` and ``_``; ``""`` after a fault."""
    text = read_text(node, path, report)
    if text and not CODE.fullmatch(text):
        report.add(node, path, f"{text!r} is not a code", "Use 1 to 40 letters, digits, '-' or '_'.")
        return ""
    return text


def read_choice(node: Node, path: str, report: Report, options: Sequence[str]) -> str:
    """One of the options; the first of them after a fault."""
    text = read_text(node, path, report)
    if text in options:
        return text
    if text:
        near = nearest(text, options)
        mend = f"Did you mean {near!r}?" if near else f"One of: {', '.join(options)}."
        report.add(node, path, f"{text!r} is not known here", mend)
    return options[0]


def read_number(
    node: Node,
    path: str,
    report: Report,
    least: float = 0.0,
    most: float = math.inf,
    whole: bool = False,
) -> float:
    """A finite number within bounds; ``least`` after a fault."""
    sort = "whole number" if whole else "number"
    number = _number(node)
    if number is None or (whole and number != int(number)):
        report.add(node, path, f"must be a {sort}, found {describe(node)}", f"Write a {sort}.")
        return least
    if not least <= number <= most:
        bounds = f"{least:g} or more" if most == math.inf else f"from {least:g} to {most:g}"
        report.add(node, path, f"{number:g} is out of bounds", f"Write a number {bounds}.")
        return least
    return number


def _number(node: Node) -> float | None:
    if not isinstance(node, yaml.ScalarNode) or kind_of(node) not in ("int", "float"):
        return None
    try:
        number = float(node.value)
    except ValueError:  # 06:00 is a number to base 60 in YAML 1.1, 0x1F one to base 16: neither is meant here
        return None
    return number if math.isfinite(number) else None
