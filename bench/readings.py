"""Readings a second through HTTP, against COPY of the same rows; then their matching and measuring."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import msgspec

from bench import cpu, load
from bench.ground import Ground, Web, connect, number, warm
from bench.passages import Gate, batches, make_gate, readings_of, work_through
from bench.report import Check, Figure, Section
from bench.sizes import Sizes
from greenlane.site.database_url import DatabaseAddress

AIM = 50_000
_KEPT = "SELECT count(*) FROM gate_reading"
_TWICE = "SELECT count(*) - count(DISTINCT event_id) FROM gate_reading"
_COPIED = "SELECT count(*) FROM copied_reading"
_COLUMNS = (
    "event_id, device_id, checkpoint_id, direction, point, stage, lane, event_time, zone_offset, "
    "record_time, kind, value, country, confidence, skew_s"
)


def measure(ground: Ground, sizes: Sizes) -> Section:
    """The whole section."""
    section = Section("readings", "Readings: POST /api/v1/readings, kept once by their event_id")
    trucks = sizes.readings // 12
    readings = readings_of(trucks, 30)
    with ground.database() as database:
        gate = make_gate(sizes.reading_connections)
        for workers in sizes.workers:
            for size in sizes.batches:
                _send(ground, database, gate, sizes, section, batches(gate, readings, size), workers)
        _match(ground, database, gate, sizes, section)
    return section


@dataclass
class _Sending:
    """One run: all readings in batches of one size, twice, and COPY of the same rows."""

    ground: Ground
    sizes: Sizes
    section: Section
    requests: Sequence[load.Request]
    name: str

    @property
    def sent(self) -> int:
        """Readings in all of the batches."""
        return sum(request.about for request in self.requests)

    def figure(self, web: Web, database: DatabaseAddress, told: str, new: int) -> Figure:
        """Send everything, of which so many are new."""
        with cpu.watched(web=web.pid, database=self.ground.postgres_pid) as spent:
            ran = load.run(web.port, self.requests, connections=self.sizes.reading_connections, keep=True)
        answers = [msgspec.json.decode(answer.body) for answer in ran.answers if answer.status == 200]
        run = f"{self.name}, {told}"
        self.section.checks += [
            Check(run, "accepted", new, sum(answer["accepted"] for answer in answers)),
            Check(run, "duplicates", self.sent - new, sum(answer["duplicates"] for answer in answers)),
            Check(run, "rows", self.sent, number(database, _KEPT)),
            Check(run, "rows twice", 0, number(database, _TWICE)),
        ]
        return Figure(
            run,
            self.sent / ran.seconds,
            "readings",
            ran.quantile_ms(0.5),
            ran.quantile_ms(0.99),
            cpu=spent.each(self.sent),
        )


def _send(
    ground: Ground,
    seeded: DatabaseAddress,
    gate: Gate,
    sizes: Sizes,
    section: Section,
    requests: Sequence[load.Request],
    workers: int,
) -> None:
    size = requests[0].about
    name = f"batches of {size:,}, {workers} worker{'s' * (workers > 1)}"
    sending = _Sending(ground, sizes, section, requests, name)
    with ground.database(seeded) as database, ground.web(database, workers) as web:
        warm(web, load.post("/api/v1/readings", b"[]", gate.tokens[0]))
        new = sending.figure(web, database, "new", sending.sent)
        again = sending.figure(web, database, "sent again", 0)
        peer = _copy(ground, database, sizes, section, size)
    new = replace(new, ratio=new.rate / peer.rate, peer=peer.name, aim_rate=AIM)
    section.figures += [peer, new, again]


def _copy(ground: Ground, database: DatabaseAddress, sizes: Sizes, section: Section, size: int) -> Figure:
    """The same rows in the same portions by COPY, encoded beforehand, at the best number of connections."""
    with connect(database) as connection:
        portions = _encoded(database, size)
        best: Figure | None = None
        connections = [count for count in (1, 2, 4) if count <= sizes.reading_connections]
        for count in connections:
            connection.execute("DROP TABLE IF EXISTS copied_reading")
            connection.execute("CREATE TABLE copied_reading (LIKE gate_reading INCLUDING ALL)")
            with cpu.watched(database=ground.postgres_pid) as spent:
                seconds = _copy_in(database, portions, count)
            rows = number(database, _COPIED)
            figure = Figure(
                f"COPY of the same rows, {size:,} at a time, {count} connection{'s' * (count > 1)}",
                rows / seconds,
                "readings",
                cpu=spent.each(rows),
            )
            if best is None or figure.rate > best.rate:
                best = figure
        section.checks.append(Check(f"COPY, {size:,} at a time", "rows", number(database, _KEPT), rows))
    assert best is not None
    return best


def _encoded(database: DatabaseAddress, size: int) -> list[bytes]:
    """The rows in PostgreSQL's own binary form, in portions of so many."""
    with connect(database) as connection:
        (first, last) = connection.execute("SELECT min(id), max(id) FROM gate_reading").fetchone() or (0, -1)
        portions = []
        for start in range(first, last + 1, size):
            query = (
                f"COPY (SELECT {_COLUMNS} FROM gate_reading WHERE id >= {start} AND id < {start + size}) "
                "TO STDOUT (FORMAT BINARY)"
            )
            with connection.cursor() as cursor, cursor.copy(query.encode()) as copy:
                portions.append(b"".join(bytes(part) for part in copy))
    return portions


def _copy_in(database: DatabaseAddress, portions: Sequence[bytes], connections: int) -> float:
    """COPY the portions, one transaction each, from so many connections; the seconds that took."""
    statement = f"COPY copied_reading ({_COLUMNS}) FROM STDIN (FORMAT BINARY)".encode()
    start = threading.Barrier(connections + 1)

    def work(own: Sequence[bytes]) -> None:
        with connect(database) as connection, connection.cursor() as cursor:
            start.wait()
            for portion in own:
                with cursor.copy(statement) as copy:
                    copy.write(portion)

    threads = [
        threading.Thread(target=work, args=(portions[first::connections],)) for first in range(connections)
    ]
    for thread in threads:
        thread.start()
    start.wait()
    started = time.perf_counter()
    for thread in threads:
        thread.join()
    return time.perf_counter() - started


def _match(ground: Ground, seeded: DatabaseAddress, gate: Gate, sizes: Sizes, section: Section) -> None:
    """Readings of whole passages, matched and measured by one process as the jobs worker does it."""
    readings = readings_of(sizes.matched_trucks, 8)
    with ground.database(seeded) as database:
        with ground.web(database, 1) as web:
            load.run(web.port, batches(gate, readings, 2000), connections=1)
        with cpu.watched(database=ground.postgres_pid) as spent:
            worked = work_through(len(readings))
        name = "matched and measured"
        section.checks += [
            Check(name, "passages", sizes.matched_trucks, worked.passages),
            Check(name, "events", len(readings), number(database, "SELECT count(*) FROM gate_event")),
            Check(name, "left over", 0, number(database, f"{_KEPT} WHERE matched_at IS NULL")),
        ]
    section.figures += [
        Figure("matched to passages, 1 process", len(readings) / worked.match_s, "readings"),
        Figure("measured against the standard, 1 process", worked.passages / worked.measure_s, "passages"),
    ]
    section.remarks.append(
        f"matching and measuring: {spent.each(len(readings)).database:.3f} ms of the database's and "
        f"{spent.each(len(readings)).load:.3f} ms of Python's processor time a reading"
    )
