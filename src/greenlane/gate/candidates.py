"""The trucks that a reading at one checkpoint and direction may belong to, indexed for matching."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from greenlane.gate.plates import MOST_EDITS, match_key, normalise, weighted_distance

Sort = Literal["booking", "passage"]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A truck that may pass: an expected booking, or an open passage (which then stands for its booking as
    well).

    Attributes:
        id: key of the booking or passage, unique among the candidates; see `sort`.
        sort: ``booking`` (no reading yet) or ``passage``.
        plate, country: of the tractor or rigid truck; country as ISO 3166-1 alpha-2, or None.
        trailer_plate: of the trailer, where known.
        codes: every code that names this truck: the booking's public code, its tag.
        expected_at: when it should reach the entry barrier (slot start or call-up), aware, or None.
        last_point, last_at: the last point on its way that was seen, and when; None before the first reading.
        stages_due: codes of the stages of its channel; empty when not known.
    """

    id: str
    sort: Sort
    plate: str
    country: str | None = None
    trailer_plate: str | None = None
    codes: tuple[str, ...] = ()
    expected_at: datetime | None = None
    last_point: str | None = None
    last_at: datetime | None = None
    stages_due: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Near:
    """A candidate whose plate key is some `weighted_distance` away from a read."""

    candidate: Candidate
    edits: float


class CandidateIndex:
    """Candidates by plate key, trailer key and code, kept up to date as passages open and close.

    Looking up costs one hash; only a miss searches all plate keys (`near`). Not safe for writing from several
    threads.
    """

    def __init__(self, candidates: Iterable[Candidate] = ()) -> None:
        self._by_id: dict[str, Candidate] = {}
        self._plates: dict[str, dict[str, Candidate]] = {}
        self._trailers: dict[str, dict[str, Candidate]] = {}
        self._codes: dict[str, dict[str, Candidate]] = {}
        self._plate_keys: list[str] | None = None
        for candidate in candidates:
            self.add(candidate)

    def __len__(self) -> int:
        return len(self._by_id)

    def __iter__(self) -> Iterator[Candidate]:
        return iter(self._by_id.values())

    def __contains__(self, candidate_id: str) -> bool:
        return candidate_id in self._by_id

    def get(self, candidate_id: str) -> Candidate | None:
        """The candidate with that id, or None."""
        return self._by_id.get(candidate_id)

    def add(self, candidate: Candidate) -> None:
        """Put in a candidate, in place of one with the same id."""
        self.remove(candidate.id)
        self._by_id[candidate.id] = candidate
        for table, key in self._keys(candidate):
            if table is self._plates and key not in table:
                self._plate_keys = None
            table.setdefault(key, {})[candidate.id] = candidate

    update = add

    def remove(self, candidate_id: str) -> None:
        """Take out a candidate; one that is not there is no fault."""
        candidate = self._by_id.pop(candidate_id, None)
        if candidate is None:
            return
        for table, key in self._keys(candidate):
            same = table[key]
            same.pop(candidate_id, None)
            if not same:
                del table[key]
                if table is self._plates:
                    self._plate_keys = None

    def with_plate(self, value: str) -> list[Candidate]:
        """Those whose plate has the same `match_key`."""
        return list(self._plates.get(match_key(value), {}).values())

    def with_trailer(self, value: str) -> list[Candidate]:
        """Those whose trailer plate has the same `match_key`."""
        return list(self._trailers.get(match_key(value), {}).values())

    def with_code(self, value: str) -> list[Candidate]:
        """Those named by the code, compared without separators and case."""
        return list(self._codes.get(normalise(value), {}).values())

    def near(self, value: str) -> list[Near]:
        """Those whose plate key is within `MOST_EDITS` plain edits, the nearest first."""
        key = match_key(value)
        if self._plate_keys is None:
            self._plate_keys = list(self._plates)
        hits = process.extract(
            key, self._plate_keys, scorer=Levenshtein.distance, score_cutoff=MOST_EDITS, limit=None
        )
        found = [
            Near(candidate, edits)
            for other, _, _ in hits
            if (edits := weighted_distance(key, other)) is not None
            for candidate in self._plates[other].values()
        ]
        return sorted(found, key=lambda near: (near.edits, near.candidate.id))

    def _keys(self, candidate: Candidate) -> Iterator[tuple[dict[str, dict[str, Candidate]], str]]:
        if key := match_key(candidate.plate):
            yield self._plates, key
        if candidate.trailer_plate and (key := match_key(candidate.trailer_plate)):
            yield self._trailers, key
        for code in set(map(normalise, candidate.codes)):
            if code:
                yield self._codes, code
