"""Group commit: who waits together is served together, in order, and nobody waits for company."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from greenlane.site.turnstile.group_commit import GroupCommit, Overloaded


class Bench:
    """A flush that can be held up, and the batches that it got."""

    def __init__(self, most: int = 100, waiting: int = 1000) -> None:
        self.batches: list[list[int]] = []
        self.go = asyncio.Event()
        self.go.set()
        self.line: GroupCommit[int, int] = GroupCommit(self.flush, most=most, waiting=waiting)

    async def flush(self, batch: Sequence[int]) -> Sequence[int]:
        self.batches.append(list(batch))
        await self.go.wait()
        if 13 in batch:
            raise ValueError("13")
        return [number * 10 for number in batch]

    async def all(self, numbers: Sequence[int]) -> list[int | BaseException]:
        return await asyncio.gather(*map(self.line.submit, numbers), return_exceptions=True)

    async def waits_with(self, numbers: Sequence[int]) -> list[asyncio.Task[int]]:
        """Requests that have come while a flush is held up."""
        tasks = [asyncio.create_task(self.line.submit(number)) for number in numbers]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        return tasks


def test_a_lone_request_does_not_wait_for_company() -> None:
    async def run() -> None:
        bench = Bench()
        assert await bench.line.submit(1) == 10
        assert await bench.line.submit(2) == 20
        assert bench.batches == [[1], [2]]

    asyncio.run(run())


def test_what_comes_during_a_flush_goes_together_in_the_next_in_the_order_of_arrival() -> None:
    async def run() -> None:
        bench = Bench()
        bench.go.clear()
        first = await bench.waits_with([5])
        others = await bench.waits_with([9, 1, 7])
        bench.go.set()
        assert await asyncio.gather(*first, *others) == [50, 90, 10, 70]
        assert bench.batches == [[5], [9, 1, 7]]

    asyncio.run(run())


def test_a_batch_holds_at_most_so_many() -> None:
    async def run() -> None:
        bench = Bench(most=4)
        assert await bench.all(range(10)) == [number * 10 for number in range(10)]
        assert bench.batches == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]

    asyncio.run(run())


def test_weight_counts_and_the_heaviest_still_goes_alone() -> None:
    async def run() -> None:
        batches: list[list[str]] = []

        async def flush(batch: Sequence[str]) -> Sequence[str]:
            batches.append(list(batch))
            return batch

        line: GroupCommit[str, str] = GroupCommit(flush, most=3, waiting=100, weigh=len)
        await asyncio.gather(*map(line.submit, ["aa", "b", "cccccc", "d"]))
        assert batches == [["aa", "b"], ["cccccc"], ["d"]]

    asyncio.run(run())


def test_an_exception_reaches_all_of_its_batch_and_no_other() -> None:
    async def run() -> None:
        bench = Bench(most=2)
        answers = await bench.all([1, 13, 2, 3])
        assert [type(answer) for answer in answers] == [ValueError, ValueError, int, int]
        assert answers[2:] == [20, 30]
        assert await bench.line.submit(4) == 40, "the line goes on"

    asyncio.run(run())


def test_above_the_limit_a_newcomer_is_sent_away_and_those_who_wait_are_served() -> None:
    async def run() -> None:
        bench = Bench(waiting=2)
        bench.go.clear()
        in_flight = await bench.waits_with([1])
        waiting = await bench.waits_with([2, 3])
        with pytest.raises(Overloaded):
            await bench.line.submit(4)
        bench.go.set()
        assert await asyncio.gather(*in_flight, *waiting) == [10, 20, 30]
        assert await bench.line.submit(5) == 50

    asyncio.run(run())


def test_who_hangs_up_does_not_disturb_the_others() -> None:
    async def run() -> None:
        bench = Bench()
        bench.go.clear()
        first = await bench.waits_with([1])
        gone, stays = await bench.waits_with([2, 3])
        gone.cancel()
        bench.go.set()
        assert await asyncio.gather(*first, stays) == [10, 30]
        assert bench.batches == [[1], [2, 3]]

    asyncio.run(run())
