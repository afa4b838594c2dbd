"""The two doors through which places are taken, asked in the same words."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx
from django.db import connection
from places_world import make_token

from greenlane.booking.commands import take
from greenlane.booking.places import PlaceRequest, refusal
from greenlane.registry.models import Account
from greenlane.site.asgi import Site
from greenlane.site.database_url import DatabaseAddress

_CODE = re.compile(r"GL-\w{5}-\w{5}")


@dataclass(frozen=True)
class Ask:
    """One place wanted by an account."""

    account: Account
    slot: int
    truck: int | None = None
    vehicle_class: str = "laden"
    park: int | None = None
    trailer: int | None = None
    driver: int | None = None
    key: str = ""

    @property
    def confirm(self) -> bool:
        return self.truck is not None


@dataclass(frozen=True)
class Told:
    """The answer: ``taken``, ``again`` or the reason of the refusal, with the state or the words."""

    outcome: str
    words: str
    field: str | None = None
    code: str = ""


def by_django(asks: Sequence[Ask], at: datetime) -> list[Told]:
    """The ordinary door: all in one transaction."""
    answers = take(
        [
            PlaceRequest(
                slot=ask.slot,
                account=ask.account.pk,
                carrier=ask.account.carrier_id,
                truck=ask.truck,
                trailer=ask.trailer,
                driver=ask.driver,
                vehicle_class=ask.vehicle_class,
                park=ask.park,
                confirm=ask.confirm,
                key=ask.key,
            )
            for ask in asks
        ],
        at,
    )
    return [
        Told(answer.outcome, answer.state or "", code=answer.code or "")
        if answer.has_place
        else _refused(refusal(answer.outcome, answer.detail).as_dict())
        for answer in answers
    ]


def by_turnstile(asks: Sequence[Ask], at: datetime) -> list[Told]:
    """The turnstile over HTTP: a list of one account in one request, several accounts all at once."""
    tokens = {ask.account.pk: make_token(ask.account) for ask in asks}
    return asyncio.run(_by_turnstile(asks, tokens, at))


async def _by_turnstile(asks: Sequence[Ask], tokens: dict[int, str], at: datetime) -> list[Told]:
    async with turnstile_client() as client:
        headers = {
            account: {"Authorization": f"Bearer {token}", "Greenlane-At": at.isoformat()}
            for account, token in tokens.items()
        }
        if len(asks) > 1 and len(tokens) == 1:
            (head,) = headers.values()
            answer = await client.post("/api/v1/places", headers=head, json=[_body(ask) for ask in asks])
            assert answer.status_code == 200, answer.text
            return [
                _given(told["booking"]) if told["ok"] else _refused(told["error"])
                for told in answer.json()["answers"]
            ]
        for head in headers.values():
            # A token is looked up once; then requests stand in line in the order in which they are sent.
            await client.post("/api/v1/places", headers=head, json={"slot": -1})
        answers = await asyncio.gather(
            *(client.post("/api/v1/places", headers=headers[ask.account.pk], json=_body(ask)) for ask in asks)
        )
        for answer in answers:
            assert answer.status_code == 201 or answer.json()["code"], answer.text
        return [
            _given(answer.json()) if answer.status_code == 201 else _refused(answer.json())
            for answer in answers
        ]


@contextlib.asynccontextmanager
async def turnstile_client() -> AsyncIterator[httpx.AsyncClient]:
    """The site's ASGI application, started on the test database, and a client to it."""
    site = Site()
    said: asyncio.Queue[str] = asyncio.Queue()
    done: asyncio.Queue[str] = asyncio.Queue()

    async def receive() -> dict[str, Any]:
        return {"type": await said.get()}

    async def send(message: Any) -> None:
        await done.put(message["type"])

    life = asyncio.create_task(site({"type": "lifespan"}, receive, send))
    try:
        await said.put("lifespan.startup")
        assert await _next(done, life) == "lifespan.startup.complete"
        transport = httpx.ASGITransport(app=site)
        async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
            yield client
    finally:
        await said.put("lifespan.shutdown")
        await life


async def _next(done: asyncio.Queue[str], life: asyncio.Task[None]) -> str:
    waiting = asyncio.create_task(done.get())
    await asyncio.wait({waiting, life}, return_when=asyncio.FIRST_COMPLETED)
    if life.done():
        life.result()
    return await waiting


def database_url_of_tests() -> str:
    """The address of the database that Django's tests use."""
    address = DatabaseAddress.parse(os.environ["DATABASE_URL"])
    return DatabaseAddress(
        address.host,
        address.port,
        str(connection.settings_dict["NAME"]),
        address.user,
        address.password,
        address.options,
    ).url()


def _body(ask: Ask) -> dict[str, Any]:
    names = ("slot", "truck", "vehicle_class", "park", "trailer", "driver", "confirm", "key")
    return {name: getattr(ask, name) for name in names}


def _given(place: dict[str, Any]) -> Told:
    return Told("again" if place["again"] else "taken", place["state"], code=place["code"])


def _refused(error: dict[str, Any]) -> Told:
    return Told(error["code"], _CODE.sub("GL-…", error["message"]), error["field"])
