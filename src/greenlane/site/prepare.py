"""What must be in place before the web server starts: tables, static files, crossings, demo accounts.

Each step does nothing when there is nothing to do, so that a second start is quick.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from greenlane.site.preflight import crossings_directory

DEMO_DAYS_BACK = 31


def prepare(*, demo_crossing: str = "") -> None:
    """Bring the database and the var directory up to date; for a demonstration, of one crossing."""
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", interactive=False, verbosity=1)
    collect_static()
    load_crossings(crossings_directory())
    if demo_crossing:
        make_demo()
        open_demo_slots(demo_crossing)


def open_demo_slots(crossing: str) -> None:
    """Slots of the crossing that is played: up to the horizon, and of the month before for its history."""
    from greenlane.site.courses import open_slots

    print(f"  Slots of {crossing}: {open_slots(crossing, DEMO_DAYS_BACK)} new", flush=True)


def collect_static() -> None:
    """Collect and compress the static files when one has changed since the last time."""
    from django.conf import settings
    from django.contrib.staticfiles.finders import get_finders
    from django.core.management import call_command

    digest = hashlib.sha256(settings.STORAGES["staticfiles"]["BACKEND"].encode())
    for finder in get_finders():
        for name, storage in finder.list([]):
            status = os.stat(storage.path(name))
            digest.update(f"{name} {status.st_size} {status.st_mtime_ns}\n".encode())
    stamp = Path(settings.STATIC_ROOT) / ".collected"
    if stamp.exists() and stamp.read_text() == digest.hexdigest():
        return
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    stamp.write_text(digest.hexdigest())


def load_crossings(directory: Path) -> None:
    """Put every crossing file of a directory in force; one that has not changed changes nothing.

    Raises:
        CrossingFileError: naming file, line and field of every fault.
    """
    from greenlane.registry.clock import now
    from greenlane.registry.commands import load_crossing
    from greenlane.registry.crossing_file import read_crossing

    for path in sorted(directory.glob("*.yaml")):
        diff = load_crossing(read_crossing(path), None, now())
        told = "new" if diff.is_new else f"{len(diff.changes)} changes" if diff else "unchanged"
        print(f"  Crossing {diff.crossing}: {told}", flush=True)


def make_demo() -> None:
    """Make the demo accounts and the player's credentials."""
    from greenlane.registry.clock import now
    from greenlane.site.demo import ensure_demo

    ensure_demo(now())
