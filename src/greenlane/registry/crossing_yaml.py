"""Reads mappings and figures out of a YAML node tree, and notes every fault with its line. Pure: no Django.

A figure is a number, or a mapping of ``value`` with ``source`` or ``assumed``. A section may carry one
``source`` or ``assumed`` for all its figures; a figure that ends up with neither is a fault.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import TypeVar

import yaml

from greenlane.registry.crossing_parts import Provenance
from greenlane.registry.crossing_scalars import (
    CODE,
    Node,
    Report,
    describe,
    kind_of,
    nearest,
    read_choice,
    read_code,
    read_number,
    read_text,
)

Value = TypeVar("Value")

PROVENANCE_KEYS = ("source", "assumed")


class Section:
    """One mapping of the file, read key by key; ``close`` then tells which keys were missing or unknown."""

    def __init__(
        self,
        node: yaml.MappingNode,
        path: str,
        report: Report,
        provenance: Provenance | None = None,
        sourced: bool = False,
    ) -> None:
        self.node, self.path, self.report = node, path, report
        self._faults_before = report.faults
        self._entries = _entries(node, path, report)
        self._known: dict[str, None] = {}
        self._missing: list[str] = []
        self.provenance = self._own_provenance() or provenance if sourced else provenance

    @property
    def sound(self) -> bool:
        """Whether no fault was met since the section was opened: only then do its figures mean something."""
        return self.report.faults == self._faults_before

    def where(self, key: str) -> str:
        """The dotted field of a key."""
        return f"{self.path}.{key}" if self.path else key

    def given(self) -> tuple[str, ...]:
        """The keys given, without those of provenance."""
        return tuple(key for key in self._entries if key not in PROVENANCE_KEYS)

    def has(self, key: str) -> bool:
        """Whether the key is given."""
        return key in self._entries

    def take(self, key: str, *, optional: bool = False) -> Node | None:
        """The node of a key, None where it is absent or null; absence is noted unless it is optional."""
        self._known[key] = None
        entry = self._entries.get(key)
        if entry is None or kind_of(entry[1]) == "null":
            if not optional:
                self._missing.append(key)
            return None
        return entry[1]

    def fault(self, key: str, message: str, mend: str) -> None:
        """Notes a fault at a key's value, or at the section where the key is absent."""
        entry = self._entries.get(key)
        self.report.add(entry[1] if entry else self.node, self.where(key), message, mend)

    def close(self) -> None:
        """Notes the keys that are missing, and those that nothing asked for with the nearest known one."""
        for key, (name, _) in self._entries.items():
            if key in self._known:
                continue
            near = nearest(key, self._known)
            if near in self._missing:
                self._missing.remove(near)
            mend = f"Did you mean {near!r}?" if near else f"Known keys: {', '.join(sorted(self._known))}."
            self.report.add(name, self.where(key), f"unknown key {key!r}", mend)
        for key in self._missing:
            self.report.add(self.node, self.where(key), "is missing", f"Add {key!r}.")

    def text(self, key: str) -> str:
        """A text that is not empty; ``""`` after a fault."""
        node = self.take(key)
        return "" if node is None else read_text(node, self.where(key), self.report)

    def code(self, key: str = "code") -> str:
        """A short code of letters, digits, ``-`` and ``_``."""
        node = self.take(key)
        return "" if node is None else read_code(node, self.where(key), self.report)

    def choice(self, key: str, options: Sequence[str], default: str | None = None) -> str:
        """One of the options."""
        node = self.take(key, optional=default is not None)
        if node is None:
            return default or options[0]
        return read_choice(node, self.where(key), self.report, options)

    def choice_or_none(self, key: str, options: Sequence[str]) -> str | None:
        """One of the options, or None where the key is absent."""
        node = self.take(key, optional=True)
        return None if node is None else read_choice(node, self.where(key), self.report, options)

    def choices(self, key: str, options: Sequence[str]) -> tuple[str, ...]:
        """A list of different options; empty where the key is absent."""
        return self.list_of(key, lambda node, path: read_choice(node, path, self.report, options))

    def list_of(self, key: str, read: Callable[[Node, str], Value]) -> tuple[Value, ...]:
        """The items of an optional list without doubles, each read by ``read(node, path)``."""
        node = self.take(key, optional=True)
        if node is None:
            return ()
        if not isinstance(node, yaml.SequenceNode):
            self.report.add(node, self.where(key), f"must be a list, found {describe(node)}", "Use [a, b].")
            return ()
        kept: list[Value] = []
        for item in node.value:
            value = read(item, self.where(key))
            if value in kept:
                self.report.add(item, self.where(key), f"{value!r} stands twice", "Remove one.")
            kept.append(value)
        return tuple(kept)

    def section(self, key: str, *, sourced: bool = False, optional: bool = False) -> Section | None:
        """The mapping under a key, or None after a fault or where an optional one is absent."""
        node = self.take(key, optional=optional)
        return None if node is None else self._child(node, self.where(key), sourced)

    def sections(
        self, key: str, *, sourced: bool = False, optional: bool = False, named_by: Sequence[str] = ("code",)
    ) -> list[Section]:
        """The mappings of a list under a key; each one's field is named by what it holds under ``named_by``,
        where it holds a code there."""
        node = self.take(key, optional=optional)
        if node is None:
            return []
        if not isinstance(node, yaml.SequenceNode) or not node.value:
            found = describe(node)
            self.report.add(node, self.where(key), f"must be a list, found {found}", "Begin items with '- '.")
            return []
        named = (
            (item, f"{self.where(key)}{_label(item, place, named_by)}")
            for place, item in enumerate(node.value)
        )
        return [child for item, path in named if (child := self._child(item, path, sourced))]

    def _child(self, node: Node, path: str, sourced: bool) -> Section | None:
        if isinstance(node, yaml.MappingNode):
            return Section(node, path, self.report, self.provenance, sourced)
        message = f"must be a mapping, found {describe(node)}"
        self.report.add(node, path, message, "Write 'key: value' lines under it.")
        return None

    def number(
        self,
        key: str,
        *,
        least: float = 0.0,
        most: float = math.inf,
        whole: bool = False,
        default: float | None = None,
    ) -> float:
        """A figure within bounds; ``least`` (or the default) after a fault."""
        found = self.figure(key, optional=default is not None)
        if found is None:
            return least if default is None else default
        return read_number(found, self.where(key), self.report, least, most, whole)

    def whole(self, key: str, *, least: int = 0, most: float = math.inf) -> int:
        """A figure that is a whole number."""
        return int(self.number(key, least=least, most=most, whole=True))

    def whole_or_none(self, key: str, *, least: int = 1) -> int | None:
        """A whole figure, or None where the key is absent or null: no such limit."""
        if self.take(key, optional=True) is None:
            return None
        return self.whole(key, least=least)

    def share(self, key: str) -> float:
        """A figure from 0 to 1."""
        return self.number(key, most=1.0)

    def numbers(self, key: str, count: int, default: tuple[float, ...] | None = None) -> tuple[float, ...]:
        """A figure that is a list of ``count`` numbers, none below zero."""
        node = self.figure(key, optional=default is not None)
        if node is None:
            return default or (0.0,) * count
        if not isinstance(node, yaml.SequenceNode) or len(node.value) != count:
            found = f"{len(node.value)} items" if isinstance(node, yaml.SequenceNode) else describe(node)
            message = f"must be a list of {count} numbers, found {found}"
            self.report.add(node, self.where(key), message, f"Give {count} numbers in [ ].")
            return (0.0,) * count
        return tuple(
            read_number(item, f"{self.where(key)}[{place}]", self.report)
            for place, item in enumerate(node.value)
        )

    def ascending(self, key: str, *, least: float = -math.inf, optional: bool = False) -> tuple[float, ...]:
        """A figure that is a list of two numbers or more in ascending order; empty after a fault, and where
        an optional one is absent."""
        node = self.figure(key, optional=optional)
        if node is None:
            return ()
        if not isinstance(node, yaml.SequenceNode) or len(node.value) < 2:
            message = f"must be a list of two numbers or more, found {describe(node)}"
            self.report.add(node, self.where(key), message, "Give quantiles in [ ], the smallest first.")
            return ()
        before, path = self.report.faults, self.where(key)
        values = [
            read_number(item, f"{path}[{place}]", self.report, least) for place, item in enumerate(node.value)
        ]
        for place, (earlier, later) in enumerate(pairwise(values), start=1):
            if later < earlier and self.report.faults == before:
                message = f"{later:g} comes after {earlier:g}"
                self.report.add(node.value[place], f"{path}[{place}]", message, "Put the smallest first.")
        return tuple(values) if self.report.faults == before else ()

    def figure(self, key: str, *, optional: bool = False) -> Node | None:
        """The node of a figure's value, with its provenance noted."""
        node = self.take(key, optional=optional)
        provenance = self.provenance
        if isinstance(node, yaml.MappingNode):
            inner = Section(node, self.where(key), self.report, provenance, sourced=True)
            node, provenance = inner.take("value"), inner.provenance
            inner.close()
        if node is not None:
            self.note_provenance(key, provenance)
        return node

    def note_provenance(self, key: str, provenance: Provenance | None) -> None:
        """Keeps where a figure came from; a fault when nothing says so."""
        if provenance is not None:
            self.report.sources[self.where(key)] = provenance
            return
        mend = "Add 'source: address or citation' or 'assumed: reason' to it or its section."
        self.fault(key, "has neither source nor assumed", mend)

    def _own_provenance(self) -> Provenance | None:
        given = [key for key in PROVENANCE_KEYS if self.take(key, optional=True) is not None]
        if len(given) == 2:
            self.fault("assumed", "has both source and assumed", "Keep the one that holds.")
        if not given:
            return None
        text = self.text(given[0])
        return Provenance("source" if given[0] == "source" else "assumed", text)


