"""The loop closed on the running product: a day as described misses the standard, the accepted plan keeps it.

`python tools/close_the_loop.py [--pictures docs/images]` serves the invented crossing narrow-ford twice, each
time with a rehearsal clock of its own, from an empty directory:

1. Monday, one o'clock. The traffic player has played Sunday and this day from outside. The board is pictured;
   a planner, in a browser, has plans made for Wednesday and Thursday and accepts both.
2. Thursday, one o'clock. The player has played Wednesday and this day by the published rosters, which it
   reads as anyone may. The shift lead opens the lanes as planned, and the board is pictured again.

It prints the share of trucks inside within ten minutes on Sunday (as described) and on Wednesday (as
planned), from the public figures of the standard, and ends with status 1 when the first was kept or the
second was not. Takes some five minutes; needs a Chromium.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
CROSSINGS = ROOT / "tests" / "planning" / "crossings"
CROSSING, CHECKPOINT, DIRECTION = "narrow-ford", "near-ford", "outbound"
ZONE = ZoneInfo("Europe/Kyiv")
SUNDAY = date(2026, 11, 22)
SCREEN = {"width": 1280, "height": 800}
PATIENCE_S = 600.0
WISHES = {"target": "9", "quantile": "97", "block": "60", "every": "60"}
"""A little more than the standard: the way from stage to stage, half a minute in all, is not in the twin."""


@dataclass(frozen=True, slots=True)
class Served:
    """A Greenlane that runs: its address, its environment, and what it has said so far."""

    address: str
    environment: dict[str, str]
    log: Path

    def greenlane(self, *arguments: str) -> str:
        """Run a command beside it; what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", "greenlane", *arguments],
            env=self.environment, capture_output=True, text=True, check=True, cwd=ROOT,
        )  # fmt: skip
        return done.stdout

    def figures(self, day: date) -> dict[str, Any]:
        """The standard's own figures of the clock inside on a local day."""
        path = f"{self.address}/api/v1/public/checkpoints/{CHECKPOINT}/{DIRECTION}/figures"
        answer = httpx.get(path, params={"from": day.isoformat(), "to": day.isoformat()}, timeout=30.0)
        answer.raise_for_status()
        groups = answer.json()["groups"]
        return dict(groups[0]["figures"]) if groups else {"n": 0}


@contextmanager
def served(var: Path, port: int, at: datetime) -> Iterator[Served]:
    """A Greenlane whose clock starts at a time, with that day and the day before played."""
    environment = os.environ | {
        "GREENLANE_VAR": str(var),
        "GREENLANE_CROSSINGS": str(CROSSINGS),
        "GREENLANE_CLOCK": f"{at.timestamp()}@{time.time()}*1",
    }
    environment.pop("DATABASE_URL", None)
    log = var.parent / f"serve-{at:%a}.log"
    command = [sys.executable, "-m", "greenlane", "serve", "--port", str(port)]
    command += ["--demo", "--crossing", CROSSING, "--days", "1"]
    with log.open("w") as said:
        process = subprocess.Popen(command, env=environment, stdout=said, stderr=said, cwd=ROOT)
    running = Served(f"http://localhost:{port}", environment, log)
    try:
        until(lambda: f"Greenlane is at {running.address}" in log.read_text(), "the server", process)
        yield running
    finally:
        process.terminate()
        process.wait(60)


def until(
    holds: Callable[[], bool], what: str, process: subprocess.Popen[bytes] | None = None, every_s: float = 2.0
) -> None:
    """Wait until something holds."""
    ends = time.monotonic() + PATIENCE_S
    while not holds():
        if time.monotonic() > ends or (process is not None and process.poll() is not None):
            raise SystemExit(f"waited in vain for {what}")
        time.sleep(every_s)


def has_history(var: Path, today: date) -> bool:
    """Whether the day so far, and the day before, are played."""
    note = var / f"history-{CROSSING}.json"
    return note.exists() and json.loads(note.read_text())["before"] == today.isoformat()


def measured(running: Served, day: date, least: int) -> dict[str, Any]:
    """A day's figures, once all readings are matched: at least so many trucks, and no more come."""
    before = -1

    def settled() -> bool:
        nonlocal before
        now, was = int(running.figures(day)["n"]), before
        before = now
        return now >= least and now == was

    until(settled, f"the figures of {day}", every_s=5.0)
    return running.figures(day)


