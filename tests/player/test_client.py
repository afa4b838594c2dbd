"""The player's HTTP: every retry of a write carries the same key, and a server that is away is waited for."""

from __future__ import annotations

import threading

import httpx
import pytest

from greenlane.player import client
from greenlane.player.client import Api, RefusedError, ServerFaultError, StoppedError


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "FIRST_WAIT_S", 0.0)


class Server:
    """Answers with what it was given, in turn; the last one for ever."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


def _api(server: Server, said: list[str] | None = None, stop: threading.Event | None = None) -> Api:
    say = (said if said is not None else []).append
    return Api("http://greenlane.example", say=say, stop=stop, transport=httpx.MockTransport(server))


def test_a_write_is_retried_with_the_same_key_and_body() -> None:
    server = Server(
        httpx.ConnectError("refused"),
        httpx.Response(503, json={"code": "busy"}),
        httpx.Response(500, text="oh"),
        httpx.Response(200, json={"ok": 1}),
    )
    assert _api(server).post("/places", "glt_1_2", [{"slot": 1}], key="k-1", at=0.0) == {"ok": 1}
    assert len(server.requests) == 4
    assert {request.headers["idempotency-key"] for request in server.requests} == {"k-1"}
    assert {request.content for request in server.requests} == {b'[{"slot":1}]'}
    assert {request.headers["greenlane-at"] for request in server.requests} == {"1970-01-01T00:00:00+00:00"}
    assert server.requests[0].headers["authorization"] == "Bearer glt_1_2"
    assert server.requests[0].url == "http://greenlane.example/api/v1/places"


def test_a_write_of_the_present_states_no_time_and_a_long_key_is_cut() -> None:
    server = Server(httpx.Response(200, json={}))
    _api(server).post("/places", "t", {}, key="k" * 99)
    assert "greenlane-at" not in server.requests[0].headers
    assert len(server.requests[0].headers["idempotency-key"]) == 80


def test_an_absent_server_is_told_of_once_and_once_when_it_is_back() -> None:
    said: list[str] = []
    away = [httpx.ConnectError("refused")] * 5
    api = _api(Server(*away, httpx.Response(200, json={"now": 1})), said)
    assert api.get("/clock") == {"now": 1}
    assert said == [
        "http://greenlane.example does not answer (refused); waiting for it.",
        "http://greenlane.example answers again.",
    ]


def test_a_refusal_is_not_retried_and_keeps_the_platforms_words() -> None:
    body = {"code": "full", "message": "This slot is full.", "field": "slot", "mend": "Choose another."}
    server = Server(httpx.Response(409, json=body))
    with pytest.raises(RefusedError, match=r"slot: This slot is full\. Choose another\.") as caught:
        _api(server).post("/places", "t", {}, key="k")
    assert (caught.value.code, caught.value.status, len(server.requests)) == ("full", 409, 1)


def test_an_answer_that_is_no_json_says_that_the_address_may_be_wrong() -> None:
    with pytest.raises(RefusedError, match=r"Is this the address of a Greenlane\?"):
        _api(Server(httpx.Response(404, text="<html>"))).get("/clock")


def test_a_request_that_the_server_fails_on_is_given_up_in_the_end() -> None:
    server = Server(httpx.Response(500, text="oh"))
    with pytest.raises(ServerFaultError, match="POST /readings fails: 500"):
        _api(server).post("/readings", "t", [], key="k")
    assert len(server.requests) == client.FAULT_TRIES


def test_waiting_ends_when_told_to_stop() -> None:
    stop = threading.Event()
    said: list[str] = []

    def stop_then_fail(request: httpx.Request) -> httpx.Response:
        stop.set()
        raise httpx.ConnectError("refused")

    api = Api(
        "http://greenlane.example", say=said.append, stop=stop, transport=httpx.MockTransport(stop_then_fail)
    )
    with pytest.raises(StoppedError):
        api.get("/clock")
