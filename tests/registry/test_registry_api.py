"""The registry over HTTP: crossings for everyone, the fleet for its carrier, lanes for the shift lead."""

from __future__ import annotations

from typing import Any

import pytest
from crossing_texts import GOOD
from django.test import Client
from people import AT, administrator, dispatcher, example_crossing, staff

from greenlane.registry.commands import make_token
from greenlane.registry.crossing import Crossing
from greenlane.registry.crossing_file import read_crossing
from greenlane.registry.models import Account, Answer, ApiToken, LaneChange, Role, Truck

pytestmark = pytest.mark.django_db
TRUCK = {"plate": "AB 123", "country": "PL"}


class Caller:
    """A client of the API with an account's token."""

    def __init__(self, account: Account) -> None:
        text = make_token(account, account, "test", [ApiToken.Scope.BOOKINGS], AT)[1]
        self.client = Client(headers={"Authorization": f"Bearer {text}"})

    def get(self, path: str) -> Any:
        return self.client.get(f"/api/v1{path}")

    def post(self, path: str, body: Any = None, key: str = "") -> Any:
        headers = {"Idempotency-Key": key} if key else {}
        if isinstance(body, bytes):
            return self.client.post(f"/api/v1{path}", body, content_type="text/csv", headers=headers)
        return self.client.post(f"/api/v1{path}", body, content_type="application/json", headers=headers)


def test_crossings_are_open_to_everyone(client: Client) -> None:
    example_crossing()
    (brief,) = client.get("/api/v1/crossings").json()
    assert [checkpoint["code"] for checkpoint in brief["checkpoints"]] == ["left", "right"]
    left, right = client.get("/api/v1/crossings/example").json()["checkpoints"]
    assert left["parks"][0]["directions"] == ["outbound"]
    assert [way["code"] for way in right["directions"]] == ["inbound"]
    assert [stage["code"] for stage in left["directions"][0]["stages"]] == ["gate", "booth", "search", "out"]
    assert left["directions"][0]["stages"][0]["lanes"][0]["code"] == "G1"
    assert left["directions"][0]["rules"]["class_per_hour"] == {"empty": 12}


def test_a_crossings_document_is_the_crossing(client: Client) -> None:
    example_crossing()
    document = client.get("/api/v1/crossings/example/document").json()
    assert Crossing.from_document(document) == read_crossing(GOOD)


def test_an_unknown_crossing_is_told_with_its_mend(client: Client) -> None:
    response = client.get("/api/v1/crossings/nowhere")
    assert response.status_code == 404
    assert response.json()["code"] == "crossing_unknown"
    assert response.json()["mend"]


def test_the_clock_says_what_now_is(client: Client) -> None:
    answer = client.get("/api/v1/clock").json()
    assert (answer["speed"], answer["is_wall"]) == (1.0, True)
    assert answer["now"].endswith("Z")


def test_one_truck_or_many_are_saved_and_listed() -> None:
    caller = Caller(dispatcher())
    one = caller.post("/trucks", TRUCK)
    many = caller.post(
        "/trucks", [TRUCK, {"plate": "AC 124", "country": "KZ"}, {"plate": "-", "country": "KZ"}]
    )
    assert (one.status_code, one.json()["made"]) == (200, 1)
    assert many.json()["ids"][0] == one.json()["ids"][0]
    assert many.json()["ids"][2] is None
    assert many.json()["rejected"][0]["index"] == 2
    listed = caller.get("/trucks?page_size=1&page=2").json()
    assert (listed["count"], [truck["plate"] for truck in listed["items"]]) == (2, ["AB 123"])


def test_one_bad_truck_alone_is_refused() -> None:
    response = Caller(dispatcher()).post("/trucks", TRUCK | {"vin": "too short"})
    assert response.status_code == 422
    assert (response.json()["code"], response.json()["field"]) == ("field_wrong", "vin")
    assert not Truck.objects.exists()


