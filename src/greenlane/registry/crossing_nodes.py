"""YAML of a crossing file out of parts and figures, each with where it comes from. Pure: no Django.

A part says its provenance once for the figures that share it; a figure that has another says its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

import yaml

from greenlane.registry.crossing_parts import Provenance
from greenlane.registry.crossing_scalars import Node

WIDTH = 110
_TAG = "tag:yaml.org,2002:"


@dataclass(frozen=True, slots=True)
class Figure:
    """A value with where it comes from."""

    node: Node
    provenance: Provenance


@dataclass(slots=True)
class Part:
    """A mapping of the file.

    Attributes:
        carries: whether it may say a provenance for all that is in it.
        own: the provenance that it must have; None for the one that most of its figures share.
        inline: in braces on one line.
    """

    entries: dict[str, Entry] = field(default_factory=dict)
    carries: bool = True
    own: Provenance | None = None
    inline: bool = False


Entry: TypeAlias = "Node | Figure | Part | list[Part]"


class _Dumper(yaml.SafeDumper):
    """Indents lists, and keeps a text on one line, as the shipped files do."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def write_double_quoted(self, text: str, split: bool = True) -> None:
        super().write_double_quoted(text, False)


def yaml_text(root: Part) -> str:
    """The text of a whole file."""
    text = yaml.serialize(_mapping(root, None), Dumper=_Dumper, width=WIDTH, allow_unicode=True)
    return str(text)


def word(text: str) -> Node:
    """A code or a name of the field; the dumper puts it in quotes where YAML would take it for else."""
    return yaml.ScalarNode(f"{_TAG}str", text)


def quoted(text: str) -> Node:
    """A text in quotes."""
    return yaml.ScalarNode(f"{_TAG}str", text, style='"')


def number(value: float) -> Node:
    """The shortest text that gives the same number back."""
    if value == int(value) and abs(value) < 1e15:
        return yaml.ScalarNode(f"{_TAG}int", str(int(value)))
    text = repr(float(value))
    mantissa, exponent, power = text.partition("e")
    if exponent and "." not in mantissa:  # YAML 1.1 takes 1e-05 for a text
        text = f"{mantissa}.0e{power}"
    return yaml.ScalarNode(f"{_TAG}float", text)


def row(items: Iterable[Node]) -> Node:
    """A list on one line."""
    return yaml.SequenceNode(f"{_TAG}seq", list(items), flow_style=True)


def line(**entries: Node) -> Node:
    """A mapping on one line."""
    pairs = [(word(key), node) for key, node in entries.items()]
    return yaml.MappingNode(f"{_TAG}map", pairs, flow_style=True)


def _mapping(part: Part, inherited: Provenance | None) -> yaml.MappingNode:
    own = (part.own or _shared(part, inherited)) if part.carries else inherited
    plain: list[tuple[Node, Node]] = []
    nested: list[tuple[Node, Node]] = []
    for key, entry in part.entries.items():
        if isinstance(entry, Part):
            nested.append((word(key), _mapping(entry, own)))
        elif isinstance(entry, list):
            items = [_mapping(item, own) for item in entry]
            nested.append((word(key), yaml.SequenceNode(f"{_TAG}seq", items, flow_style=False)))
        else:
            (nested if nested else plain).append((word(key), _value(entry, own)))
    if own is not None and own != inherited:
        plain.append((word(own.kind), quoted(own.text)))
    is_block = any(isinstance(node, yaml.CollectionNode) and not node.flow_style for _, node in nested)
    return yaml.MappingNode(f"{_TAG}map", plain + nested, flow_style=part.inline and not is_block)


def _value(entry: Node | Figure, shared: Provenance | None) -> Node:
    if not isinstance(entry, Figure):
        return entry
    if entry.provenance == shared:
        return entry.node
    pairs = [(word("value"), entry.node), (word(entry.provenance.kind), quoted(entry.provenance.text))]
    return yaml.MappingNode(f"{_TAG}map", pairs, flow_style=True)


def _shared(part: Part, inherited: Provenance | None) -> Provenance | None:
    """Of the part's own figures the provenance that most have; of several that many have, the inherited one,
    else the one that more figures further down have."""
    direct = Counter(entry.provenance for entry in part.entries.values() if isinstance(entry, Figure))
    below = Counter(_below(part))
    if not direct:
        return inherited or (below.most_common(1)[0][0] if below else None)
    return max(direct, key=lambda each: (direct[each], each == inherited, below[each]))


def _below(part: Part) -> Iterator[Provenance]:
    for entry in part.entries.values():
        if isinstance(entry, Figure):
            yield entry.provenance
        for inner in [entry] if isinstance(entry, Part) else entry if isinstance(entry, list) else []:
            yield from _below(inner)
            if inner.own is not None:
                yield inner.own
