"""`greenlane gate ...`: check a pass without any network, and export events."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from greenlane.errors import GreenlaneError
from greenlane.gate import passes
from greenlane.gate.key_files import read_keys

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    help="""Passes and events at a barrier.

    `verify-pass` needs no server, no database and no network: only the public keys in a file, fetched
    once from /api/v1/public/keys.
    """,
)


@app.command("verify-pass")
def verify_pass(
    token: Annotated[str, typer.Argument(help="The text of the QR code.")],
    plate: Annotated[str, typer.Option(help="Plate of the truck that shows it, as read or typed.")],
    keys: Annotated[Path, typer.Option(help="File with the public keys, as served at /public/keys, or PEM.")],
    checkpoint: Annotated[str, typer.Option(help="Code of this checkpoint.")],
    direction: Annotated[str | None, typer.Option(help="outbound or inbound; compared when given.")] = None,
    country: Annotated[str | None, typer.Option(help="Country of the plate; compared when given.")] = None,
    at: Annotated[str | None, typer.Option(help="Judge as of this time (ISO); now when left out.")] = None,
) -> None:
    """Check a pass at a barrier, offline. Exit status 0 when it is good, 2 with the reason when it is not.

    Example:

        curl -s https://queue.example.org/api/v1/public/keys > keys.json

        greenlane gate verify-pass "eyJ..." --plate "501 KZA 03" --checkpoint zabaikalsk --keys keys.json
    """
    good = passes.verify(
        token,
        read_keys(keys),
        plate=plate,
        checkpoint=checkpoint,
        at=_time(at, "--at") if at else datetime.now(UTC),
        direction=direction,
        country=country,
    )
    print(f"Good: booking {good.booking}, until {good.valid_until:%Y-%m-%d %H:%M} UTC.")


@app.command("export-epcis")
def export_epcis(
    checkpoint: Annotated[str, typer.Argument(help="Code of the checkpoint.")],
    start: Annotated[str, typer.Option("--from", help="First time (ISO, with offset).")],
    end: Annotated[str, typer.Option("--to", help="End (ISO, with offset), itself left out.")],
    base: Annotated[
        str, typer.Option(help="Address below which identifiers are made.")
    ] = "http://localhost:8000",
) -> None:
    """Write the events of a checkpoint as an EPCIS 2.0 document (JSON-LD) to standard output.

    Example:

        greenlane gate export-epcis zabaikalsk --from 2026-05-04T00:00+09:00 --to 2026-05-05T00:00+09:00
    """
    first, last = _time(start, "--from"), _time(end, "--to")

    import django

    django.setup()
    from greenlane.gate.queries import epcis_document
    from greenlane.registry.clock import now
    from greenlane.registry.queries import checkpoint as checkpoint_of

    told = epcis_document(checkpoint_of(checkpoint), first, last, base=base, at=now())
    json.dump(told, sys.stdout, ensure_ascii=False, indent=1)
    print()


def _time(text: str, option: str) -> datetime:
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        time = None
    if time is None or time.tzinfo is None:
        raise GreenlaneError(
            "time_malformed",
            f"{text!r} is not a time with its offset.",
            field=option,
            mend="Write it as 2026-05-04T08:30+09:00.",
        )
    return time
