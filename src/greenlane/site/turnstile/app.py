"""The turnstile as an ASGI application: routes, connections, and what it listens to."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import asyncpg

from greenlane.booking.line import Line, LineAway, open_line
from greenlane.booking.places import PlaceAnswer, PlaceRequest
from greenlane.errors import GreenlaneError
from greenlane.site.database import database_address
from greenlane.site.turnstile.fullness import FullSlots
from greenlane.site.turnstile.http import Receive, Scope, Send, send_error
from greenlane.site.turnstile.identity import Identities
from greenlane.site.turnstile.places import Places
from greenlane.site.turnstile.readings import Readings
from greenlane.site.turnstile.streams import Boards, Streams

PLACES, READINGS, STREAM = "/api/v1/places", "/api/v1/readings", "/api/v1/stream/"
_log = logging.getLogger(__name__)
Door = Callable[[Scope, Receive, Send], Awaitable[None]]
_LONGEST_WAIT_S = 15.0


def from_threads(places: Places, loop: asyncio.AbstractEventLoop) -> Line:
    """The line as Django's threads join it: they wait while the event loop takes their places with the
    others.
    """

    def take(requests: Sequence[PlaceRequest]) -> Sequence[PlaceAnswer]:
        asked = asyncio.run_coroutine_threadsafe(places.take(requests), loop)
        try:
            return asked.result(_LONGEST_WAIT_S)
        except (TimeoutError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            raise LineAway from error

    return take


class Turnstile:
    """Answers its own paths; `takes` says which they are."""

    def __init__(self) -> None:
        self._pool: asyncpg.Pool | None = None
        self._full, self._boards = FullSlots(), Boards()
        self._doors: dict[str, tuple[str, Door]] = {}
        self._listener: asyncio.Task[None] | None = None

    @staticmethod
    def takes(path: str) -> bool:
        """Whether a path belongs to the turnstile."""
        return path in (PLACES, READINGS) or path.startswith(STREAM)

    async def start(self) -> None:
        """Open the connections. Called once, in the event loop that serves."""
        address = database_address().asyncpg()
        self._pool = await asyncpg.create_pool(**address, min_size=1, max_size=4)
        identities = Identities(self._pool)
        places = Places(self._pool, identities, self._full)
        self._doors = {
            PLACES: ("POST", places),
            READINGS: ("POST", Readings(self._pool, identities)),
            STREAM: ("GET", Streams(self._pool, self._boards)),
        }
        self._listener = asyncio.create_task(self._listen(address))
        open_line(from_threads(places, asyncio.get_running_loop()))

    async def stop(self) -> None:
        open_line(None)
        if self._listener is not None:
            self._listener.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._listener
        if self._pool is not None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._pool.close(), 3)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope["path"]
        method, door = self._doors[path if path in self._doors else STREAM]
        try:
            if scope["method"] != method:
                raise GreenlaneError("method", f"Use {method} here.", mend=f"Send {method}.", status=405)
            await door(scope, receive, send)
        except GreenlaneError as error:
            await send_error(send, error)
        except (
            OSError,
            asyncpg.PostgresConnectionError,
            asyncpg.InterfaceError,
            asyncpg.OperatorInterventionError,
        ):
            _log.exception("the database is away")
            await send_error(
                send,
                GreenlaneError(
                    "database_away",
                    "The database cannot be reached.",
                    mend="Send the same request with the same key again in a second.",
                    status=503,
                ),
            )
        except asyncpg.PostgresError:
            _log.exception("the database refused")
            await send_error(
                send,
                GreenlaneError(
                    "failed", "The request failed.", mend="Send it again with the same key.", status=500
                ),
            )

    async def _listen(self, address: dict[str, Any]) -> None:
        """Hear of freed places and changed boards; after a break, connect again and forget what was known."""
        while True:
            try:
                connection = await asyncpg.connect(**address)
                try:
                    lost = asyncio.Event()
                    connection.add_termination_listener(lambda _, lost=lost: lost.set())
                    await connection.add_listener("booking_freed", lambda *_: self._full.forget())
                    await connection.add_listener(
                        "greenlane_board", lambda *told: self._boards.changed(told[3])
                    )
                    self._full.forget()
                    await lost.wait()
                finally:
                    connection.terminate()
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                _log.warning("not listening to the database; trying again")
            await asyncio.sleep(0.5)
