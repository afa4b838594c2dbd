"""Deliveries to carriers' own systems: JSON by POST, signed, each 2xx a receipt. Pure: no Django."""

from __future__ import annotations

import json
import ssl
import time
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from queue import SimpleQueue
from typing import Any, Final

import httpx

from greenlane.callup.messages import signing
from greenlane.callup.messages.adapter import ChannelAdapter, Outcome, Outgoing, Result
from greenlane.callup.messages.public_addresses import NotPublic, target_of

LANES: Final = 8
"""Requests to one receiver at a time: with 200 ms each it still takes 2,000 within a minute."""
THREADS: Final = 32
MOST_ANSWER_BYTES: Final = 16_384
AGAIN_LATER: Final = frozenset({408, 409, 425, 429})
"""Answers of 4xx that say "not now"; 410 Gone says never; the others may be a fault that is being mended."""


class WebhookAdapter(ChannelAdapter):
    """Sends to many receivers at a time, and to each through a few connections that are kept open.

    A receiver that does not answer is left alone for the rest of the batch. Deliveries to one receiver may
    overtake each other: each tells its time.

    Attributes:
        allow_private: also call addresses that are not public, as in a test or inside one's own network.
        timeout_s: to connect, and between two parts of an answer.
    """

    batch = 400

    def __init__(self, allow_private: bool = False, timeout_s: float = 5.0) -> None:
        self.allow_private = allow_private
        self.timeout_s = timeout_s
        self._ssl = ssl.create_default_context()

    def send(self, messages: Sequence[Outgoing]) -> Iterator[Outcome]:
        """Deliver a batch; receivers get their turns at once, not one after the other."""
        until = time.monotonic() + self.seconds
        receivers: dict[str, _Receiver] = {}
        done: SimpleQueue[Outcome] = SimpleQueue()
        for message in messages:
            if message.address not in receivers:
                receivers[message.address] = _Receiver(self, message.address, until, done)
            receivers[message.address].line.append(message)
        pool = ThreadPoolExecutor(min(THREADS, LANES * len(receivers)), thread_name_prefix="webhooks")
        lanes: list[Future[None]] = [
            pool.submit(receiver.drain)
            for number in range(LANES)
            for receiver in receivers.values()
            if number < len(receiver.line) or number == 0
        ]
        wait(lanes, timeout=self.seconds + 2 * self.timeout_s)
        for receiver in receivers.values():
            # A receiver that dribbles its answer is cut off here, and its thread ends with an error.
            receiver.client.close()
        pool.shutdown(wait=False, cancel_futures=True)
        while not done.empty():
            yield done.get()

    def client(self) -> httpx.Client:
        """Connections to one receiver: no redirects (they could lead inside), no proxy of the environment."""
        return httpx.Client(
            verify=self._ssl,
            timeout=self.timeout_s,
            follow_redirects=False,
            trust_env=False,
            limits=httpx.Limits(max_connections=LANES, max_keepalive_connections=LANES),
        )


class _Receiver:
    """One address, the messages for it, and whether it still answers."""

    def __init__(
        self, adapter: WebhookAdapter, address: str, until: float, done: SimpleQueue[Outcome]
    ) -> None:
        self.adapter, self.address, self.until, self.done = adapter, address, until, done
        self.line: deque[Outgoing] = deque()
        self.client = adapter.client()
        self.is_down = False

    def drain(self) -> None:
        """Send what waits until it is done, the time is over, or nobody answers."""
        while True:
            try:
                message = self.line.popleft()
            except IndexError:
                return
            if self.is_down or time.monotonic() > self.until:
                self.done.put(Outcome(message.id, Result.NOT_TRIED))
                continue
            self.done.put(self._sent(message))

    def _sent(self, message: Outgoing) -> Outcome:
        try:
            target = target_of(self.address, self.adapter.allow_private)
            status = self._post(target.url, target.host, target.host_header, message)
        except NotPublic as error:
            return Outcome(message.id, Result.REFUSED, error=str(error))
        except (httpx.HTTPError, httpx.InvalidURL, OSError, RuntimeError) as error:
            self.is_down = True
            return Outcome(message.id, Result.UNREACHABLE, error=str(error) or type(error).__name__)
        if 200 <= status < 300:
            return Outcome(message.id, Result.DELIVERED)
        if status == 410:
            return Outcome(message.id, Result.REFUSED, error="HTTP 410")
        if status >= 500 or status in AGAIN_LATER:
            self.is_down = True
            return Outcome(message.id, Result.UNREACHABLE, error=f"HTTP {status}")
        return Outcome(message.id, Result.LATER, error=f"HTTP {status}")

    def _post(self, url: str, host: str, host_header: str, message: Outgoing) -> int:
        body = delivery_body(message)
        headers = {
            "Host": host_header,
            "Content-Type": "application/json",
            "User-Agent": "Greenlane",
            signing.KEY_HEADER: message.key,
            signing.HEADER: signing.signature(message.secret, body, int(time.time())),
        }
        extensions: dict[str, Any] = {"sni_hostname": host}
        with self.client.stream("POST", url, content=body, headers=headers, extensions=extensions) as answer:
            read = 0
            for part in answer.iter_raw():
                read += len(part)
                if read > MOST_ANSWER_BYTES or time.monotonic() > self.until + self.adapter.timeout_s:
                    break
            return answer.status_code


def delivery_body(message: Outgoing) -> bytes:
    """What a receiver gets: the facts, with the key and the kind."""
    return json.dumps({"key": message.key, "kind": message.kind, **message.payload}).encode()
