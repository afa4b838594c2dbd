"""Group commit: requests that wait together become one statement and one commit.

While one flush is in flight, arrivals gather; the next flush takes them all, in the order in which they came.
A lone request never waits for company.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Request = TypeVar("Request")
Answer = TypeVar("Answer")


class Overloaded(Exception):
    """More requests wait than may; the newcomer is sent away so that those who wait are served in time."""


class GroupCommit(Generic[Request, Answer]):
    """Gathers requests and hands them to ``flush`` in batches.

    Args:
        flush: takes a batch in arrival order, gives one answer each in the same order. If it raises, every
            request of that batch gets the exception: none of them was done.
        most: requests in one batch at the most, counted by ``weigh``.
        waiting: weight that may wait; above it `submit` raises `Overloaded`.
        weigh: the weight of a request, 1 by default.
    """

    def __init__(
        self,
        flush: Callable[[Sequence[Request]], Awaitable[Sequence[Answer]]],
        *,
        most: int,
        waiting: int,
        weigh: Callable[[Request], int] = lambda _: 1,
    ) -> None:
        self._flush, self._most, self._limit, self._weigh = flush, most, waiting, weigh
        self._line: deque[tuple[Request, asyncio.Future[Answer]]] = deque()
        self._weight = 0
        self._task: asyncio.Task[None] | None = None

    async def submit(self, request: Request) -> Answer:
        """Wait for the answer to one request."""
        weight = self._weigh(request)
        if self._weight + weight > self._limit and self._line:
            raise Overloaded
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._line.append((request, answer))
        self._weight += weight
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())
        return await answer

    async def _run(self) -> None:
        while self._line:
            batch = self._next_batch()
            await self._answer(batch)

    def _next_batch(self) -> list[tuple[Request, asyncio.Future[Answer]]]:
        batch: list[tuple[Request, asyncio.Future[Answer]]] = []
        total = 0
        while self._line:
            weight = self._weigh(self._line[0][0])
            if batch and total + weight > self._most:
                break
            batch.append(self._line.popleft())
            total += weight
        self._weight -= total
        return batch

    async def _answer(self, batch: list[tuple[Request, asyncio.Future[Answer]]]) -> None:
        try:
            answers = await self._flush([request for request, _ in batch])
        except Exception as error:
            for _, answer in batch:
                if not answer.done():
                    answer.set_exception(error)
            return
        for (_, waiting), answer_now in zip(batch, answers, strict=True):
            with contextlib.suppress(asyncio.InvalidStateError):
                waiting.set_result(answer_now)
