"""From a reading to a truck: the matcher.

In order: the code of a pass or tag; the plate; the plate with look-alike characters folded; the trailer's
plate; a plate one edit away. What fits no truck begins a new passage, what fits several or none well enough
goes to an officer. Nothing is dropped, and nothing is guessed beyond the constants below.

The matcher keeps no state but its index: after each outcome the caller puts the changed candidate back with
`CandidateIndex.add`, or takes it out when the passage is over.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from greenlane.gate.candidates import Candidate, CandidateIndex
from greenlane.gate.order import ENTRY, PHASE, another_trip, likely, possible
from greenlane.gate.plates import EDIT_PENALTY, EQUAL_KEY, match_key, normalise, score_of_edits
from greenlane.gate.readings import Reading

Method = Literal["pass", "plate_exact", "plate_folded", "plate_near", "trailer", "officer"]
Reason = Literal[
    "ambiguous", "low_confidence", "order_impossible", "unlikely", "too_far", "unknown_code", "illegible"
]

MARGIN: Final = EDIT_PENALTY
"""The best candidate must lead by this much: one whole edit. With less, the runner-up is as good an
explanation of the read as the best one, given a camera that errs in a few per cent of plates."""
NEAR_EDITS: Final = 1.0
"""Weighted edits up to which a near plate is matched. At two edits, plates of one fleet, numbered in a row,
collide."""
SHORTEST_NEAR: Final = 5
"""Plates with fewer characters are matched only whole: one edit in four is a quarter of the plate."""
LEAST_CONFIDENCE: Final = 0.5
"""Below it the reader itself holds its read for more likely wrong than right: enough to confirm an expected
plate, not to match a near one or to begin a passage."""
COUNTRY_PENALTY: Final = 0.15
"""Taken off when the read country differs from the known one: more than `MARGIN`, so that it decides between
two equal plates, and less than would refuse a match alone, since readers often tell the country wrong."""
TRAILER_SCORE: Final = 0.9
"""Trailers are exchanged between tractors more often than a booking is told of it."""

_RANK_TOLERANCE: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Match:
    """The reading belongs to this truck.

    `score` is the similarity (see `plates.similarity`), less the country penalty; `margin` is how far it
    leads the next of the candidates looked at, or the score itself where there is no other.
    """

    candidate: Candidate
    method: Method
    score: float
    margin: float


@dataclass(frozen=True, slots=True)
class NewPassage:
    """A truck that nobody expected; `entry_missing` when it was first seen beyond the entry barrier."""

    entry_missing: bool
    score: float


@dataclass(frozen=True, slots=True)
class Scored:
    """A candidate with the method and score by which it came up."""

    candidate: Candidate
    method: Method
    score: float


@dataclass(frozen=True, slots=True)
class Unclear:
    """For an officer to decide: the candidates, the best first (possibly none), and why."""

    candidates: tuple[Scored, ...]
    reason: Reason


Outcome = Match | NewPassage | Unclear


def match(index: CandidateIndex, reading: Reading) -> Outcome:
    """Find the truck of one reading among the candidates of its checkpoint and direction."""
    if reading.kind in ("tag", "qr"):
        named = [Scored(candidate, "pass", 1.0) for candidate in index.with_code(reading.value)]
        return _settled(named, reading) or Unclear((), "unknown_code")
    if reading.kind == "tap":
        named = [Scored(candidate, "officer", 1.0) for candidate in _tapped(index, reading.value)]
        if outcome := _settled(named, reading):
            return outcome
    if not normalise(reading.value):
        return Unclear((), "illegible")
    return (
        _settled(_by_plate(index, reading), reading)
        or _settled(_by_trailer(index, reading), reading)
        or _by_near_plate(index, reading)
        or _unexpected(reading)
    )


def _tapped(index: CandidateIndex, value: str) -> list[Candidate]:
    chosen = index.get(value.strip())
    return [chosen] if chosen else index.with_code(value)


def _by_plate(index: CandidateIndex, reading: Reading) -> Iterable[Scored]:
    found = index.with_plate(reading.value)
    plain = normalise(reading.value) if found else ""
    for candidate in found:
        exact = normalise(candidate.plate) == plain
        score = (1.0 if exact else EQUAL_KEY) - _country_penalty(candidate, reading)
        yield Scored(candidate, "plate_exact" if exact else "plate_folded", score)


def _by_trailer(index: CandidateIndex, reading: Reading) -> list[Scored]:
    return [Scored(candidate, "trailer", TRAILER_SCORE) for candidate in index.with_trailer(reading.value)]


def _settled(scored: Iterable[Scored], reading: Reading) -> Match | Unclear | None:
    """The one of the candidates that fits; Unclear when none can or several do; None when there was none."""
    point, at = reading.point, reading.event_time
    coming = [one for one in scored if not another_trip(one.candidate, point, at)]
    if not coming:
        return None
    ranked = _ranked(one for one in coming if possible(one.candidate, point, at))
    if not ranked:
        return Unclear(tuple(_ranked(coming)), "order_impossible")
    if len(ranked) > 1 and _lead(ranked) < MARGIN - _RANK_TOLERANCE:
        # Equal plates, such as a truck inside that has booked its next trip: take the one that is due here.
        due = [one for one in ranked if likely(one.candidate, point, at, reading.stage)]
        if len(due) != 1:
            return Unclear(tuple(ranked), "ambiguous")
        return Match(due[0].candidate, due[0].method, due[0].score, 0.0)
    return _match(ranked)


def _by_near_plate(index: CandidateIndex, reading: Reading) -> Match | Unclear | None:
    point, at = reading.point, reading.event_time
    found = index.near(reading.value)
    if found and found[0].edits == 0:
        # The very plate is known, from a trip that is over: it comes again, and is no misread of a
        # neighbour's.
        return None
    nears = [near for near in found if not another_trip(near.candidate, point, at)]
    if not nears:
        return None
    scored = _ranked(
        Scored(
            near.candidate,
            "plate_near",
            score_of_edits(near.edits) - _country_penalty(near.candidate, reading),
        )
        for near in nears
    )
    if nears[0].edits > NEAR_EDITS or len(match_key(reading.value)) < SHORTEST_NEAR:
        # Coming in, a plate two edits from any other is another truck; beyond the entry it has to be one of
        # those inside.
        inside = [one for one in scored if likely(one.candidate, point, at, reading.stage)]
        return Unclear(tuple(inside), "too_far") if inside and PHASE[point] > ENTRY else None
    if reading.confidence < LEAST_CONFIDENCE:
        return Unclear(tuple(scored), "low_confidence")
    ranked = [one for one in scored if possible(one.candidate, point, at)]
    if not ranked:
        return Unclear(tuple(scored), "order_impossible")
    if _lead(ranked) < MARGIN - _RANK_TOLERANCE:
        return Unclear(tuple(ranked), "ambiguous")
    best = ranked[0]
    if best.score < score_of_edits(NEAR_EDITS) - _RANK_TOLERANCE or not likely(
        best.candidate, point, at, reading.stage
    ):
        return Unclear(tuple(ranked), "unlikely")
    return _match(ranked)


def _unexpected(reading: Reading) -> NewPassage | Unclear:
    if reading.confidence < LEAST_CONFIDENCE:
        return Unclear((), "low_confidence")
    return NewPassage(entry_missing=PHASE[reading.point] > ENTRY, score=reading.confidence)


def _ranked(scored: Iterable[Scored]) -> list[Scored]:
    return sorted(scored, key=lambda one: (-one.score, one.candidate.id))


def _lead(ranked: list[Scored]) -> float:
    return ranked[0].score - (ranked[1].score if len(ranked) > 1 else 0.0)


def _match(ranked: list[Scored]) -> Match:
    return Match(ranked[0].candidate, ranked[0].method, ranked[0].score, _lead(ranked))


def _country_penalty(candidate: Candidate, reading: Reading) -> float:
    known = candidate.country is not None and reading.country is not None
    return COUNTRY_PENALTY if known and candidate.country != reading.country else 0.0
