"""The tokens with which the player speaks as carriers and devices."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from greenlane.errors import GreenlaneError
from greenlane.player.journey import Journey


class CarrierCredentials(msgspec.Struct, frozen=True):
    """A carrier's account token; for past days it needs the scope ``backfill``."""

    name: str
    token: str
    country: str


class Credentials(msgspec.Struct, frozen=True):
    """``devices``: checkpoint code, direction and point to the token of the device that stands there."""

    crossing: str
    carriers: tuple[CarrierCredentials, ...]
    devices: dict[str, dict[str, dict[str, str]]]


def default_path(crossing: str) -> Path:
    """``player-<crossing>.json`` in ``GREENLANE_VAR``, or in ``var`` under the current directory."""
    return Path(os.environ.get("GREENLANE_VAR") or "var") / f"player-{crossing}.json"


def read_credentials(path: Path, crossing: str, journeys: tuple[Journey, ...]) -> Credentials:
    """The tokens for a crossing.

    Raises:
        GreenlaneError: ``credentials``, naming the file and what it lacks.
    """
    try:
        credentials = msgspec.json.decode(path.read_bytes(), type=Credentials)
    except OSError as error:
        raise _fault(path, f"cannot be read: {(error.strerror or str(error)).lower()}.") from None
    except msgspec.DecodeError as error:
        raise _fault(path, f"is no credentials file: {error}.") from None
    if credentials.crossing != crossing:
        raise _fault(path, f"is for {credentials.crossing!r}, not for {crossing!r}.")
    if not credentials.carriers:
        raise _fault(path, "names no carrier.")
    for leg in (leg for journey in journeys for leg in journey.legs):
        if not credentials.devices.get(leg.checkpoint.code, {}).get(leg.direction):
            raise _fault(path, f"has no device of {leg.checkpoint.code} {leg.direction}.")
    return credentials


def _fault(path: Path, what: str) -> GreenlaneError:
    return GreenlaneError(
        "credentials",
        f"{path} {what}",
        field="--credentials",
        mend="`greenlane serve --demo` writes such a file; docs/how-to/play.md tells its form.",
    )
