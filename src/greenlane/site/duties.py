"""The steady duties of the worker, and the order in which the rooms hand on their work."""

from __future__ import annotations

from greenlane.booking.commands import expire_holds, mark_no_shows
from greenlane.callup.commands import release
from greenlane.gate.commands import match_pending
from greenlane.gate.queries import has_pending, lines_with_waiting
from greenlane.planning.rule_commands import put_in_force
from greenlane.registry.clock import now
from greenlane.site.courses import courses
from greenlane.site.worker import Duty
from greenlane.standard.commands import measure, refresh
from greenlane.standard.queries import unmeasured


def match_and_measure() -> bool:
    """Readings become passages, and passages become figures."""
    at = now()
    changed = match_pending(at)
    if changed:
        measure(sorted(changed), at)
    return bool(changed)


def call_up() -> bool:
    """Release the trucks whose turn it is, wherever trucks wait in a park."""
    at = now()
    waiting = lines_with_waiting()
    for checkpoint, direction, _ in courses():
        if (checkpoint.pk, direction) in waiting:
            release(checkpoint, direction, at)
    return False


def let_go() -> bool:
    """Give back the places of holds that ran out."""
    return expire_holds(now()) >= 1000


def miss() -> bool:
    """End the bookings whose trucks did not come, once all is known that devices have told."""
    at = now()
    if has_pending():
        return False
    for checkpoint, direction, _ in courses():
        mark_no_shows(checkpoint, direction, at)
    return False


def measure_again() -> bool:
    """Clocks that still run, and passages whose measuring was cut off."""
    at = now()
    measured = refresh(at)
    missed = unmeasured()
    if missed:
        measure(missed, at)
    return measured + len(missed) >= 10_000


def rules_take_effect() -> bool:
    """Let adopted rules hold whose date has come."""
    put_in_force(now())
    return False


DUTIES = (
    Duty("match", 0.3, match_and_measure),
    Duty("call-up", 1.0, call_up),
    Duty("holds", 2.0, let_go),
    Duty("no-shows", 30.0, miss),
    Duty("measure-again", 20.0, measure_again),
    Duty("rules", 30.0, rules_take_effect),
)
