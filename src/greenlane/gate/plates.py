"""Number plates: how they are kept, compared, and hidden.

Three forms of one plate, never mixed up:

* as typed or read: kept as it came, for people;
* `normalise`: upper case, no separators; what is stored beside it and compared for equality;
* `match_key`: look-alike characters folded, **for matching only**: it says less than the plate, and is never
  shown in its place.

No plate carries a check digit, so a misread can be found only by comparison with the plates that are
expected.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import Final

from rapidfuzz.distance import Levenshtein

from greenlane.registry.plates import LOOK_ALIKE_LETTERS

OPTICAL_FOLDS: Final = {"O": "0", "Q": "0", "B": "8", "I": "1", "S": "5", "Z": "2", "G": "6", "З": "3"}
"""Characters that cameras take for one another most, folded to the digit. D is not among them: the step from
D to 0 is a cheap substitution in `weighted_distance` instead, because D is a frequent letter and would make
too many keys equal."""

CONFUSABLE_PAIRS: Final = (
    *("0D", "0C", "0U", "DU", "83", "86", "8R", "17", "1T", "1L", "1J", "4A", "56", "5J", "27", "7T"),
    *("7Y", "CE", "EF", "FP", "PR", "KX", "HM", "HN", "MN", "MW", "NW", "VY", "VU", "XY"),
)
"""Pairs of key characters that a camera confuses, though less than those folded; order does not matter."""

CONFUSABLE_COST: Final = 0.5
"""Edits that one confusable substitution counts for; every other edit counts 1."""

EQUAL_KEY: Final = 0.95
"""Similarity of two plates that differ only in look-alike characters."""
EDIT_PENALTY: Final = 0.12
"""Similarity lost for each weighted edit."""
FLOOR: Final = 0.6
"""A similarity below this (three edits and more) says nothing and is given as 0."""
MOST_EDITS: Final = 2
"""Plain edits beyond which two keys are not compared further."""

_CHEAP: Final = frozenset(CONFUSABLE_PAIRS) | frozenset(pair[::-1] for pair in CONFUSABLE_PAIRS)
_ASCII_SEPARATORS: Final = "".join(chr(code) for code in range(128) if not chr(code).isalnum())
_STRIP: Final = str.maketrans("", "", _ASCII_SEPARATORS)
_KEY: Final = str.maketrans(
    {**{a: OPTICAL_FOLDS.get(b, b) for a, b in LOOK_ALIKE_LETTERS.items()}, **OPTICAL_FOLDS}
)

MASK: Final = "•••"
"""Stands for the hidden middle, always three dots, so that the length is hidden too."""


def normalise(text: str) -> str:
    """The plate as compared and stored: Unicode NFKC, upper case, letters and digits only.

    Scripts are kept: a Chinese province sign stays, a Cyrillic letter stays Cyrillic. Applying it twice
    changes nothing.

    >>> normalise("а 123-bc 77")
    'А123BC77'
    """
    if text.isascii():
        return text.translate(_STRIP).upper()
    # Upper case and the loss of a separator can both make new composable pairs, so go on until nothing
    # changes.
    while True:
        folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).upper())
        folded = "".join(sign for sign in folded if sign.isalnum())
        if folded == text:
            return folded
        text = folded


@lru_cache(maxsize=16_384)
def match_key(text: str) -> str:
    """The folded form that two reads of one plate share: see `LOOK_ALIKE_LETTERS` and `OPTICAL_FOLDS`.

    Accents are dropped and the digits of every script become 0-9. Applying it twice changes nothing.

    >>> match_key("А123ВС77") == match_key("A I23-8C 77")
    True
    """
    plain = normalise(text)
    if not plain.isascii():
        plain = _without_marks(plain)
    return plain.translate(_KEY)


def _without_marks(text: str) -> str:
    signs = []
    for sign in text:
        digit = unicodedata.decimal(sign, None)
        base = unicodedata.normalize("NFKD", sign)[0] if digit is None else str(digit)
        # Only alphabets lose their marks; a Hangul block taken apart would become another text.
        signs.append(base if base.isalnum() and not "가" <= sign <= "힣" else sign)
    return "".join(signs)


def mask(text: str) -> str:
    """The plate for pages that anyone may see, such as ``A•••67``.

    Shows at most the first and the last two characters, and always hides three or more: seven characters and
    more show first and last two, five or six show first and last, fewer show nothing. The length is hidden.
    """
    plain = normalise(text)
    if len(plain) >= 7:
        return plain[0] + MASK + plain[-2:]
    if len(plain) >= 5:
        return plain[0] + MASK + plain[-1]
    return MASK


def similarity(read: str, expected: str) -> float:
    """How well a read fits an expected plate, 0 to 1, the same in both directions.

    1.0 for the same normalised plate, `EQUAL_KEY` for the same `match_key`, then less by `EDIT_PENALTY` for
    each edit of `weighted_distance`, and 0 below `FLOOR` or where either holds no letter or digit.
    """
    left, right = normalise(read), normalise(expected)
    if not left or not right:
        return 0.0
    if left == right:
        return 1.0
    edits = weighted_distance(match_key(read), match_key(expected))
    return 0.0 if edits is None else score_of_edits(edits)


def score_of_edits(edits: float) -> float:
    """The similarity of two plates whose keys are that many weighted edits apart."""
    score = EQUAL_KEY - EDIT_PENALTY * edits
    return score if score >= FLOOR else 0.0


def weighted_distance(left: str, right: str) -> float | None:
    """Least sum of edits that turn one key into the other; None when more than `MOST_EDITS` plain edits
    apart.

    An insertion, a deletion and a substitution count 1, a substitution of a `CONFUSABLE_PAIRS` pair
    `CONFUSABLE_COST`.
    """
    plain = Levenshtein.distance(left, right, score_cutoff=MOST_EDITS)
    if plain > MOST_EDITS:
        return None
    if plain == 0:
        return 0.0
    if plain == 1:
        if len(left) != len(right):
            return 1.0
        return next(_substitution(a, b) for a, b in zip(left, right, strict=True) if a != b)
    return _cheapest_path(left, right)


def _cheapest_path(left: str, right: str) -> float:
    """The Wagner-Fischer table, with the costs above."""
    above: list[float] = [float(n) for n in range(len(right) + 1)]
    for row, a in enumerate(left, start=1):
        line = [float(row)]
        for column, b in enumerate(right, start=1):
            change = above[column - 1] + _substitution(a, b)
            line.append(min(change, above[column] + 1.0, line[column - 1] + 1.0))
        above = line
    return above[-1]


def _substitution(a: str, b: str) -> float:
    if a == b:
        return 0.0
    return CONFUSABLE_COST if a + b in _CHEAP else 1.0
