"""Bookings a second through HTTP, against pgbench doing the same SQL on the same server."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from bench import counts, cpu, load, pgbench
from bench.ground import Ground, Web, connect, number, warm
from bench.report import Check, Figure, Section
from bench.sizes import Sizes
from bench.world import AMPLE, ENDLESS, ONE, Fleet, make_checkpoint, make_fleet, make_slots, midnight
from greenlane.site.database_url import DatabaseAddress

NO_SLOT = 2**40
SPREAD_AIM, HOT_AIM = 0.9, 2.0
_DOORS = {"places": Fleet.place, "bookings": Fleet.booking}


@dataclass(frozen=True, slots=True)
class Target:
    """Slots with consecutive ids that runs book at random, and what is aimed at against pgbench."""

    name: str
    slots: Sequence[int]
    aim: float


@dataclass(frozen=True, slots=True)
class Stage:
    """The seeded database, and what is in it."""

    database: DatabaseAddress
    fleet: Fleet
    targets: tuple[Target, ...]
    full: int

    def share(self, number: int, of: int) -> range:
        """A part of the trucks for each of several runs in one database: a truck has one booking."""
        size = self.fleet.trucks // of
        return range(number * size, (number + 1) * size)


def measure(ground: Ground, sizes: Sizes) -> Section:
    """The whole section."""
    section = Section("bookings", "Bookings: POST /api/v1/places, four quotas a slot")
    with ground.database() as database:
        stage = _seed(database, sizes)
        peers = {target: _pgbench(ground, stage, target, sizes, section) for target in stage.targets}
        for workers in sizes.workers:
            is_last = workers == sizes.workers[-1]
            with ground.database(database) as copy, ground.web(copy, workers) as web:
                runs = _Runs(ground, stage, sizes, section, copy, web, workers)
                runs.book("places", peers)
                if is_last:
                    runs.book("bookings", peers)
                    runs.refuse()
    section.figures.sort(
        key=lambda figure: [figure.name.startswith(each.name) for each in stage.targets], reverse=True
    )
    return section


def _seed(database: DatabaseAddress, sizes: Sizes) -> Stage:
    checkpoint = make_checkpoint()
    spread = make_slots(checkpoint, midnight(2), sizes.slots, AMPLE)
    hot = make_slots(checkpoint, midnight(40), 1, ENDLESS)
    (full,) = make_slots(checkpoint, midnight(42), 1, ONE)
    fleet = make_fleet(sizes.carriers, sizes.trucks)
    with connect(database) as connection:
        connection.execute(pgbench.BARE_TABLES.encode())
        connection.execute("ANALYZE")
    targets = (
        Target(f"{sizes.slots:,} slots", tuple(spread), SPREAD_AIM),
        Target("one hot slot", tuple(hot), HOT_AIM),
    )
    return Stage(database, fleet, targets, full)


def _pgbench(ground: Ground, stage: Stage, target: Target, sizes: Sizes, section: Section) -> Figure:
    """pgbench's figures, at its best client count each; the one that is the peer: the same SQL."""
    best: dict[str, Figure] = {}
    scripts = (
        ("same SQL", pgbench.SAME_SQL, counts.PLACED),
        ("bare minimum", pgbench.BARE, "SELECT count(*) FROM bare_booking"),
    )
    with ground.database(stage.database) as database:
        for name, script, count in scripts:
            done = 0
            for turn, clients in enumerate(sizes.pgbench_clients):
                trucks = stage.share(turn, len(sizes.pgbench_clients))
                with cpu.watched(database=ground.postgres_pid) as spent:
                    variables = _variables(stage.fleet, target, trucks, clients)
                    ran = pgbench.run(database, script, clients, sizes.seconds, variables)
                done += ran.transactions
                figure = Figure(
                    f"{target.name}: pgbench, {name}, {clients} clients",
                    ran.rate,
                    "bookings",
                    ran.quantile_ms(0.5),
                    ran.quantile_ms(0.99),
                    cpu=spent.each(ran.transactions),
                )
                if name not in best or figure.rate > best[name].rate:
                    best[name] = figure
            run = f"{target.name}: pgbench, {name}"
            section.checks.append(Check(run, "transactions and bookings", done, number(database, count)))
    section.figures += best.values()
    return best["same SQL"]


