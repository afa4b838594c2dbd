"""One database address in all its spellings."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenlane.errors import GreenlaneError
from greenlane.site.database_url import DatabaseAddress

SOCKET = "postgresql://postgres:@/greenlane?host=/srv/var/postgres"


def test_a_socket_directory_is_the_host() -> None:
    address = DatabaseAddress.parse(SOCKET)
    assert (address.host, address.port, address.name, address.user) == (
        "/srv/var/postgres",
        5432,
        "greenlane",
        "postgres",
    )
    assert address.django()["HOST"] == "/srv/var/postgres"
    assert address.psycopg() == {
        "dbname": "greenlane",
        "host": "/srv/var/postgres",
        "port": 5432,
        "user": "postgres",
    }
    assert address.asyncpg()["database"] == "greenlane"


def test_tls_and_password_reach_every_driver() -> None:
    address = DatabaseAddress.parse("postgres://anna:p%40ss%2Fword@db.example:6543/border?sslmode=require")
    assert address.django()["PASSWORD"] == "p@ss/word"
    assert address.django()["OPTIONS"] == {"sslmode": "require"}
    assert address.psycopg()["sslmode"] == "require"
    assert address.asyncpg()["ssl"] == "require"
    assert address.asyncpg()["port"] == 6543


def test_the_password_is_not_shown() -> None:
    address = DatabaseAddress.parse("postgresql://anna:secret@db.example/border")
    assert address.shown() == "border at db.example:5432"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "border",
        "mysql://db/border",
        "postgresql://db.example",
        "postgresql://db:port/border",
        "postgresql://[::1/b",
    ],
)
def test_a_malformed_address_names_the_variable_and_shows_the_form(url: str) -> None:
    with pytest.raises(GreenlaneError) as refusal:
        DatabaseAddress.parse(url)
    assert refusal.value.field == "DATABASE_URL"
    assert "postgresql://user:password@host:5432/name" in str(refusal.value)


@given(
    host=st.sampled_from(["db.example", "::1", "10.0.0.1", "/tmp/with space/ü", "/s?k&t"]),
    port=st.integers(1, 65535),
    name=st.text(st.characters(exclude_characters="/\x00", exclude_categories=["Cs", "Cc", "Z"]), min_size=1),
    user=st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs", "Cc", "Z"]), min_size=1),
    password=st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs", "Cc", "Z"])),
)
def test_an_address_survives_its_url(host: str, port: int, name: str, user: str, password: str) -> None:
    address = DatabaseAddress(host, port, name, user, password, {"sslmode": "prefer"})
    assert DatabaseAddress.parse(address.url()) == address
