"""The web server: granian in this process, so that it lives and dies with the supervisor."""

from __future__ import annotations

from typing import Any

from greenlane.site.lifeline import follow_parent

# Event streams stay open for ever, so a stopping worker waits for its requests this long at most.
_STOP_WITHIN_S = 3


def run(host: str, port: int, workers: int) -> None:
    """Serve ``greenlane.site.asgi:app`` until SIGTERM or SIGINT."""
    from granian.constants import Interfaces
    from granian.server import Server

    server = Server(
        "greenlane.site.web:load_app",
        factory=True,
        address=host,
        port=port,
        interface=Interfaces.ASGI,
        workers=workers,
        backlog=2048,
        respawn_failed_workers=True,
        respawn_interval=0.2,
        workers_kill_timeout=_STOP_WITHIN_S,
    )
    server.serve()


def load_app() -> Any:
    """The ASGI application, loaded in a worker process, which ends when its parent does."""
    follow_parent()
    from greenlane.site.asgi import app

    return app