@contextmanager
def signed_in(browser: Browser, running: Served, email: str) -> Iterator[Page]:
    """A page of the site for one of the demonstration's staff, with the second factor."""
    told = running.greenlane("demo")
    password = _found(r"password (\S+)", told)
    context = browser.new_context(
        base_url=running.address,
        viewport=SCREEN,  # type: ignore[arg-type]  # a literal dict in the stub
        locale="en-GB",
    )
    page = context.new_page()
    page.goto("/accounts/login/")
    page.fill("[name=login]", email)
    page.fill("[name=password]", password)
    with page.expect_navigation():
        page.click("main form button")
    page.fill("[name=code]", _found(r"half minute: (\d+)", running.greenlane("demo")))
    with page.expect_navigation():
        page.click("main form button")
    yield page
    context.close()


def accept_a_plan(page: Page, day: date) -> None:
    """Ask for a plan of the day on the planner's page, wait for it, and put it in force."""
    page.goto(f"/plan/{CHECKPOINT}/{DIRECTION}/?day={day.isoformat()}")
    for name, value in WISHES.items():
        page.fill(f"#f-{name}", value)
    page.get_by_role("button", name="Make the plan").click()
    page.get_by_role("button", name="Accept and publish").click(timeout=PATIENCE_S * 1000)
    page.get_by_text("The plan is in force.").wait_for()


def picture_board(page: Page, path: Path) -> None:
    """The shift lead's board."""
    page.goto(f"/shift/{CHECKPOINT}/{DIRECTION}/")
    page.wait_for_load_state("load")
    page.screenshot(path=path)


def noon(day: date) -> datetime:
    """One in the afternoon."""
    return datetime(day.year, day.month, day.day, 13, tzinfo=ZONE)


def main() -> int:
    """Play, plan, play again; 0 when the plan closed the loop."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--pictures", type=Path, default=ROOT / "docs" / "images")
    parser.add_argument("--port", type=int, default=8155)
    chosen = parser.parse_args()
    monday, wednesday, thursday = (SUNDAY + timedelta(days=after) for after in (1, 3, 4))
    with tempfile.TemporaryDirectory(prefix="greenlane-loop-", ignore_cleanup_errors=True) as place:
        var = Path(place) / "var"
        var.mkdir()
        os.chmod(place, 0o755)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=_chromium(), args=["--no-sandbox"])
            with served(var, chosen.port, noon(monday)) as running:
                say("Sunday and Monday are played as described")
                until(lambda: has_history(var, monday), "the history")
                described = measured(running, SUNDAY, 300)
                with signed_in(browser, running, "shift-lead@example.org") as page:
                    picture_board(page, chosen.pictures / "plan-before.png")
                with signed_in(browser, running, "planner@example.org") as page:
                    for day in (wednesday, thursday):
                        say(f"{day:%A} is planned")
                        accept_a_plan(page, day)
                    page.screenshot(path=chosen.pictures / "plan-page.png", full_page=True)
            with served(var, chosen.port, noon(thursday)) as running:
                say("Wednesday and Thursday are played as planned")
                until(lambda: has_history(var, thursday), "the history")
                planned = measured(running, wednesday, 300)
                with signed_in(browser, running, "shift-lead@example.org") as page:
                    page.goto(f"/shift/{CHECKPOINT}/{DIRECTION}/")
                    page.get_by_role("button", name="Open lanes as planned").click()
                    page.get_by_role("status").filter(has_text="changed").wait_for()
                    picture_board(page, chosen.pictures / "plan-after.png")
            browser.close()
    report("Sunday, as described", described)
    report("Wednesday, as planned", planned)
    return 0 if described["verdict"] != "kept" and planned["verdict"] == "kept" else 1


def report(name: str, figures: dict[str, Any]) -> None:
    """One line: the share, its interval, how many trucks, and whether the standard was kept."""
    share, low, high = (figures[f"within_600{part}"] * 100 for part in ("", "_low", "_high"))
    print(
        f"{name:22} {share:5.1f} % inside within 10 min ({low:.1f} to {high:.1f} %), "
        f"{figures['n']} trucks: {figures['verdict']}"
    )


def say(what: str) -> None:
    """Progress, on standard error."""
    print(what, file=sys.stderr, flush=True)


def _found(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    if found is None:
        raise SystemExit(f"there is no {pattern!r} in: {text}")
    return found[1]


def _chromium() -> str:
    sys.path.insert(0, str(ROOT / "tests"))
    from browsers import find_chromium

    path = find_chromium()
    if path is None:
        raise SystemExit("there is no Chromium here; set GREENLANE_CHROMIUM")
    return path


if __name__ == "__main__":
    sys.exit(main())
