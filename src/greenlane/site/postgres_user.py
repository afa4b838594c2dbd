"""The system user under which the embedded PostgreSQL runs, since it refuses to run as root.

An ordinary user runs it as themself. Root runs it as the owner of the data, or as a system user made for it.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path

from greenlane.errors import GreenlaneError

SYSTEM_USER = "greenlane-postgres"


@dataclass(frozen=True, slots=True)
class ServerUser:
    """Who runs the server. ``uid`` is None when that is whoever runs Greenlane."""

    uid: int | None
    gid: int | None

    def popen_arguments(self) -> dict[str, object]:
        """Arguments for ``subprocess`` that drop root's rights."""
        if self.uid is None:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def give(self, path: Path) -> None:
        """Make the server's user the owner of a file or directory."""
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)


def server_user(data: Path) -> ServerUser:
    """The user to run the server of a data directory as, made if need be.

    Raises:
        GreenlaneError: ``no_server_user`` where root cannot make one.
    """
    if os.geteuid() != 0:
        return ServerUser(None, None)
    if data.exists() and data.stat().st_uid != 0:
        return ServerUser(data.stat().st_uid, data.stat().st_gid)
    entry = _system_user() or _made_system_user()
    return ServerUser(entry.pw_uid, entry.pw_gid)


def let_pass(user: ServerUser, path: Path) -> None:
    """Let the server's user walk to a path: nothing more than the right to pass, and only where it lacks."""
    if user.uid is None:
        return
    for parent in path.resolve().parents:
        mode = parent.stat().st_mode
        if not mode & stat.S_IXOTH and parent.stat().st_uid != user.uid:
            parent.chmod(stat.S_IMODE(mode) | stat.S_IXOTH)


def _system_user() -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        return None


def _made_system_user() -> pwd.struct_passwd:
    command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", SYSTEM_USER]
    with contextlib.suppress(OSError):
        subprocess.run(command, check=False, capture_output=True)
    # Another start may have made the user at the same moment, so what counts is whether it is there now.
    entry = _system_user()
    if entry is None:
        raise GreenlaneError(
            "no_server_user",
            f"PostgreSQL does not run as root, and the system user {SYSTEM_USER} could not be made.",
            mend="Run Greenlane as an ordinary user, or set DATABASE_URL to a PostgreSQL server.",
        )
    return entry
