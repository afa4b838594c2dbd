"""The rules of EPCIS 2.0 that our events must keep, as a JSON Schema of our own making."""

from __future__ import annotations

from typing import Any

BUSINESS_STEPS = ["accepting", "arriving", "departing", "holding", "inspecting", "loading", "unloading"]
DISPOSITIONS = ["in_progress", "in_transit", "conformant", "non_conformant", "mismatch_instance", "unknown"]
OWN_WORD = r"^greenlane:[a-z_]+$"
URI = r"^(https?://[^\s<>\"]+|urn:[a-z0-9][a-z0-9-]*:[^\s<>\"]+)$"
TIME = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?(Z|[+-]\d\d:\d\d)$"
EVENT_ID = r"^urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"


def _place() -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["id"],
        "properties": {"id": {"pattern": URI}},
        "additionalProperties": False,
    }


def _word(known: list[str]) -> dict[str, Any]:
    return {"type": "string", "anyOf": [{"enum": known}, {"pattern": OWN_WORD}]}


EVENT: dict[str, Any] = {
    "type": "object",
    "required": ["type", "eventID", "eventTime", "eventTimeZoneOffset", "action"],
    "properties": {
        "type": {"enum": ["ObjectEvent", "AssociationEvent"]},
        "eventID": {"type": "string", "pattern": EVENT_ID},
        "eventTime": {"type": "string", "pattern": TIME},
        "eventTimeZoneOffset": {
            "type": "string",
            "pattern": r"^[+-]((0\d|1[0-3]):[0-5]\d|14:00)$",
        },
        "recordTime": {"type": "string", "pattern": TIME},
        "action": {"const": "OBSERVE"},
        "bizStep": _word(BUSINESS_STEPS),
        "disposition": _word(DISPOSITIONS),
        "readPoint": _place(),
        "bizLocation": _place(),
        "bizTransactionList": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["bizTransaction"],
                "properties": {"type": {"pattern": OWN_WORD}, "bizTransaction": {"pattern": URI}},
                "additionalProperties": False,
            },
        },
        "errorDeclaration": {
            "type": "object",
            "required": ["declarationTime"],
            "properties": {
                "declarationTime": {"type": "string", "pattern": TIME},
                "reason": {"enum": ["did_not_occur", "incorrect_data"]},
                "correctiveEventIDs": {
                    "type": "array",
                    "minItems": 1,
                    "items": {"type": "string", "pattern": EVENT_ID},
                },
            },
            "additionalProperties": False,
        },
        "epcList": {"type": "array", "minItems": 1, "items": {"pattern": URI}},
        "parentID": {"type": "string", "pattern": URI},
        "childEPCs": {"type": "array", "minItems": 1, "items": {"pattern": URI}},
    },
    # Extensions carry a prefix that the context declares.
    "patternProperties": {OWN_WORD: {"type": "string"}},
    "additionalProperties": False,
    "oneOf": [
        {
            "properties": {"type": {"const": "ObjectEvent"}, "parentID": False, "childEPCs": False},
            "required": ["epcList"],
        },
        {
            "properties": {"type": {"const": "AssociationEvent"}, "epcList": False},
            "required": ["parentID", "childEPCs"],
        },
    ],
}

DOCUMENT: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "required": ["@context", "type", "schemaVersion", "creationDate", "epcisBody"],
    "properties": {
        "@context": {
            "type": "array",
            "prefixItems": [
                {"const": "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"},
                {
                    "type": "object",
                    "required": ["greenlane"],
                    "properties": {"greenlane": {"pattern": r"^https?://.+[#/]$"}},
                },
            ],
            "minItems": 2,
        },
        "type": {"const": "EPCISDocument"},
        "schemaVersion": {"const": "2.0"},
        "creationDate": {"type": "string", "pattern": TIME},
        "epcisBody": {
            "type": "object",
            "required": ["eventList"],
            "properties": {"eventList": {"type": "array", "items": EVENT}},
            "additionalProperties": False,
        },
    },
    "additionalProperties": False,
}
