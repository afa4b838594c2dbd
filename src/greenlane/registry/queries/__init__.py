"""What is read of the registry, shaped for pages, the API and the other rooms."""

from greenlane.registry.queries.accounts import (
    SESSION_SCOPES,
    Caller,
    account_of_token,
    checkpoints_of,
    may,
    require,
    roles_at,
    tokens_of,
    working_tokens,
)
from greenlane.registry.queries.answers import answer_before, request_digest
from greenlane.registry.queries.calls import KEY_HEADER, LONGEST_KEY, Call, call_of, caller_of
from greenlane.registry.queries.carriers import carriers_to_verify, may_verify_carriers
from greenlane.registry.queries.crossings import (
    checkpoint,
    checkpoint_document,
    checkpoint_unknown,
    crossing,
    crossing_document,
    crossings,
    direction_document,
    lane_shown,
    lanes_open,
    parks_of,
    stages_of,
)
from greenlane.registry.queries.fleet import carrier_of, drivers_of, trailers_of, truck_of, trucks_of

__all__ = [
    "KEY_HEADER",
    "LONGEST_KEY",
    "SESSION_SCOPES",
    "Call",
    "Caller",
    "account_of_token",
    "answer_before",
    "call_of",
    "caller_of",
    "carrier_of",
    "carriers_to_verify",
    "checkpoint",
    "checkpoint_document",
    "checkpoint_unknown",
    "checkpoints_of",
    "crossing",
    "crossing_document",
    "crossings",
    "direction_document",
    "drivers_of",
    "lane_shown",
    "lanes_open",
    "may",
    "may_verify_carriers",
    "parks_of",
    "request_digest",
    "require",
    "roles_at",
    "stages_of",
    "tokens_of",
    "trailers_of",
    "truck_of",
    "trucks_of",
    "working_tokens",
]
