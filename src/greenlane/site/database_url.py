"""One database address, in the four spellings that its users want: URL, Django, psycopg, asyncpg.

Pure: standard library only.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from greenlane.errors import GreenlaneError

_SCHEMES = ("postgresql", "postgres")
_EXAMPLE = "Write it as postgresql://user:password@host:5432/name."


@dataclass(frozen=True, slots=True)
class DatabaseAddress:
    """Where a PostgreSQL database is reached.

    Attributes:
        host: a host name or address, or the absolute directory of a Unix socket; empty for libpq's default.
        port: TCP port, or the number in the socket's file name.
        name: the database.
        user, password: empty when not given.
        options: further libpq parameters, e.g. ``{"sslmode": "require"}``.
    """

    host: str
    port: int
    name: str
    user: str
    password: str = ""
    options: dict[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, url: str) -> DatabaseAddress:
        """Read a libpq URL; a socket directory may stand in ``?host=``.

        Raises:
            GreenlaneError: ``database_url_malformed``, saying what is missing.
        """
        try:
            parts = urlsplit(url.strip())
            port = parts.port
        except ValueError as error:
            raise _malformed(f"{error}".rstrip(".") + ".") from error
        if parts.scheme not in _SCHEMES:
            raise _malformed("only PostgreSQL addresses are understood.")
        options = dict(parse_qsl(parts.query, keep_blank_values=True))
        name = unquote(parts.path.lstrip("/")) or options.pop("dbname", "")
        if not name:
            raise _malformed("the database name is missing.")
        option_port = options.pop("port", "5432")
        if not option_port.isdigit():
            raise _malformed("the port is not a number.")
        host = options.pop("host", "") or unquote(parts.hostname or "")
        user = options.pop("user", "") or unquote(parts.username or "")
        password = options.pop("password", "") or unquote(parts.password or "")
        return cls(host, port or int(option_port), name, user, password, options)

    @property
    def is_socket(self) -> bool:
        """Whether the address is a Unix socket."""
        return self.host.startswith("/")

    def url(self) -> str:
        """The address as a libpq URL, with its password."""
        login = quote(self.user, safe="")
        if self.password:
            login += ":" + quote(self.password, safe="")
        options = dict(self.options)
        if self.is_socket:
            place, options = "", {"host": self.host, "port": str(self.port), **options}
        else:
            host = f"[{self.host}]" if ":" in self.host else self.host
            place = f"{host}:{self.port}"
        query = "?" + urlencode(options, quote_via=quote, safe="/") if options else ""
        return f"postgresql://{login + '@' if login else ''}{place}/{quote(self.name, safe='')}{query}"

    def shown(self) -> str:
        """The address for people and logs: no password."""
        place = self.host or "localhost"
        return f"{self.name} at {place}" if self.is_socket else f"{self.name} at {place}:{self.port}"

    def django(self) -> dict[str, Any]:
        """The ``DATABASES["default"]`` entry of Django's settings."""
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": self.name,
            "USER": self.user,
            "PASSWORD": self.password,
            "HOST": self.host,
            "PORT": str(self.port),
            "OPTIONS": dict(self.options),
        }

    def psycopg(self) -> dict[str, Any]:
        """Keyword arguments for ``psycopg.connect``."""
        return {
            "dbname": self.name,
            "port": self.port,
            **self._login("host", "user", "password"),
            **self.options,
        }

    def asyncpg(self) -> dict[str, Any]:
        """Keyword arguments for ``asyncpg.connect`` and ``create_pool``; ``sslmode`` becomes ``ssl``.

        ``application_name`` becomes a server setting; other libpq options are left out.
        """
        arguments: dict[str, Any] = {"database": self.name, "port": self.port}
        arguments |= self._login("host", "user", "password")
        if "sslmode" in self.options:
            arguments["ssl"] = self.options["sslmode"]
        if "application_name" in self.options:
            arguments["server_settings"] = {"application_name": self.options["application_name"]}
        return arguments

    def _login(self, *names: str) -> dict[str, str]:
        return {name: getattr(self, name) for name in names if getattr(self, name)}


def _malformed(why: str) -> GreenlaneError:
    return GreenlaneError("database_url_malformed", why, field="DATABASE_URL", mend=_EXAMPLE)