def _label(node: Node, place: int, named_by: Sequence[str]) -> str:
    pairs = node.value if isinstance(node, yaml.MappingNode) else []
    codes = {
        str(key.value): str(value.value)
        for key, value in pairs
        if isinstance(value, yaml.ScalarNode) and CODE.fullmatch(value.value)
    }
    named = [codes[key] for key in named_by if key in codes]
    return f".{'/'.join(named)}" if named else f"[{place}]"


def _entries(node: yaml.MappingNode, path: str, report: Report) -> dict[str, tuple[Node, Node]]:
    """Key to (key node, value node); ``<<`` merges another mapping under the keys that stand here."""
    own: dict[str, tuple[Node, Node]] = {}
    merged: dict[str, tuple[Node, Node]] = {}
    for key, value in node.value:
        if kind_of(key) == "merge":
            for source in value.value if isinstance(value, yaml.SequenceNode) else [value]:
                for name, pair in _merged(source, path, report).items():
                    merged.setdefault(name, pair)
        elif not isinstance(key, yaml.ScalarNode):
            report.add(key, path, "a key must be a word", "Write 'word: value'.")
        elif key.value in own:
            first = own[key.value][0].start_mark.line + 1
            where = f"{path}.{key.value}" if path else key.value
            report.add(key, where, f"stands twice, first on line {first}", "Remove one of the two.")
        else:
            own[key.value] = (key, value)
    return merged | own


def _merged(node: Node, path: str, report: Report) -> dict[str, tuple[Node, Node]]:
    if not isinstance(node, yaml.MappingNode) or any(kind_of(key) == "merge" for key, _ in node.value):
        report.add(node, path, "'<<' must name a plain mapping", "Merge an anchored mapping without '<<'.")
        return {}
    return _entries(node, path, report)
