"""HTTP as a careful client speaks it: kept connections, and retries with the same key."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import httpx
import msgspec

from greenlane.errors import GreenlaneError

FIRST_WAIT_S = 0.2
LONGEST_WAIT_S = 5.0
FAULT_TRIES = 6
"""Times that a request is sent which the server answers with 500 or 501; a server that is away (no
connection, 429, 502, 503, 504) is waited for without end."""
_AWAY = (429, 502, 503, 504)


class StoppedError(Exception):
    """The run was told to stop."""


class RefusedError(GreenlaneError):
    """The platform refused the request; ``code`` is the platform's."""


class ServerFaultError(GreenlaneError):
    """The server failed on one request again and again."""


class Api:
    """One Greenlane, spoken to by many accounts and devices. Safe for several threads."""

    def __init__(
        self,
        url: str,
        *,
        say: Callable[[str], None],
        stop: threading.Event | None = None,
        transport: httpx.BaseTransport | None = None,
        connections: int = 16,
    ) -> None:
        """Args:
        say: takes one line for the person, such as that the server is away.
        stop: ends every waiting; the request then raises `StoppedError`.
        """
        self.url = url.rstrip("/")
        self.stop = stop or threading.Event()
        self._say = say
        self._away = False
        self._lock = threading.Lock()
        self._http = httpx.Client(
            base_url=f"{self.url}/api/v1",
            transport=transport,
            timeout=httpx.Timeout(60.0, connect=5.0),
            limits=httpx.Limits(max_connections=connections, max_keepalive_connections=connections),
        )

    def close(self) -> None:
        self._http.close()

    def get(self, path: str, token: str = "", params: Mapping[str, Any] | None = None) -> Any:
        """The decoded answer to a GET; errors as `post`."""
        return self._send("GET", path, _authorization(token), params=params)

    def post(self, path: str, token: str, body: Any, *, key: str, at: float | None = None) -> Any:
        """The decoded answer to a POST.

        Args:
            key: the idempotency key; every retry sends the same.
            at: the time of the fact, seconds since the epoch, where it is not the present.

        Raises:
            RefusedError: the platform refused it (4xx).
            ServerFaultError: the server failed on it `FAULT_TRIES` times.
            StoppedError: told to stop while waiting for the server.
        """
        headers = _authorization(token) | {"Content-Type": "application/json", "Idempotency-Key": key[:80]}
        if at is not None:
            headers["Greenlane-At"] = iso(at)
        return self._send("POST", path, headers, content=msgspec.json.encode(body))

    def _send(
        self,
        method: str,
        path: str,
        headers: dict[str, str],
        params: Mapping[str, Any] | None = None,
        content: bytes | None = None,
    ) -> Any:
        wait_s, faults = FIRST_WAIT_S, 0
        while True:
            if self.stop.is_set():
                raise StoppedError
            try:
                response = self._http.request(method, path, headers=headers, params=params, content=content)
            except httpx.TransportError as error:
                self._is_away(str(error) or type(error).__name__)
            else:
                if response.status_code < 500 and response.status_code not in _AWAY:
                    self._is_back()
                    return _answer(response, method, path)
                faults += response.status_code not in _AWAY
                if faults >= FAULT_TRIES:
                    raise ServerFaultError(
                        "server_fault",
                        f"{method} {path} fails: {response.status_code} {response.reason_phrase}.",
                        mend="Look into the server's log.",
                    )
                if response.status_code in (502, 504):
                    self._is_away(f"{response.status_code} {response.reason_phrase}")
            self.stop.wait(wait_s)
            wait_s = min(wait_s * 2, LONGEST_WAIT_S)

    def _is_away(self, why: str) -> None:
        with self._lock:
            if not self._away:
                self._away = True
                self._say(f"{self.url} does not answer ({why}); waiting for it.")

    def _is_back(self) -> None:
        with self._lock:
            if self._away:
                self._away = False
                self._say(f"{self.url} answers again.")


def iso(at: float) -> str:
    """Seconds since the epoch as ISO 8601 in UTC, to the second."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")


def seconds(text: str) -> float:
    """An ISO 8601 time with its offset, in seconds since the epoch."""
    return datetime.fromisoformat(text).timestamp()


def _authorization(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"} if token else {}


def _answer(response: httpx.Response, method: str, path: str) -> Any:
    try:
        body = msgspec.json.decode(response.content) if response.content else None
    except msgspec.DecodeError:
        body = None
    if response.is_success and (body is not None or not response.content):
        return body
    told = body if isinstance(body, dict) else {}
    raise RefusedError(
        str(told.get("code") or f"http_{response.status_code}"),
        str(told.get("message") or f"{method} {path}: {response.status_code} {response.reason_phrase}."),
        field=told.get("field"),
        mend=told.get("mend") or (None if body else "Is this the address of a Greenlane?"),
        status=response.status_code,
    )
