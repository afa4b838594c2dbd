"""Bookings a second through HTTP, against pgbench doing the same SQL on the same server."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

from bench import counts, cpu, load, pgbench
from bench.ground import Ground, connect, number, warm
from bench.report import Check, Figure, Section
from bench.sizes import Sizes
from bench.world import AMPLE, ENDLESS, ONE, Fleet, make_checkpoint, make_fleet, make_slots, midnight
from greenlane.site.database_url import DatabaseAddress

SPREAD_AIM, HOT_AIM = 0.9, 2.0


@dataclass(frozen=True, slots=True)
class Stage:
    """The seeded database, and what is in it."""

    database: DatabaseAddress
    fleet: Fleet
    spread: list[int]
    hot: int
    full: int


@dataclass(frozen=True, slots=True)
class Target:
    """The slots that a run books, its aim, and the variables of pgbench for it."""

    name: str
    slots: list[int]
    aim: float
    fleet: Fleet

    def variables(self, clients: int) -> dict[str, int]:
        """For pgbench: slots are consecutive, and each client has as many trucks as the others."""
        return {
            "n": 0,
            "first_slot": self.slots[0],
            "last_slot": self.slots[-1],
            "stride": self.fleet.trucks // clients,
            "carriers": len(self.fleet.tokens),
            "first_truck": self.fleet.first_truck,
            "first_carrier": self.fleet.first_carrier,
            "first_account": self.fleet.first_account,
        }


def measure(ground: Ground, sizes: Sizes) -> Section:
    """The whole section."""
    section = Section("bookings", "Bookings: POST /api/v1/places, four quotas a slot")
    with ground.database() as database:
        checkpoint = make_checkpoint()
        spread = make_slots(checkpoint, midnight(2), sizes.slots, AMPLE)
        (hot,) = make_slots(checkpoint, midnight(40), 1, ENDLESS)
        (full,) = make_slots(checkpoint, midnight(42), 1, ONE)
        stage = Stage(database, make_fleet(sizes.carriers, sizes.trucks), spread, hot, full)
        with connect(database) as connection:
            connection.execute(pgbench.BARE_TABLES.encode())
            connection.execute("ANALYZE")
        for target in (
            Target(f"{sizes.slots:,} slots", spread, SPREAD_AIM, stage.fleet),
            Target("one hot slot", [hot], HOT_AIM, stage.fleet),
        ):
            _target(ground, stage, target, sizes, section)
        _refusals(ground, stage, sizes, section)
    section.remarks.append(
        "note: processor time of each booking, in milliseconds: web server, PostgreSQL, load generator; "
        "cores that other programs of the machine used meanwhile"
    )
    return section


def _target(ground: Ground, stage: Stage, target: Target, sizes: Sizes, section: Section) -> None:
    peer = _best_pgbench(ground, stage, target, sizes, section)
    for workers in sizes.workers:
        _http(ground, stage, target, sizes, section, workers, peer, "places")
    _http(ground, stage, target, sizes, section, sizes.workers[-1], peer, "bookings")


def _best_pgbench(ground: Ground, stage: Stage, target: Target, sizes: Sizes, section: Section) -> Figure:
    """pgbench's figures; the one that is the peer: the best of the same SQL."""
    best: dict[str, Figure] = {}
    for name, script in (("same SQL", pgbench.SAME_SQL), ("bare minimum", pgbench.BARE)):
        for clients in sizes.pgbench_clients:
            with ground.database(stage.database) as database, cpu.watched(pg=ground.postgres_pid) as spent:
                ran = pgbench.run(database, script, clients, sizes.seconds, target.variables(clients))
                placed = counts.PLACED if name == "same SQL" else "SELECT count(*) FROM bare_booking"
                kept = number(database, placed)
            section.checks.append(
                Check(f"pgbench {name}, {target.name}, {clients} clients: bookings", ran.transactions, kept)
            )
            figure = Figure(
                f"{target.name}: pgbench, {name}, {clients} clients",
                ran.rate,
                "bookings",
                ran.quantile_ms(0.5),
                ran.quantile_ms(0.99),
                note=spent.each(ran.transactions),
            )
            if name not in best or figure.rate > best[name].rate:
                best[name] = figure
    section.figures += best.values()
    return best["same SQL"]


def _http(
    ground: Ground,
    stage: Stage,
    target: Target,
    sizes: Sizes,
    section: Section,
    workers: int,
    peer: Figure,
    door: str,
) -> None:
    what = f"POST /{door}, {workers} worker{'s' * (workers > 1)}"
    requests = list(_requests(stage.fleet, target.slots, door))
    with ground.database(stage.database) as database, ground.web(database, workers) as web:
        warm(web, stage.fleet.place(0, 0, "warm").data)
        with cpu.watched(web=web.pid, pg=ground.postgres_pid) as spent:
            ran = load.run(web.port, requests, connections=sizes.connections, seconds=sizes.seconds)
        name = f"{target.name}: {what}"
        section.checks += counts.all_kept(database, name, ran.count(201))
        section.checks.append(Check(f"{name}: other answers than 201", 0, ran.answered - ran.count(201)))
    is_fast_door = door == "places"
    section.figures.append(
        Figure(
            name,
            ran.rate_of(201),
            "bookings",
            ran.quantile_ms(0.5),
            ran.quantile_ms(0.99),
            ratio=ran.rate_of(201) / peer.rate,
            peer=peer.name,
            aim=target.aim if is_fast_door else None,
            note=spent.each(ran.answered),
        )
    )


def _requests(fleet: Fleet, slots: list[int], door: str) -> Iterator[load.Request]:
    """One for every truck, at random slots; the same in every run."""
    dice = random.Random(1)
    make = fleet.place if door == "places" else fleet.booking
    return (make(number, dice.choice(slots)) for number in range(fleet.trucks))


def _refusals(ground: Ground, stage: Stage, sizes: Sizes, section: Section) -> None:
    """A slot with one place, which is taken: everyone else is turned away."""
    requests = list(_requests(stage.fleet, [stage.full], "places"))
    workers = sizes.workers[-1]
    with ground.database(stage.database) as database, ground.web(database, workers) as web:
        first = load.run(web.port, requests[:1], connections=1)
        warm(web, requests[1].data)
        with cpu.watched(web=web.pid, pg=ground.postgres_pid) as spent:
            ran = load.run(web.port, requests[1:], connections=sizes.connections, seconds=sizes.seconds)
        section.checks += counts.all_kept(database, "full slot", first.count(201))
        section.checks.append(
            Check("full slot: answers that are no refusal", 0, ran.answered - ran.count(409))
        )
    section.figures.append(
        Figure(
            f"full slot: refusals, {workers} worker{'s' * (workers > 1)}",
            ran.rate_of(409),
            "refusals",
            ran.quantile_ms(0.5),
            ran.quantile_ms(0.99),
            note=spent.each(ran.answered),
        )
    )
