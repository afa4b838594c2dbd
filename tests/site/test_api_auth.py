"""Who may call the API, and in what words it refuses."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpRequest
from django.test import Client, RequestFactory

from greenlane.errors import GreenlaneError
from greenlane.registry.clock import now
from greenlane.registry.commands import make_account, make_administrator, make_token, register_carrier
from greenlane.registry.models import Account, ApiToken
from greenlane.registry.queries import Caller, call_of, caller_of
from greenlane.site.api import api

pytestmark = pytest.mark.django_db
TRUCK = {"plate": "AB 123", "country": "PL"}


@pytest.fixture
def account() -> Account:
    """The dispatcher of an invented carrier."""
    made = make_account("dispatcher@example.org", now(), password="cross-in-ten")
    register_carrier(made, "Carrier (invented)", "PL", now())
    return made


def bearer(text: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {text}"}


def token_of(account: Account, *scopes: str, days: int = 1) -> str:
    root = Account.objects.filter(is_superuser=True).first()
    if root is None:
        root = make_account("root@example.org", now())
        make_administrator(root)
    at = now() - timedelta(days=2)
    return make_token(root, account, "test", scopes, at, expires_at=at + timedelta(days=2 + days))[1]


def test_nobody_calls_without_signing_in(client: Client) -> None:
    response = client.get("/api/v1/trucks")
    assert response.status_code == 401
    assert set(response.json()) == {"code", "message", "field", "mend"}
    assert response.json()["code"] == "not_signed_in"


def test_a_token_opens_its_account_and_its_use_is_noted(client: Client, account: Account) -> None:
    assert client.get("/api/v1/trucks", headers=bearer(token_of(account, "bookings"))).status_code == 200
    assert ApiToken.objects.get(account=account).last_used_at is not None


@pytest.mark.parametrize("text", ["", "glt_x", "gld_abcdefghij_" + "a" * 43, "glt_abcdefghij_" + "a" * 43])
def test_a_wrong_token_is_refused_even_in_a_session(client: Client, account: Account, text: str) -> None:
    client.force_login(account)
    response = client.get("/api/v1/trucks", headers=bearer(text))
    assert (response.status_code, response.json()["code"]) == (401, "not_signed_in")


def test_an_expired_token_is_refused(client: Client, account: Account) -> None:
    response = client.get("/api/v1/trucks", headers=bearer(token_of(account, "bookings", days=-1)))
    assert response.status_code == 401


def test_a_token_does_what_its_scopes_say(client: Client, account: Account) -> None:
    response = client.get("/api/v1/trucks", headers=bearer(token_of(account, "backfill")))
    assert (response.status_code, response.json()["code"]) == (403, "scope_missing")


def test_a_session_changes_something_only_from_a_page_of_the_site(account: Account) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(account)
    assert client.get("/api/v1/trucks").status_code == 200
    refused = client.post("/api/v1/trucks", TRUCK, content_type="application/json")
    assert (refused.status_code, refused.json()["code"]) == (403, "csrf")
    client.get("/accounts/password/change/")
    secret = client.cookies["csrftoken"].value
    kept = client.post(
        "/api/v1/trucks", TRUCK, content_type="application/json", headers={"X-CSRFToken": secret}
    )
    assert kept.status_code == 200


def test_a_token_needs_no_csrf(account: Account) -> None:
    client = Client(enforce_csrf_checks=True, headers=bearer(token_of(account, "bookings")))
    assert client.post("/api/v1/trucks", TRUCK, content_type="application/json").status_code == 200


def test_staff_without_a_second_factor_reach_nothing(client: Client, account: Account) -> None:
    make_administrator(account)
    client.force_login(account)
    response = client.get("/api/v1/trucks")
    assert response.status_code == 302
    assert "/2fa/" in response.headers["Location"]


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ("{", 400, None),
        ("{}", 422, "given"),
        ('[{"country": "PL"}]', 422, "given"),
        ('{"plate": "AB 123", "country": "PL", "length_m": "long"}', 422, "given"),
        ('{"plate": "AB\\u0000123", "country": "PL"}', 422, "plate"),
        ('{"plate": "AB\\ud800123", "country": "PL"}', 422, "plate"),
        ("[" + ",".join(['{"plate": "AB 123", "country": "PL"}'] * 1001) + "]", 422, "given"),
    ],
)
def test_bad_input_is_told_in_one_form(
    client: Client, account: Account, body: str, status: int, field: str | None
) -> None:
    response = client.post(
        "/api/v1/trucks",
        body,
        content_type="application/json",
        headers=bearer(token_of(account, "bookings")),
    )
    answer: dict[str, Any] = response.json()
    assert (response.status_code, set(answer)) == (status, {"code", "message", "field", "mend"})
    assert (answer["field"] or "").startswith(field or "")


@pytest.mark.parametrize(
    "path", ["/crossings/a%00b", "/trucks?page=0", "/trucks?page_size=501", "/trucks?page=x"]
)
def test_no_address_breaks_the_server(client: Client, account: Account, path: str) -> None:
    response = client.get(f"/api/v1{path}", headers=bearer(token_of(account, "bookings")))
    assert response.status_code in (404, 422)
    assert response.json()["message"]


@pytest.mark.parametrize("key", ["k" * 81, "a\tb"])
def test_a_malformed_key_is_refused(client: Client, account: Account, key: str) -> None:
    headers = bearer(token_of(account, "bookings")) | {"Idempotency-Key": key}
    response = client.post("/api/v1/trucks", TRUCK, content_type="application/json", headers=headers)
    assert (response.status_code, response.json()["code"]) == (400, "key_malformed")


def request_of(account: Account, *scopes: str, **headers: str) -> HttpRequest:
    request = RequestFactory().post(
        "/api/v1/x", headers={name.replace("_", "-"): text for name, text in headers.items()}
    )
    request.auth = Caller(account, frozenset(scopes))  # type: ignore[attr-defined]  # as the API sets it
    return request


def test_a_fact_may_be_given_its_own_time_with_the_scope_for_it(account: Account) -> None:
    request = request_of(account, "bookings", "backfill", Greenlane_At="2026-03-01T08:30:00+05:00")
    call = call_of(request)
    assert call.at.isoformat() == "2026-03-01T03:30:00+00:00"
    assert call.account == account


@pytest.mark.parametrize(
    ("scopes", "at", "status"),
    [
        (("bookings",), "2026-03-01T08:30:00+05:00", 403),
        (("bookings", "backfill"), "yesterday", 422),
        (("bookings", "backfill"), "2026-03-01T08:30:00", 422),
        (("bookings", "backfill"), "0001-01-01T00:00:00+05:00", 422),
    ],
)
def test_other_times_are_refused(account: Account, scopes: tuple[str, ...], at: str, status: int) -> None:
    with pytest.raises(GreenlaneError) as refused:
        call_of(request_of(account, *scopes, Greenlane_At=at))
    assert (refused.value.status, refused.value.field) == (status, "Greenlane-At")


def test_without_authentication_there_is_no_caller() -> None:
    with pytest.raises(GreenlaneError) as refused:
        caller_of(RequestFactory().get("/api/v1/x"))
    assert refused.value.status == 401


def test_every_operation_tells_how_it_refuses_and_what_posts_take() -> None:
    schema = api.get_openapi_schema()
    operations = [
        (method, operation) for path in schema["paths"].values() for method, operation in path.items()
    ]
    assert all("4XX" in operation["responses"] for _, operation in operations)
    posts = [
        operation
        for method, operation in operations
        # A device's readings carry their own keys and times.
        if method == "post" and operation.get("security") and operation["operationId"] != "turnstile_readings"
    ]
    assert all(
        {"Idempotency-Key", "Greenlane-At"} <= {parameter["name"] for parameter in operation["parameters"]}
        for operation in posts
    )
    names = [operation["operationId"] for _, operation in operations]
    assert len(names) == len(set(names))


def test_the_page_of_the_api_needs_nothing_from_elsewhere(client: Client) -> None:
    page = client.get("/api/v1/docs").content.decode()
    assert "swagger-ui" in page
    assert "https://" not in page
