"""The steady duties of the worker, and the order in which the rooms hand on their work."""

from __future__ import annotations

import logging
from datetime import datetime
from functools import partial

from greenlane.booking.commands import draw_ballots, expire_holds, look_again, mark_no_shows, serve_list
from greenlane.callup.commands import mark_missed, release, seal_order, send_messages
from greenlane.callup.commands.live import end_live
from greenlane.callup.models import Channel
from greenlane.callup.queries import spared_bookings
from greenlane.errors import GreenlaneError
from greenlane.gate.commands import match_pending
from greenlane.gate.queries import has_pending, lines_with_waiting
from greenlane.planning.rule_commands import put_in_force
from greenlane.registry.clock import now
from greenlane.registry.models import Checkpoint
from greenlane.site.courses import courses
from greenlane.site.promises import keep_promises
from greenlane.site.worker import Duty
from greenlane.standard.commands import measure, refresh
from greenlane.standard.queries import unmeasured

_log = logging.getLogger(__name__)


def match_and_measure() -> bool:
    """Readings become passages, and passages become figures."""
    at = now()
    changed = match_pending(at)
    if changed:
        measure(sorted(changed), at)
    return bool(changed)


def call_up() -> bool:
    """Let those that missed their call wait again, and release the trucks whose turn it is."""
    at = now()
    mark_missed(at)
    waiting = lines_with_waiting()
    for checkpoint, direction, _ in courses():
        if (checkpoint.pk, direction) in waiting:
            _release(checkpoint, direction, at)
    return False


def _release(checkpoint: Checkpoint, direction: str, at: datetime) -> None:
    """A line whose calls the database stops keeps no other line from calling."""
    try:
        release(checkpoint, direction, at)
    except GreenlaneError:
        _log.exception("no call at %s %s", checkpoint.code, direction)


def let_go() -> bool:
    """Give back the places of holds that ran out."""
    return expire_holds(now()) >= 1000


def draw_by_lot() -> bool:
    """Close the ballots whose window is over, and draw them."""
    draw_ballots(now())
    return False


def serve_waiting() -> bool:
    """Offer freed places to those who wait."""
    serve_list(now())
    return False


def look_through_lists() -> bool:
    """Offer what is free and was not seen to suit somebody when it became so."""
    look_again(now())
    return False


def end_tickets() -> bool:
    """End the live queue's tickets whose trucks have entered or booked, or did not come in time."""
    return end_live(now()) >= 1000


def miss() -> bool:
    """End the bookings whose trucks did not come, once all is known that devices have told."""
    at = now()
    if has_pending():
        return False
    for checkpoint, direction, _ in courses():
        mark_no_shows(checkpoint, direction, at, spared_bookings(checkpoint, direction, at))
    return False


def guarantee() -> bool:
    """Pay what checkpoints owe for being late, once all is known that devices have told."""
    at = now()
    if has_pending():
        return False
    for checkpoint, direction, _ in courses():
        keep_promises(checkpoint, direction, at)
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


def seal() -> bool:
    """Put what happened to the order into its public chain."""
    return seal_order(now()) >= 10_000


def tell(channel: str) -> bool:
    """Bring out one channel's messages; each has its own thread, so that one that is down delays no other."""
    return send_messages(channel, now()) > 0


DUTIES = (
    Duty("match", 0.3, match_and_measure),
    Duty("call-up", 1.0, call_up),
    Duty("holds", 2.0, let_go),
    Duty("waiting-list", 1.0, serve_waiting),
    Duty("waiting-again", 20.0, look_through_lists),
    Duty("ballots", 2.0, draw_by_lot),
    Duty("live-queue", 5.0, end_tickets),
    Duty("guarantee", 30.0, guarantee),
    Duty("no-shows", 30.0, miss),
    Duty("measure-again", 20.0, measure_again),
    Duty("rules", 30.0, rules_take_effect),
    Duty("order-log", 1.0, seal),
    *(Duty(f"messages-{channel}", 0.5, partial(tell, channel)) for channel in Channel.values),
)