def test_a_retry_with_the_same_key_gets_the_first_answer() -> None:
    caller = Caller(dispatcher())
    first = caller.post("/trucks", TRUCK, key="k1").json()
    assert caller.post("/trucks", TRUCK, key="k1").json() == first
    other = caller.post("/trucks", TRUCK | {"plate": "AC 124"}, key="k1")
    assert (other.status_code, other.json()["code"]) == (422, "key_reused")
    assert Truck.objects.count() == Answer.objects.count() == 1


@pytest.mark.parametrize("kind", ["trucks", "trailers"])
def test_a_csv_of_vehicles_is_imported(kind: str) -> None:
    caller = Caller(dispatcher())
    answer = caller.post(f"/{kind}/csv", b"plate,country\nAB 123,PL\nAC 124,XX\n").json()
    assert (answer["saved"], [problem["line"] for problem in answer["problems"]]) == (1, [3])
    number = caller.get(f"/{kind}").json()["items"][0]["id"]
    assert caller.post(f"/{kind}/{number}/retire").json() == {"id": number, "retired": True}
    assert caller.get(f"/{kind}").json()["count"] == 0


def test_drivers_are_saved_imported_and_retired() -> None:
    caller = Caller(dispatcher())
    number = caller.post("/drivers", {"full_name": "Invented One"}).json()["ids"][0]
    caller.post("/drivers/csv", b"full_name,phone\nInvented Two,+48 22 123 45 67\n")
    assert [row["full_name"] for row in caller.get("/drivers").json()["items"]] == [
        "Invented One",
        "Invented Two",
    ]
    assert caller.post(f"/drivers/{number}/retire").status_code == 200
    assert caller.get("/drivers").json()["count"] == 1


def test_a_carrier_sees_and_touches_its_own_trucks_only() -> None:
    one, two = Caller(dispatcher("one")), Caller(dispatcher("two"))
    number = one.post("/trucks", TRUCK).json()["ids"][0]
    assert two.get("/trucks").json()["items"] == []
    assert two.post(f"/trucks/{number}/retire").status_code == 404


def test_who_works_for_no_carrier_has_no_trucks() -> None:
    response = Caller(administrator()).get("/trucks")
    assert (response.status_code, response.json()["code"]) == (403, "no_carrier")


def test_tokens_are_made_in_a_session_shown_once_and_revoked(client: Client) -> None:
    client.force_login(dispatcher())
    body, headers = {"name": "laptop"}, {"Idempotency-Key": "k"}
    made = client.post("/api/v1/tokens", body, content_type="application/json", headers=headers).json()
    again = client.post("/api/v1/tokens", body, content_type="application/json", headers=headers).json()
    assert again == made | {"token": None}
    with_token = Client(headers={"Authorization": f"Bearer {made['token']}"})
    assert with_token.get("/api/v1/trucks").status_code == 200
    assert with_token.get("/api/v1/tokens").json()["code"] == "session_needed"
    assert made["token"] not in client.get("/api/v1/tokens").content.decode()
    client.post(f"/api/v1/tokens/{made['id']}/revoke")
    assert with_token.get("/api/v1/trucks").status_code == 401
    assert client.get("/api/v1/tokens").json() == []


def test_a_shift_lead_closes_and_opens_a_lane(client: Client) -> None:
    left = example_crossing()
    lead, officer = Caller(staff(left, Role.SHIFT_LEAD)), Caller(staff(left, Role.OFFICER))
    ways = client.get("/api/v1/crossings/example").json()["checkpoints"][0]["directions"]
    lane = ways[0]["stages"][0]["lanes"][0]["id"]
    assert lead.post(f"/lanes/{lane}/close", {"why": "barrier broken"}, key="a").json()["is_open"] is False
    assert lead.post(f"/lanes/{lane}/close", {"why": "barrier broken"}, key="a").status_code == 200
    assert lead.post(f"/lanes/{lane}/open").json()["is_open"] is True
    assert officer.post(f"/lanes/{lane}/close").status_code == 403
    assert lead.post("/lanes/0/close").status_code == 404
    assert list(LaneChange.objects.order_by("pk").values_list("is_open", "why")) == [
        (False, "barrier broken"),
        (True, ""),
    ]
