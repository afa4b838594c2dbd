"""Who is at the turnstile, by token."""

from __future__ import annotations

import asyncio
import hashlib

import pytest
from stand_ins import Exchange, Pool

from greenlane.errors import GreenlaneError
from greenlane.site.turnstile import identity
from greenlane.site.turnstile.identity import REMEMBERED_S, AccountIdentity, DeviceIdentity, Identities


def digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


ANN = {digest("glt_a"): (7, 3, ["bookings"])}
CAMERA = {digest("gld_c"): (9, "cam-1", 4, "outbound", ["entry"], ["customs"])}


def bearer(token: str) -> dict[str, object]:
    return Exchange(authorization=token).scope


def test_an_account_is_looked_up_once_and_remembered_for_some_seconds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pool, now = Pool(ANN), [50.0]
    monkeypatch.setattr(identity.time, "monotonic", lambda: now[0])

    async def run() -> None:
        known = Identities(pool)
        expected = AccountIdentity(7, 3, frozenset({"bookings"}))
        assert await known.account(bearer("Bearer glt_a")) == expected
        assert await known.account(bearer("bearer  glt_a")) == expected
        assert len(pool.asked) == 1
        pool.rows = {}
        now[0] += REMEMBERED_S + 0.1
        with pytest.raises(GreenlaneError):
            await known.account(bearer("Bearer glt_a"))

    asyncio.run(run())


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer ", "Basic glt_a", "glt_a", "Bearer glt_b"])
def test_without_a_valid_token_nobody_is_let_in(authorization: str) -> None:
    async def run() -> None:
        with pytest.raises(GreenlaneError) as refused:
            await Identities(Pool(ANN)).account(bearer(authorization))
        assert (refused.value.status, refused.value.field) == (401, "Authorization")
        assert "glt_" in (refused.value.mend or "")

    asyncio.run(run())


def test_an_unknown_token_is_remembered_too(monkeypatch: pytest.MonkeyPatch) -> None:
    pool = Pool()

    async def run() -> None:
        known = Identities(pool)
        for _ in range(5):
            with pytest.raises(GreenlaneError):
                await known.account(bearer("Bearer glt_x"))
        assert len(pool.asked) == 1

    asyncio.run(run())


def test_only_the_digest_of_a_token_leaves_the_process() -> None:
    pool = Pool(ANN)
    asyncio.run(Identities(pool).account(bearer("Bearer glt_a")))
    assert pool.asked == [(digest("glt_a"),)]


def test_a_device_is_no_account_and_an_account_no_device() -> None:
    async def run() -> None:
        known = Identities(Pool(CAMERA))
        camera = await known.device(bearer("Bearer gld_c"))
        assert camera == DeviceIdentity(
            9, "cam-1", 4, "outbound", frozenset({"entry"}), frozenset({"customs"})
        )
        with pytest.raises(GreenlaneError) as refused:
            await known.account(bearer("Bearer gld_c"))
        assert refused.value.code == "not_signed_in"
        people = Identities(Pool(ANN))
        await people.account(bearer("Bearer glt_a"))
        with pytest.raises(GreenlaneError):
            await people.device(bearer("Bearer glt_a"))

    asyncio.run(run())
