"""Which database Greenlane uses: the one that ``DATABASE_URL`` names, else the embedded one."""

from __future__ import annotations

import os

from greenlane.errors import GreenlaneError
from greenlane.site.database_url import DatabaseAddress
from greenlane.site.postgres import EmbeddedPostgres
from greenlane.site.var import var_directory

OLDEST_SERVER = 150000
_CONNECT_WITHIN_S = 5


def external_address() -> DatabaseAddress | None:
    """The database that ``DATABASE_URL`` names, or None when it is not set."""
    url = os.environ.get("DATABASE_URL", "").strip()
    return DatabaseAddress.parse(url) if url else None


def database_address() -> DatabaseAddress:
    """The database to use.

    Raises:
        GreenlaneError: ``database_url_malformed``, or ``no_database`` when nothing is named and nothing runs.
    """
    named = external_address()
    if named:
        return named
    embedded = EmbeddedPostgres(var_directory())
    if not embedded.running():
        raise GreenlaneError(
            "no_database",
            f"No database runs in {embedded.data}.",
            mend="Start one with `greenlane serve` or `greenlane database start`, or set DATABASE_URL.",
        )
    return embedded.address


def database_url() -> str:
    """``database_address()`` as a libpq URL."""
    return database_address().url()


def check_server(address: DatabaseAddress) -> None:
    """Make sure that a server answers at an address and is new enough.

    Raises:
        GreenlaneError: ``database_unreachable`` or ``database_too_old``.
    """
    import psycopg

    try:
        with psycopg.connect(**{"connect_timeout": _CONNECT_WITHIN_S, **address.psycopg()}) as connection:
            version = connection.info.server_version
    except psycopg.Error as error:
        raise GreenlaneError(
            "database_unreachable",
            f"{address.shown()} does not answer: {_first_line(error)}.",
            field="DATABASE_URL",
            mend="Check address, password and that the database exists; unset it to use the embedded one.",
        ) from error
    if version < OLDEST_SERVER:
        raise GreenlaneError(
            "database_too_old",
            f"{address.shown()} is PostgreSQL {version // 10000}; {OLDEST_SERVER // 10000} or later needed.",
            field="DATABASE_URL",
            mend="Upgrade the server, or leave DATABASE_URL out to use the embedded one.",
        )


def _first_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0].rstrip(".") if lines else type(error).__name__
