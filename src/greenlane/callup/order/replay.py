"""The state of a line as the log tells it: who is in the park, with what rank. Pure: no Django."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from greenlane.callup.order.chain import time_of
from greenlane.callup.order.state import Called, Place, Stop, Ticket, Truck
from greenlane.callup.policy import CREDIT_WINDOW, PAPERS, REST
from greenlane.callup.waiting import LIVE, PRIORITY, RecentCalls, ReleaseRules, Waiting, behind_after
from greenlane.gate.due import EARLIEST, LATEST, MOST_WAIT

HAS_PLACE: Final = ("confirmed", "called")


@dataclass(slots=True)
class Park:
    """A line of a checkpoint, built up entry by entry."""

    rules: ReleaseRules | None = None
    return_behind: int = 0
    places: dict[str, Place] = field(default_factory=dict)
    tickets: dict[str, Ticket] = field(default_factory=dict)
    trucks: dict[str, Truck] = field(default_factory=dict)
    standing: set[str] = field(default_factory=set)
    stops: dict[str, dict[str, Stop]] = field(default_factory=dict)
    priority: dict[str, str] = field(default_factory=dict)
    mass: dict[str, tuple[str, str]] = field(default_factory=dict)
    pauses: dict[str, tuple[datetime, datetime]] = field(default_factory=dict)
    calls: dict[str, Called] = field(default_factory=dict)
    place_of: dict[str, str] = field(default_factory=dict)
    ticket_of: dict[str, str] = field(default_factory=dict)

    def take(self, told: Mapping[str, Any]) -> None:
        """Let an entry happen. Kinds that do not bear on the park change nothing."""
        at, facts = time_of(told["at"]), told["facts"]
        kind: str = told["kind"]
        if kind.startswith("booking."):
            self._booking(facts, at)
        elif kind.startswith("ticket."):
            self._ticket(facts, at)
        elif "phase" in facts:
            self._truck(facts, at)
        elif kind.startswith("call.") and "call" in facts:
            self._call(kind, facts, at)
        elif "hindrance" in facts:
            self._stop(facts)
        elif kind.startswith("priority."):
            self.priority[facts.get("place") or facts["ticket"]] = facts["reason"]
        elif kind == "mass.approved":
            self.mass[facts["mass"]] = (facts["officer"], facts["second_officer"])
        elif kind.startswith("pause."):
            self.pauses[facts["pause"]] = (time_of(facts["from"]), time_of(facts["to"]))
        elif "late_minutes" in facts:
            self._set_rules(facts)

    def in_park(self, at: datetime) -> dict[str, Waiting]:
        """Who stands in the park and may be called, as call-up saw it at `at`."""
        return {mask: self.waiting(mask, at) for mask in self.standing if _is_there(self.trucks[mask], at)}

    def waiting(self, mask: str, at: datetime) -> Waiting:
        """A truck as the order of turns takes it; its drive to the barrier is not in the log, and is 0."""
        truck = self.trucks[mask]
        assert truck.in_at is not None
        place_mask = self.place_in_force(mask, at)
        place = self.places[place_mask] if place_mask else None
        ticket_mask = None if place else self._ticket_in_force(mask)
        ticket = self.tickets[ticket_mask] if ticket_mask else None
        subject = place_mask or ticket_mask or ""
        since = truck.missed_at
        calls = sum(1 for c in self._calls_from(since) if not c.recalled) if since else 0
        return Waiting(
            passage=truck.number,
            arrived_at=truck.in_at,
            booking=truck.number if place else None,
            slot_start=place.start if place else None,
            slot_end=place.end if place else None,
            in_priority_share=bool(place and place.share == PRIORITY),
            ticket=truck.number if ticket else None,
            joined_at=min(ticket.since, truck.in_at) if ticket else None,
            has_priority=bool(ticket_mask and ticket_mask in self.priority),
            missed=truck.missed,
            missed_at=truck.missed_at,
            behind=behind_after(truck.missed, calls, self.return_behind),
            rest=self._rest(subject, at),
            lacks_papers=any(
                stop.what == PAPERS and stop.starts <= at and (stop.ends is None or at < stop.ends)
                for stop in self._standing(subject)
            ),
        )

    def place_in_force(self, mask: str, at: datetime) -> str | None:
        """The booking by which a truck's turn goes: that which it came with, or made while in the park."""
        own = self.trucks[mask].place
        if own is not None and own in self.places and self.places[own].state in HAS_PLACE:
            return own
        made = self.place_of.get(mask)
        place = self.places.get(made or "")
        if place is not None and place.state in HAS_PLACE and at - LATEST <= place.start <= at + EARLIEST:
            return made
        return None

    def subjects(self, mask: str) -> set[str]:
        """The masked ids under which a truck has been known."""
        truck = self.trucks[mask]
        known = {mask, truck.place, truck.ticket, self.place_of.get(mask), self.ticket_of.get(mask)}
        return {each for each in known if each}

    def changed_since(self, mask: str, since: datetime) -> bool:
        """Whether anything of a truck's standing was written within the last moments."""
        subjects = self.subjects(mask)
        rows: list[Place | Ticket] = [self.places[s] for s in subjects if s in self.places]
        rows += [self.tickets[s] for s in subjects if s in self.tickets]
        lifted = [s.lifted for each in subjects for s in self.stops.get(each, {}).values() if s.lifted]
        times = [self.trucks[mask].changed_at, *(row.changed_at for row in rows), *lifted]
        return any(time >= since for time in times)

    def recent(self, at: datetime) -> RecentCalls:
        """Calls of the last hour that stand, as the shares count them."""
        standing = [
            call
            for call in self._calls_from(at - CREDIT_WINDOW)
            if call.at > at - CREDIT_WINDOW and not call.recalled and not call.missed
        ]
        by_priority = sum(1 for call in standing if call.turn == PRIORITY)
        booked = sum(1 for call in standing if call.is_booked and call.turn != PRIORITY)
        return RecentCalls(booked, len(standing) - by_priority - booked, by_priority)

    def _booking(self, facts: Mapping[str, Any], at: datetime) -> None:
        mask = facts["place"]
        before = self.places.get(mask)
        place = Place(facts["state"], time_of(facts["slot"]), time_of(facts["until"]), facts["share"], at)
        if before is not None and before.state in HAS_PLACE and place.state in HAS_PLACE:
            same = (before.start, before.end, before.share) == (place.start, place.end, place.share)
            place.changed_at = before.changed_at if same else at
        self.places[mask] = place
        if "truck" in facts:
            self.place_of[facts["truck"]] = mask

    def _ticket(self, facts: Mapping[str, Any], at: datetime) -> None:
        mask = facts["ticket"]
        before = self.tickets.get(mask)
        is_new = before is None or before.state not in ("waiting", "called")
        self.tickets[mask] = Ticket(
            since=time_of(facts["since"]),
            good_until=time_of(facts["good_until"]),
            state=facts["state"],
            changed_at=at if is_new or before is None else before.changed_at,
        )
        if "truck" in facts:
            self.ticket_of[facts["truck"]] = mask

    def _truck(self, facts: Mapping[str, Any], at: datetime) -> None:
        mask = facts["truck"]
        before = self.trucks.get(mask)
        truck = Truck(
            number=before.number if before else len(self.trucks) + 1,
            phase=facts["phase"],
            in_at=_time(facts.get("in")),
            out_at=_time(facts.get("out")),
            called_at=_time(facts.get("called")),
            place=facts.get("place"),
            ticket=facts.get("ticket"),
            changed_at=at,
            told_at=before.told_at if before else None,
            missed=before.missed if before else 0,
            missed_at=before.missed_at if before else None,
        )
        if before is not None and _stands_as(before) == _stands_as(truck):
            truck.changed_at = before.changed_at
        if truck.place and truck.place not in self.places and "slot" in facts:
            # A file that begins later than the booking: what its truck came with stands in the truck's line.
            self.places[truck.place] = Place(
                "confirmed", time_of(facts["slot"]), time_of(facts["until"]), facts["share"], at
            )
        self.trucks[mask] = truck
        (self.standing.add if truck.phase in ("waiting", "called") else self.standing.discard)(mask)

    def _call(self, kind: str, facts: Mapping[str, Any], at: datetime) -> None:
        key = facts["call"]
        if kind == "call.made":
            self.calls[key] = Called(at, facts["turn"], "place" in facts)
            if truck := self.trucks.get(facts["truck"]):
                truck.told_at = at
            return
        call = self.calls.get(key)
        if call is None:
            return
        if kind == "call.recalled":
            if call.missed and not call.recalled and (truck := self.trucks.get(facts["truck"])):
                truck.missed -= 1
            call.recalled = True
        elif kind == "call.missed":
            call.missed = True
            if truck := self.trucks.get(facts["truck"]):
                truck.missed, truck.missed_at = truck.missed + 1, at

    def _stop(self, facts: Mapping[str, Any]) -> None:
        subject = facts.get("place") or facts["ticket"]
        self.stops.setdefault(subject, {})[facts["hindrance"]] = Stop(
            what=facts["what"],
            starts=time_of(facts["from"]),
            ends=_time(facts.get("to")),
            lifted=_time(facts.get("lifted")),
        )

    def _set_rules(self, facts: Mapping[str, Any]) -> None:
        self.return_behind = int(facts["return_behind"])
        self.rules = ReleaseRules(
            inside_limit=int(facts["inside_limit"]),
            late=timedelta(minutes=int(facts["late_minutes"])),
            lead=timedelta(minutes=int(facts["release_lead_minutes"])),
            live_share=float(facts["live_share"]),
            priority_share=float(facts["priority_share"]),
            inside=timedelta(minutes=float(facts["call_up_target_minutes"])),
        )

    def _ticket_in_force(self, mask: str) -> str | None:
        truck = self.trucks[mask]
        for known in (truck.ticket, self.ticket_of.get(mask)):
            ticket = self.tickets.get(known or "")
            if ticket is not None and ticket.state in ("waiting", "called") and truck.in_at is not None:
                return known if truck.in_at <= ticket.good_until else None
        return None

    def _standing(self, subject: str) -> Iterable[Stop]:
        return (stop for stop in self.stops.get(subject, {}).values() if stop.lifted is None)

    def _calls_from(self, since: datetime) -> Iterable[Called]:
        """Calls made at `since` or later; entries come nearly in the order of their times."""
        for call in reversed(self.calls.values()):
            if call.at < since - CREDIT_WINDOW:
                return
            if call.at >= since:
                yield call

    def _rest(self, subject: str, at: datetime) -> tuple[datetime, datetime] | None:
        rests = [
            (stop.starts, stop.ends)
            for stop in self._standing(subject)
            if stop.what == REST and stop.ends is not None and stop.ends > at
        ]
        return min(rests, default=None)


def queue_of(truck: Waiting) -> str:
    """Which of the two queues a truck stands in."""
    return "booked" if truck.booking is not None else LIVE


def _stands_as(truck: Truck) -> tuple[object, ...]:
    """What of a truck decides its rank; that it is called changes none."""
    return truck.in_at, truck.out_at, truck.place, truck.ticket, truck.phase in ("waiting", "called")


def _is_there(truck: Truck, at: datetime) -> bool:
    if truck.in_at is None or truck.in_at < at - MOST_WAIT:
        return False
    if truck.out_at is not None and truck.out_at >= truck.in_at:
        return False
    # A call's own entry comes last: until then its truck waits, as it did when the call was decided.
    return truck.phase == "waiting" or (truck.called_at == at and truck.told_at != at)


def _time(text: str | None) -> datetime | None:
    return time_of(text) if text is not None else None
