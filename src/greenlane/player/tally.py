"""What a run did, counted."""

from __future__ import annotations

import threading
import time
from collections import Counter
from typing import Any


class Tally:
    """Counts by name; safe for several threads."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._refused: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._started = time.monotonic()
        self._cpu = time.process_time()

    def add(self, name: str, count: int = 1) -> None:
        with self._lock:
            self._counts[name] += count

    def refuse(self, code: str) -> None:
        """One booking was refused, for the reason that the platform's code names."""
        with self._lock:
            self._counts["bookings_refused"] += 1
            self._refused[code] += 1

    def __getitem__(self, name: str) -> int:
        return self._counts[name]

    def as_dict(self) -> dict[str, Any]:
        """All counts, with rates; the keys are stable."""
        seconds = max(time.monotonic() - self._started, 1e-9)
        names = (
            "trucks", "passages", "turned_back", "bookings_asked", "bookings_taken", "bookings_again",
            "bookings_refused", "bookings_cancelled", "readings_sent", "readings_accepted",
            "readings_duplicate", "readings_rejected", "readings_failed",
            "channels_decided", "channels_refused",
        )  # fmt: skip
        return {
            **{name: self._counts[name] for name in names},
            "refused_because": dict(self._refused.most_common()),
            "seconds": round(seconds, 2),
            "cpu_seconds": round(time.process_time() - self._cpu, 2),
            "readings_per_second": round(self._counts["readings_sent"] / seconds, 1),
            "bookings_per_second": round(self._counts["bookings_asked"] / seconds, 1),
        }

    def lines(self) -> list[str]:
        """The summary for people."""
        told = self.as_dict()
        reasons = ", ".join(f"{code} {count}" for code, count in told["refused_because"].items())
        lines = [
            f"trucks    {told['trucks']:,} set out, {told['passages']:,} passages finished",
            f"bookings  {told['bookings_asked']:,} asked for, {told['bookings_taken']:,} taken, "
            f"{told['bookings_again']:,} known from before, {told['bookings_cancelled']:,} cancelled, "
            f"{told['bookings_refused']:,} refusals" + (f" ({reasons})" if reasons else ""),
            f"readings  {told['readings_sent']:,} sent, {told['readings_accepted']:,} accepted, "
            f"{told['readings_duplicate']:,} duplicates, {told['readings_rejected']:,} rejected",
            f"channels  {told['channels_decided']:,} decided, {told['channels_refused']:,} refused",
            f"rates     {told['readings_per_second']:,.1f} readings/s, "
            f"{told['bookings_per_second']:,.1f} bookings/s over {told['seconds']:,.1f} s "
            f"({told['cpu_seconds']:,.1f} s of this machine's time)",
        ]
        if told["readings_failed"]:
            lines.append(f"failed    {told['readings_failed']:,} readings that the server could not take")
        return lines
