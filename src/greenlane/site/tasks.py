"""Jobs by the clock, kept in PostgreSQL by procrastinate: found by its autodiscovery."""

from __future__ import annotations

import contextlib

from procrastinate import JobContext, builtin_tasks
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from greenlane.booking.commands import find_signals
from greenlane.callup.commands import sign_roots
from greenlane.planning.plan_commands import make_asked
from greenlane.registry.clock import now
from greenlane.site.courses import open_slots
from greenlane.standard.commands import publish


@app.periodic(cron="7 * * * *")
@app.task(queueing_lock="open_slots", pass_context=False)
def open_coming_slots(timestamp: int) -> int:
    """Every hour: slots exist up to the horizon of each checkpoint."""
    return open_slots()


def open_slots_now() -> None:
    """Have the coming slots made at once, unless that waits already."""
    with contextlib.suppress(AlreadyEnqueued):
        open_coming_slots.configure().defer(timestamp=0)


@app.periodic(cron="17 * * * *")
@app.task(queueing_lock="publish_days", pass_context=False)
def publish_days(timestamp: int) -> int:
    """Every hour: the first revision of the local days that are over."""
    return len(publish(now()))


@app.periodic(cron="37 * * * *")
@app.task(queueing_lock="resale_signals", pass_context=False)
def look_for_resale(timestamp: int) -> int:
    """Every hour: signs of resale, for officers to look at."""
    return find_signals(now())


@app.periodic(cron="*/10 * * * *")
@app.task(queueing_lock="sign_roots", pass_context=False)
def sign_order_roots(timestamp: int) -> int:
    """Every ten minutes: the signed roots of the order log of local days that are over."""
    return len(sign_roots(now()))


@app.task(pass_context=False)
def make_day_plan(plan_id: int) -> str:
    """A plan that somebody asked for on the planner's page."""
    return make_asked(plan_id, now()).state


@app.periodic(cron="40 2 * * *")
@app.task(queueing_lock="old_jobs", pass_context=True)
async def forget_old_jobs(context: JobContext, timestamp: int) -> None:
    """Every night: jobs that ended over three days ago are deleted."""
    await builtin_tasks.remove_old_jobs(context, max_hours=72, remove_failed=True, remove_cancelled=True)
