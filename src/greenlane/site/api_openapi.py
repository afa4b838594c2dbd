"""What all operations of the API share, written once into its OpenAPI document."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any, Final

from greenlane.registry.fact_time import HEADER as AT_HEADER
from greenlane.registry.queries import KEY_HEADER, LONGEST_KEY
from greenlane.site.api_turnstile import turnstile_paths

REFUSAL: Final[dict[str, Any]] = {
    "type": "object",
    "title": "Refusal",
    "description": "What is wrong, in which field, and the mend.",
    "required": ["code", "message", "field", "mend"],
    "properties": {
        "code": {"type": "string", "description": "Short word, stable across versions."},
        "message": {"type": "string"},
        "field": {"type": ["string", "null"]},
        "mend": {"type": ["string", "null"]},
    },
}
REFUSED: Final[dict[str, Any]] = {
    "description": "Refused",
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Refusal"}}},
}
KEY: Final[dict[str, Any]] = {
    "name": KEY_HEADER,
    "in": "header",
    "required": False,
    "description": "A random key of the request; a retry with the same key gets the first answer.",
    "schema": {"type": "string", "maxLength": LONGEST_KEY},
}
AT: Final[dict[str, Any]] = {
    "name": AT_HEADER,
    "in": "header",
    "required": False,
    "description": "When it happened, for tokens with the scope backfill.",
    "schema": {"type": "string", "format": "date-time"},
}


READINGS: Final = "turnstile_readings"
"""The one POST whose parts carry their own keys and times."""


def with_common_parts(schema: MutableMapping[str, Any]) -> None:
    """Add the turnstile's paths, how every operation refuses, and the two headers of every signed-in POST."""
    schema["paths"].update(turnstile_paths(schema["components"]))
    for operations in schema["paths"].values():
        for method, operation in operations.items():
            operation["responses"]["4XX"] = REFUSED
            if method == "post" and operation.get("security") and operation["operationId"] != READINGS:
                operation["parameters"] += [KEY, AT]
    schema["components"].setdefault("schemas", {})["Refusal"] = REFUSAL
