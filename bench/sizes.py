"""How much each section does: enough to measure, or just enough to see that the counting works."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sizes:
    """The amounts of one run.

    Attributes:
        seconds: length of each timed run.
        workers: web worker processes, one run with each.
        pgbench_clients: client counts of which the best one is the peer.
        connections: HTTP connections of bookings and refusals.
        slots, trucks, carriers: of the bookings section.
        batches: sizes of the batches of readings; ``readings`` are sent in each of them.
        reading_connections: HTTP connections, and at most so many COPY connections.
        matched_trucks: whole passages that the matcher and the clocks work through.
        board_days, board_trucks: past days on the board, and trucks in each of them.
        board_crossings: shipped crossings with open slots, at most.
        storm_keys: requests of the retry storm, each sent three times at once.
        plates: trucks in the same-plate race, each sent to ``plate_slots`` slots at once.
        last_places_steps: bookings, cancels and moves in the race for the last places.
        naive_clients, naive_slots: programs that look first and then book, and the slots that they fill.
        recalled: trucks that are taken back at once.
        people, farm: who want places of one day: people, and a bot farm's accounts.
        human_s: seconds that a person takes to click, at the median.
        draws, redraws: of a ballot by the command, and of its list alone.
        resale_weeks, resale_runs: simulated weeks of each run in which places are resold, and runs.
    """

    seconds: float
    workers: tuple[int, ...]
    pgbench_clients: tuple[int, ...]
    connections: int
    slots: int
    trucks: int
    carriers: int
    batches: tuple[int, ...]
    readings: int
    reading_connections: int
    matched_trucks: int
    board_days: int
    board_trucks: int
    board_crossings: int
    storm_keys: int
    plates: int
    plate_slots: int
    last_places_steps: int
    naive_clients: int
    naive_slots: int
    recalled: int
    people: int
    farm: int
    human_s: float
    draws: int
    redraws: int
    resale_weeks: int
    resale_runs: int


FULL = Sizes(
    seconds=3.0,
    workers=(1, 2),
    pgbench_clients=(4, 16, 32),
    connections=128,
    slots=1000,
    trucks=60_000,
    carriers=200,
    batches=(500, 2000),
    readings=120_000,
    reading_connections=8,
    matched_trucks=800,
    board_days=30,
    board_trucks=30,
    board_crossings=100,
    storm_keys=1000,
    plates=20,
    plate_slots=64,
    last_places_steps=1000,
    naive_clients=8,
    naive_slots=40,
    recalled=2000,
    people=480,
    farm=1000,
    human_s=3.0,
    draws=3,
    redraws=200,
    resale_weeks=2,
    resale_runs=6,
)
SMALL = Sizes(
    seconds=0.3,
    workers=(2,),
    pgbench_clients=(2,),
    connections=8,
    slots=20,
    trucks=12_000,
    carriers=4,
    batches=(50,),
    readings=400,
    reading_connections=2,
    matched_trucks=12,
    board_days=2,
    board_trucks=6,
    board_crossings=1,
    storm_keys=20,
    plates=2,
    plate_slots=8,
    last_places_steps=120,
    naive_clients=4,
    naive_slots=10,
    recalled=40,
    people=260,
    farm=260,
    human_s=0.5,
    draws=1,
    redraws=5,
    resale_weeks=1,
    resale_runs=1,
)
