"""What docs/reference/messages.md shows works: the check of a signature, and the adapter for a provider."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from greenlane.callup.messages import signing
from greenlane.callup.messages.adapter import ChannelDown, Outgoing, Receipt, Result
from greenlane.callup.messages.retries import MOST_ATTEMPTS, PAUSES_S
from greenlane.callup.messages.texts import TEXTS, urgency_of

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "messages.md").read_text(encoding="utf-8")


def shown(what: str) -> dict[str, Any]:
    """The names that a Python example of the page defines."""
    (source,) = [code for code in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL) if what in code]
    names: dict[str, Any] = {}
    exec(compile(source, "messages.md", "exec"), names)
    return names


def test_a_receiver_can_check_the_signature_with_ten_lines() -> None:
    is_genuine = shown("is_genuine")["is_genuine"]
    body, at = b'{"key": "k"}', int(time.time())
    header = signing.signature("whs_secret", body, at)
    assert is_genuine("whs_secret", header, body)
    assert not is_genuine("whs_other", header, body)
    assert not is_genuine("whs_secret", header, body + b" ")
    assert not is_genuine("whs_secret", header.replace(f"t={at}", f"t={at + 1}"), body)
    assert not is_genuine("whs_secret", signing.signature("whs_secret", body, at - 301), body)
    for nonsense in ("", "t=,v1=", "v1=abc", "t=x,v1=é", "=,="):
        assert not is_genuine("whs_secret", nonsense, body)
    source = next(
        code for code in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL) if "is_genuine" in code
    )
    assert len([line for line in source.splitlines() if line.strip()]) <= 10


def answer(request: httpx.Request) -> httpx.Response:
    if b"+7000" in request.content:
        return httpx.Response(404, text="no such number")
    if b"+7999" in request.content:
        raise httpx.ConnectError("away", request=request)
    return httpx.Response(200, json={"id": "acme-1"}) if b"+7701" in request.content else httpx.Response(503)


def test_the_adapter_of_the_page_works() -> None:
    adapter = shown("AcmeSms")["AcmeSms"](key="k", sender="Greenlane")
    adapter.client = httpx.Client(transport=httpx.MockTransport(answer))
    messages = [
        Outgoing(number, f"k{number}", "call", address, "en", "s", "b")
        for number, address in enumerate(("+7701", "+7000", "+7500"))
    ]
    assert [(one.result, one.reference) for one in adapter.send(messages)] == [
        (Result.SENT, "acme-1"),
        (Result.REFUSED, ""),
        (Result.LATER, ""),
    ]
    with pytest.raises(ChannelDown):
        list(adapter.send([Outgoing(1, "k", "call", "+7999", "en", "s", "b")]))
    assert adapter.read_receipts(b"id=acme-1&status=DELIVRD", {}) == [Receipt("delivered", "acme-1")]
    assert adapter.read_receipts(b"id=acme-1&status=ACCEPTD", {}) == []


def test_the_table_of_kinds_is_whole() -> None:
    rows = re.findall(r"^\| (`[^|]*) \| [^|]* \| (\d)", PAGE, re.MULTILINE)
    told = {kind: int(urgency) for kinds, urgency in rows for kind in re.findall(r"`(\w+)`", kinds)}
    assert told == {kind: urgency_of(kind) for kind in TEXTS}


def test_the_pauses_are_those_of_the_page() -> None:
    assert "3, 10, 30 s, 1, 2, 5, 10, 20, 30, 60, 60 min" in PAGE
    told = (3, 10, 30, *(60 * minutes for minutes in (1, 2, 5, 10, 20, 30, 60, 60)))
    assert told == PAUSES_S
    assert MOST_ATTEMPTS == 12
