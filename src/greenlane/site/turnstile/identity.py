"""Who is at the turnstile: accounts and devices by their tokens, remembered for some seconds."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass

import asyncpg

from greenlane.errors import GreenlaneError
from greenlane.site.turnstile.http import Scope, header

REMEMBERED_S = 10.0
"""A revoked token is obeyed for at most so long."""
_MOST = 20_000


@dataclass(frozen=True, slots=True)
class AccountIdentity:
    account: int
    carrier: int | None
    scopes: frozenset[str]


@dataclass(frozen=True, slots=True)
class DeviceIdentity:
    device: int
    name: str
    checkpoint: int
    direction: str
    points: frozenset[str]
    stages: frozenset[str]


_ACCOUNT = """
SELECT account.id, account.carrier_id, token.scopes
  FROM registry_apitoken token JOIN registry_account account ON account.id = token.account_id
 WHERE token.digest = $1 AND token.revoked_at IS NULL AND account.is_active
   AND (token.expires_at IS NULL OR token.expires_at > now())
"""
_DEVICE = """
SELECT device.id, device.name, device.checkpoint_id, device.direction, device.points,
       array(SELECT stage.code FROM registry_stage stage
              WHERE stage.checkpoint_id = device.checkpoint_id
                AND stage.direction = device.direction) AS stages
  FROM gate_device device WHERE device.digest = $1 AND device.enabled
"""


class Identities:
    """Looks tokens up in the database and remembers what it found, also that there was nothing."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        self._known: dict[str, tuple[float, AccountIdentity | DeviceIdentity | None]] = {}

    async def account(self, scope: Scope) -> AccountIdentity:
        """The account of the request's token.

        Raises:
            GreenlaneError: ``not_signed_in``.
        """
        found = await self._find(_token(scope), _ACCOUNT)
        if not isinstance(found, AccountIdentity):
            raise _refused("account token, as in `Authorization: Bearer glt_…`")
        return found

    async def device(self, scope: Scope) -> DeviceIdentity:
        """The device of the request's token.

        Raises:
            GreenlaneError: ``not_signed_in``.
        """
        found = await self._find(_token(scope), _DEVICE)
        if not isinstance(found, DeviceIdentity):
            raise _refused("device token, as in `Authorization: Bearer gld_…`")
        return found

    async def _find(self, token: str, query: str) -> AccountIdentity | DeviceIdentity | None:
        if not token:
            return None
        digest = hashlib.sha256(token.encode()).hexdigest()
        known = self._known.get(digest)
        if known is not None and known[0] > time.monotonic():
            return known[1]
        row = await self._pool.fetchrow(query, digest)
        found: AccountIdentity | DeviceIdentity | None = None
        if row is not None and query is _ACCOUNT:
            found = AccountIdentity(row[0], row[1], frozenset(row[2]))
        elif row is not None:
            found = DeviceIdentity(row[0], row[1], row[2], row[3], frozenset(row[4]), frozenset(row[5]))
        if len(self._known) > _MOST:
            self._known.clear()
        self._known[digest] = (time.monotonic() + REMEMBERED_S, found)
        return found


def _token(scope: Scope) -> str:
    kind, _, token = header(scope, b"authorization").partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""


def _refused(wanted: str) -> GreenlaneError:
    return GreenlaneError(
        "not_signed_in",
        "The token is missing, unknown, expired or revoked.",
        field="Authorization",
        mend=f"Send a valid {wanted}.",
        status=401,
    )
