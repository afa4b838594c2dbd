"""A crossing at work, for tests of pages: one that is shipped, with slots, a driver and a dispatcher.

Names and plates are invented.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from greenlane.booking.commands import make_slots, set_rules
from greenlane.registry.clock import now
from greenlane.registry.commands import load_crossing, make_account, register_carrier, register_driver
from greenlane.registry.crossing_file import read_crossing
from greenlane.registry.models import Account, Carrier, Checkpoint
from greenlane.registry.queries import checkpoint_document

CROSSINGS = Path(__file__).parent.parent / "crossings"
PASSWORD = "cross-in-ten"


@dataclass(frozen=True)
class Scene:
    """Nur Zholy, outbound, with two days of slots."""

    checkpoint: Checkpoint
    driver: Account
    dispatcher: Account
    tomorrow: date

    @property
    def slots_address(self) -> str:
        """Tomorrow's slots at the checkpoint."""
        return f"/book/{self.checkpoint.code}/outbound/?day={self.tomorrow.isoformat()}"


def crossing_at_work(at: datetime | None = None) -> Scene:
    """Load the crossing, make its slots and two accounts."""
    at = at or now()
    load_crossing(read_crossing(CROSSINGS / "nur-zholy-khorgos.yaml"), None, at)
    checkpoint = Checkpoint.objects.get(code="nur-zholy")
    described = checkpoint_document(checkpoint)
    today = described.local(at).date()
    tomorrow = today + timedelta(days=1)
    set_rules(checkpoint, "outbound", described.directions["outbound"].slots)
    make_slots(checkpoint, "outbound", today, tomorrow)
    driver = make_account("driver@example.org", at, password=PASSWORD)
    register_driver(driver, "Invented Driver", "KZ", at)
    dispatcher = make_account("dispatcher@example.org", at, password=PASSWORD)
    register_carrier(dispatcher, "Invented Haulage", "KZ", at)
    Carrier.objects.update(verified_at=at)
    return Scene(checkpoint, driver, dispatcher, tomorrow)
