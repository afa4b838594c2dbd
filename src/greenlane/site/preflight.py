"""What is checked before anything starts, so that a refusal is one clear line."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import greenlane
from greenlane.errors import GreenlaneError


def crossings_directory() -> Path:
    """Where the crossing files lie: ``GREENLANE_CROSSINGS``, else ``crossings`` of the checkout."""
    given = os.environ.get("GREENLANE_CROSSINGS")
    if given:
        return Path(given).expanduser().absolute()
    return Path(greenlane.__file__).resolve().parents[2] / "crossings"


def check_crossing(code: str, directory: Path) -> None:
    """Make sure that a crossing is known.

    Raises:
        GreenlaneError: ``unknown_crossing``, listing the known ones.
    """
    known = sorted(path.stem for path in directory.glob("*.yaml"))
    if code not in known:
        raise GreenlaneError(
            "unknown_crossing",
            f"there is no crossing {code!r}.",
            field="crossing",
            mend=f"Known ones: {', '.join(known) or 'none'} (files in {directory}).",
        )


def check_port(host: str, port: int) -> None:
    """Make sure that the web server can listen at an address.

    Raises:
        GreenlaneError: ``port_taken``, ``port_refused`` or ``host_unknown``.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            # Binding alone succeeds beside a listener on some systems; listening does not.
            probe.listen(1)
    except OSError as error:
        raise _refusal(host, port, error) from error


@contextmanager
def only_one(var: Path, address: str) -> Iterator[None]:
    """Hold the right to serve from a var directory; the kernel frees it however the holder ends.

    Raises:
        GreenlaneError: ``already_running``, naming the process and its address.
    """
    path = var / "serve.lock"
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise GreenlaneError(
                "already_running",
                f"Greenlane runs already from {var}: {_holder(path)}.",
                mend="Use that one, or stop it first; GREENLANE_VAR=... runs a second one apart.",
            ) from error
        file.truncate(0)
        file.write(json.dumps({"pid": os.getpid(), "address": address}))
        file.flush()
        try:
            yield
        finally:
            file.truncate(0)


def serving(var: Path) -> str | None:
    """Who serves from a var directory now, in words, or None."""
    path = var / "serve.lock"
    if not path.exists():
        return None
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return _holder(path)
    return None


def _holder(path: Path) -> str:
    try:
        said = json.loads(path.read_text())
        return f"process {said['pid']}, {said['address']}"
    except (ValueError, KeyError, TypeError):
        return "just starting"


def _refusal(host: str, port: int, error: OSError) -> GreenlaneError:
    if error.errno == errno.EADDRINUSE:
        mend = f"Choose another: PORT={port + 1 if port < 65535 else 8001} make run"
        return GreenlaneError("port_taken", f"Port {port} is taken by another program.", mend=mend)
    if error.errno in (errno.EACCES, errno.EPERM):
        mend = "Choose one above 1023: PORT=8001 make run"
        return GreenlaneError("port_refused", f"Port {port} may not be opened by this user.", mend=mend)
    what = f"{host}:{port} cannot be listened at: {(error.strerror or str(error)).lower()}."
    return GreenlaneError("host_unknown", what, field="host", mend="127.0.0.1 is this machine alone.")
