"""What carries a channel's messages to its provider: the protocol, and what is handed over. Pure: no Django.

An adapter of your own is a subclass of `ChannelAdapter`; docs/reference/messages.md has one for a provider.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from greenlane.errors import GreenlaneError

MOST_RECEIPTS = 1000
"""Receipts in one call of a provider."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message to be sent.

    Attributes:
        id: of its row.
        key: the same at every attempt; give it to the provider, which then sends no message twice.
        address: an e-mail address, a phone number (``+77000000000``), a device's token, or a URL.
        language: of the text, as ``ru``.
        payload: the facts of the message as plain values, for programs.
        urgency: 0 first.
        secret: what a delivery is signed with (webhooks).
    """

    id: int
    key: str
    kind: str
    address: str
    language: str
    subject: str
    body: str
    payload: Mapping[str, Any] = field(default_factory=dict)
    urgency: int = 5
    secret: str = field(default="", repr=False)


class Result(StrEnum):
    """What became of one attempt."""

    SENT = "sent"
    """The provider took it; a receipt may follow."""
    DELIVERED = "delivered"
    """It is there: the answer was the receipt."""
    LATER = "later"
    """Not now; tried again after a pause."""
    UNREACHABLE = "unreachable"
    """Nobody answers at the address: everything for it waits."""
    REFUSED = "refused"
    """Never: the address or the text is wrong."""
    NOT_TRIED = "not_tried"
    """There was no time left; it stays in line."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the message `id`; `reference` is the provider's name for it."""

    id: int
    result: Result
    reference: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a provider tells of a message that it took: by its own reference, or by our key.

    `state` is ``delivered``, ``failed`` or ``read``; `at` is the provider's time, None for now.
    """

    state: str
    reference: str = ""
    key: str = ""
    at: datetime | None = None
    error: str = ""


class ChannelDown(Exception):
    """The provider does not answer at all: nothing of the batch was sent, and no attempt counts."""


class ChannelAdapter:
    """Sends batches of one channel. Used by one thread at a time.

    Attributes:
        batch: messages handed over at once.
        seconds: how long one call of `send` may go on beginning new messages.
        asks_for_receipts: whether `poll` is to be called.
    """

    batch = 200
    seconds = 10.0
    asks_for_receipts = False

    def send(self, messages: Sequence[Outgoing]) -> Iterator[Outcome]:
        """Try each message, and tell of each what became of it; what is not told of is tried again.

        Raises:
            ChannelDown: where the provider itself is away.
        """
        raise NotImplementedError

    def poll(self, references: Sequence[str]) -> Iterable[Receipt]:
        """Ask the provider what became of messages, where it does not tell by itself."""
        return ()

    def read_receipts(self, body: bytes, headers: Mapping[str, str]) -> list[Receipt]:
        """Receipts out of a provider's call, whose shared secret was right. Override for its own form.

        Raises:
            GreenlaneError: ``receipts_malformed`` (422).
        """
        try:
            listed = json.loads(body)["receipts"]
            if not isinstance(listed, list) or len(listed) > MOST_RECEIPTS:
                raise ValueError(f"receipts is a list of at most {MOST_RECEIPTS}")
            return [_receipt(entry) for entry in listed]
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise GreenlaneError(
                "receipts_malformed",
                f"The receipts cannot be read: {error}."[:200],
                field="receipts",
                mend='Send {"receipts": [{"reference": "…", "state": "delivered", '
                '"at": "2026-11-24T06:00:00+00:00"}]}.',
                status=422,
            ) from error


def _receipt(entry: Any) -> Receipt:
    state = entry["state"]
    if state not in ("delivered", "failed", "read"):
        raise ValueError("state is delivered, failed or read")
    at = datetime.fromisoformat(entry["at"]) if entry.get("at") else None
    if at is not None and at.tzinfo is None:
        raise ValueError("at has no offset")
    reference, key, error = (str(entry.get(name) or "") for name in ("reference", "key", "error"))
    if not reference and not key:
        raise ValueError("a receipt has a reference or a key")
    return Receipt(state, reference, key, at, error[:200])