def _variables(fleet: Fleet, target: Target, trucks: range, clients: int) -> dict[str, int]:
    return {
        "n": 0,
        "base": trucks.start,
        "stride": len(trucks) // clients,
        "first_slot": target.slots[0],
        "last_slot": target.slots[-1],
        "carriers": len(fleet.tokens),
        "first_truck": fleet.first_truck,
        "first_carrier": fleet.first_carrier,
        "first_account": fleet.first_account,
    }


@dataclass
class _Runs:
    """The runs through one web server, counted after each."""

    ground: Ground
    stage: Stage
    sizes: Sizes
    section: Section
    database: DatabaseAddress
    web: Web
    workers: int
    acknowledged: int = 0

    def book(self, door: str, peers: dict[Target, Figure]) -> None:
        """Both targets through one door."""
        is_fast = door == "places"
        make: Callable[[Fleet, int, int, str], load.Request] = _DOORS[door]
        # The ordinary door needs fewer: the last two of ten parts.
        parts = (range(0, 4), range(4, 8)) if is_fast else (range(8, 9), range(9, 10))
        for (target, peer), part in zip(peers.items(), parts, strict=True):
            trucks = range(self.stage.share(part[0], 10).start, self.stage.share(part[-1], 10).stop)
            dice = random.Random(1)
            requests = [
                make(self.stage.fleet, each, dice.choice(target.slots), f"k{each}") for each in trucks
            ]
            ran, spent = self._run(f"{target.name}: {self._told(door)}", requests, make)
            self.section.figures.append(
                Figure(
                    f"{target.name}: {self._told(door)}",
                    ran.rate_of(201),
                    "bookings",
                    ran.quantile_ms(0.5),
                    ran.quantile_ms(0.99),
                    ratio=ran.rate_of(201) / peer.rate,
                    peer=peer.name,
                    aim_ratio=target.aim if is_fast else None,
                    cpu=spent.each(ran.answered),
                )
            )

    def refuse(self) -> None:
        """A slot with one place, which is taken: everyone else is turned away from memory."""
        fleet, full = self.stage.fleet, self.stage.full
        first = load.run(self.web.port, [fleet.place(fleet.trucks - 1, full, "first")], connections=1)
        self.acknowledged += first.count(201)
        ran, spent = self._run("full slot", self._turned_away(), Fleet.place, refused=True)
        self.section.figures.append(
            Figure(
                f"full slot: refusals, {self._told('places')}",
                ran.rate_of(409),
                "refusals",
                ran.quantile_ms(0.5),
                ran.quantile_ms(0.99),
                cpu=spent.each(ran.answered),
            )
        )

    def _turned_away(self) -> Iterator[load.Request]:
        fleet = self.stage.fleet
        requests = [fleet.place(each, self.stage.full, f"r{each}") for each in self.stage.share(9, 10)]
        while True:
            yield from requests

    def _run(
        self,
        name: str,
        requests: Sequence[load.Request] | Iterator[load.Request],
        make: Callable[[Fleet, int, int, str], load.Request],
        refused: bool = False,
    ) -> tuple[load.Load, cpu.Spent]:
        warm(self.web, make(self.stage.fleet, 0, NO_SLOT, "warm").data)
        with cpu.watched(web=self.web.pid, database=self.ground.postgres_pid) as spent:
            ran = load.run(
                self.web.port, requests, connections=self.sizes.connections, seconds=self.sizes.seconds
            )
        self.acknowledged += ran.count(201)
        self.section.checks += counts.all_kept(self.database, name, self.acknowledged)
        others = ran.answered + ran.broken - ran.count(409 if refused else 201)
        self.section.checks.append(Check(name, "unexpected answers", 0, others))
        return ran, spent

    def _told(self, door: str) -> str:
        return f"POST /{door}, {self.workers} worker{'s' * (self.workers > 1)}"
