"""pgbench, the PostgreSQL project's own load generator, as the peer: the same SQL without a web server."""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.load import quantile_ms
from greenlane.site.database_url import DatabaseAddress
from greenlane.site.postgres_files import programs

# One request in the form of `booking.places.as_json`. Each client counts through trucks of its own.
_OWNER = """\
\\set n :n + 1
\\set number :base + :client_id * :stride + :n - 1
\\set owner :number % :carriers
\\set slot random(:first_slot, :last_slot)
"""
SAME_SQL = (
    _OWNER
    + """\
SELECT outcome, booking_id, booking_code, booking_state, held_until, detail FROM booking_take(\
jsonb_build_array(jsonb_build_object(\
'slot', :slot::bigint, 'account', :first_account + :owner::bigint, \
'carrier', :first_carrier + :owner::bigint, 'truck', :first_truck + :number::bigint, \
'trailer', null, 'driver', null, 'class', 'laden', 'share', 'booked', 'park', null, \
'confirm', true, 'key', 'k' || :number::bigint, 'asked_for', null, 'by', null, 'why', '', 'offer', false, \
'code', 'GL-' || :number::bigint)), now());
"""
)
# Its trucks are mere numbers, so it never runs out of them, however fast the machine is.
BARE = (
    _OWNER
    + """\
\\set number :base * 1000000000000 + :client_id * 1000000000 + :n
WITH counted AS (UPDATE bare_slot SET taken = taken + 1 WHERE id = :slot::bigint AND taken < capacity \
RETURNING taken) INSERT INTO bare_booking (slot, place, truck, key) \
SELECT :slot::bigint, taken, :number::bigint, 'k' || :number::bigint FROM counted RETURNING id;
"""
)
BARE_TABLES = """
CREATE TABLE bare_slot (id bigint PRIMARY KEY, capacity int NOT NULL, taken int NOT NULL DEFAULT 0,
                        CHECK (taken BETWEEN 0 AND capacity));
CREATE TABLE bare_booking (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, slot bigint NOT NULL,
                           place int NOT NULL, truck bigint NOT NULL UNIQUE, key text NOT NULL UNIQUE);
INSERT INTO bare_slot (id, capacity) SELECT id, 10000000 FROM booking_slot;
"""


@dataclass(frozen=True, slots=True)
class Pgbench:
    """What a run of pgbench saw: transactions, in how many seconds, and how long each took."""

    clients: int
    transactions: int
    seconds: float
    latencies_s: list[float]

    @property
    def rate(self) -> float:
        """Transactions a second, without the time to connect."""
        return self.transactions / self.seconds

    def quantile_ms(self, q: float) -> float:
        """Latency in milliseconds, nearest rank."""
        return quantile_ms(self.latencies_s, q)


def run(
    database: DatabaseAddress, script: str, clients: int, seconds: float, variables: Mapping[str, int]
) -> Pgbench:
    """Run a script, prepared, from so many clients; whole seconds, at least one."""
    defined = [part for name, value in variables.items() for part in ("-D", f"{name}={value}")]
    with tempfile.TemporaryDirectory(prefix="greenlane-pgbench-") as place:
        (Path(place) / "script.sql").write_text(script)
        command = [
            *(str(programs() / "pgbench"), "--no-vacuum", "--protocol=prepared", f"--client={clients}"),
            *(f"--jobs={min(clients, 2)}", f"--time={max(1, round(seconds))}", "--log"),
            *(f"--log-prefix={place}/log", f"--file={place}/script.sql", *defined, database.url()),
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode or "number of failed transactions: 0 " not in done.stdout:
            raise RuntimeError(f"pgbench failed:\n{done.stdout}{done.stderr}")
        latencies = [
            int(line.split()[2]) / 1e6
            for path in Path(place).glob("log.*")
            for line in path.read_text().splitlines()
        ]
    transactions = _number(r"transactions actually processed: (\d+)", done.stdout)
    return Pgbench(
        clients, int(transactions), transactions / _number(r"tps = ([\d.]+)", done.stdout), latencies
    )


def _number(pattern: str, text: str) -> float:
    found = re.search(pattern, text)
    if found is None:
        raise RuntimeError(f"pgbench said something unexpected:\n{text}")
    return float(found[1])
