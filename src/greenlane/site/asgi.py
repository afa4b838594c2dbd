"""One address: the turnstile's paths as bare ASGI, everything else Django under WSGI threads.

Django's asynchronous handler hops to a thread for every synchronous middleware and is several times slower
than its WSGI handler in threads; see docs/decisions.
"""

from __future__ import annotations

import os
from typing import Any, cast

from a2wsgi import WSGIMiddleware

from greenlane.site.turnstile.app import Door, Turnstile
from greenlane.site.turnstile.http import Receive, Scope, Send
from greenlane.site.wsgi import application as django

THREADS = int(os.environ.get("GREENLANE_THREADS", "8"))


class Site:
    """The whole site as one ASGI application."""

    def __init__(self) -> None:
        self._turnstile = Turnstile()
        self._django = cast("Door", WSGIMiddleware(cast("Any", django), workers=THREADS))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            if self._turnstile.takes(scope["path"]):
                await self._turnstile(scope, receive, send)
            else:
                await self._django(scope, _coroutine(receive), send)

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await self._turnstile.start()
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                await self._turnstile.stop()
                await send({"type": "lifespan.shutdown.complete"})
                return


def _coroutine(receive: Receive) -> Receive:
    """a2wsgi schedules ``receive()`` from a thread, which takes a coroutine; granian's gives a future."""

    async def call() -> Any:
        return await receive()

    return call


app = Site()
