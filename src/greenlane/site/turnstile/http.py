"""Requests and responses of bare ASGI: as much HTTP as the turnstile needs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import msgspec

from greenlane.errors import GreenlaneError

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

MOST_BYTES = 8 * 1024 * 1024
_JSON = (b"content-type", b"application/json")


def header(scope: Scope, name: bytes) -> str:
    """A request header, by its lower-case name; empty when absent."""
    for key, value in scope["headers"]:
        if key == name:
            text: str = value.decode("latin-1")
            return text
    return ""


async def read_body(receive: Receive) -> bytes:
    """The whole request body.

    Raises:
        GreenlaneError: ``too_large`` above 8 MiB, ``gone_away`` when the client hung up.
    """
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise GreenlaneError("gone_away", "The client closed the connection.")
        part = message.get("body", b"")
        size += len(part)
        if size > MOST_BYTES:
            raise GreenlaneError(
                "too_large", "The request is over 8 MiB.", mend="Send smaller batches.", status=413
            )
        parts.append(part)
        if not message.get("more_body"):
            return parts[0] if len(parts) == 1 else b"".join(parts)


async def send_json(send: Send, status: int, body: Any) -> None:
    """One JSON response."""
    content = msgspec.json.encode(body)
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [
                _JSON,
                (b"content-length", str(len(content)).encode()),
                (b"cache-control", b"no-store"),
            ],
        }
    )
    await send({"type": "http.response.body", "body": content})


async def send_error(send: Send, error: GreenlaneError) -> None:
    """A refusal that its reader can act on."""
    await send_json(send, error.status, error.as_dict())
