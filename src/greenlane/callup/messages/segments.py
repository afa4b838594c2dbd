"""How many segments of SMS a text takes: what it costs, and whether it arrives in one piece. Pure: no Django.

3GPP TS 23.038: a segment has 140 octets. In the default alphabet (7 bits) that is 160 characters, or 153 in
each of several segments; a text with any other character is sent as UCS-2 (16 bits): 70, or 67 in each of
several.
"""

from __future__ import annotations

from typing import Final

_BASIC: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED: Final = frozenset("^{}\\[~]|€\f")
"""Each takes two of the 7-bit places."""


def segments(text: str) -> int:
    """Segments that a text takes; 0 for an empty one."""
    if set(text) <= _BASIC | _EXTENDED:
        return _needed(len(text) + sum(sign in _EXTENDED for sign in text), 160, 153)
    return _needed(len(text.encode("utf-16-be")) // 2, 70, 67)


def _needed(length: int, alone: int, joined: int) -> int:
    return min(length, 1) if length <= alone else -(-length // joined)
