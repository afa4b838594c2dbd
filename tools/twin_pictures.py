"""Draws the pictures of docs/reference/simulate.md and planning.md anew, into docs/pictures."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from greenlane.planning.plan import make_plan
from greenlane.planning.plan_report import pictures_of as plan_pictures
from greenlane.planning.plan_wishes import PlanWishes, wanted_of
from greenlane.twin.comparison import Asked, cases_of, checkpoint_of, run_cases
from greenlane.twin.pictures import pictures_of

PICTURES = Path(__file__).parents[1] / "docs" / "pictures"
WEDNESDAY = date(2026, 11, 25)


def main() -> None:
    """Write every picture."""
    asked = Asked("yahodyn-dorohusk", "A", "inbound", WEDNESDAY)
    cases = run_cases(cases_of(asked, ["arrivals=1.6"], ["described", "arrivals=1.6,lanes.customs=5"]), 60, 1)
    for name, svg in pictures_of(cases).items():
        (PICTURES / f"twin-{name}.svg").write_text(svg, encoding="utf-8")
    checkpoint = checkpoint_of(asked)
    plan = make_plan(
        *wanted_of(checkpoint, "inbound", PlanWishes(WEDNESDAY, channels="green")), wants_frontier=True
    )
    for name, svg in plan_pictures(plan).items():
        (PICTURES / f"plan-{name}.svg").write_text(svg, encoding="utf-8")


if __name__ == "__main__":
    main()
