"""The channels as they are: mail over real SMTP, webhooks over real HTTP, receivers that fail."""

from __future__ import annotations

import json
from collections.abc import Iterator
from email import message_from_string
from typing import Any

import pytest
from pytest_django import Settings
from sinks import Sinks, running_sinks

from greenlane.callup.messages import signing
from greenlane.callup.messages.adapter import ChannelDown, Outgoing, Result
from greenlane.callup.messages.webhook_channel import WebhookAdapter


@pytest.fixture
def sinks() -> Iterator[Sinks]:
    with running_sinks() as running:
        yield running


def outgoing(number: int, address: str, **given: Any) -> Outgoing:
    fields = {
        "kind": "call",
        "language": "ru",
        "subject": "К шлагбауму",
        "body": "Поезжайте к шлагбауму. https://greenlane.example/bookings/GL-7K3MQ-9XDPA/",
        "payload": {"booking": "GL-7K3MQ-9XDPA"},
        "secret": "whs_secret",
    } | given
    return Outgoing(id=number, key=f"call:{number}:call", address=address, **fields)


@pytest.fixture
def mail_to_sink(settings: Settings, sinks: Sinks) -> Sinks:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", sinks.smtp
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    return sinks


def test_mail_goes_out_in_its_language_with_its_key(mail_to_sink: Sinks) -> None:
    from greenlane.callup.commands.email_channel import EmailAdapter

    messages = [outgoing(number, f"driver{number}@example.org") for number in range(60)]
    outcomes = {outcome.id: outcome for outcome in EmailAdapter().send(messages)}
    assert {outcome.result for outcome in outcomes.values()} == {Result.SENT}
    received = mail_to_sink.received()
    assert {mail["to"] for mail in received} == {message.address for message in messages}
    mail = message_from_string(received[0]["text"].partition("\r\n.\r\n")[0])
    assert mail["Content-Language"] == "ru"
    assert mail["Message-ID"].strip("<>") in {outcome.reference for outcome in outcomes.values()}
    again = list(EmailAdapter().send(messages[:1]))
    assert again[0].reference == outcomes[0].reference


def test_a_bad_mail_address_harms_no_other(mail_to_sink: Sinks) -> None:
    from greenlane.callup.commands.email_channel import EmailAdapter

    addresses = [
        "a@example.org",
        "nobody@example.org",
        "later@example.org",
        "x\ny@example.org",
        "b@example.org",
    ]
    messages = [outgoing(number, address) for number, address in enumerate(addresses)]
    results = {outcome.id: outcome.result for outcome in EmailAdapter(connections=1).send(messages)}
    assert results == {
        0: Result.SENT,
        1: Result.REFUSED,
        2: Result.LATER,
        3: Result.REFUSED,
        4: Result.SENT,
    }
    assert [mail["to"] for mail in mail_to_sink.received()] == ["a@example.org", "b@example.org"]


def test_a_connection_that_breaks_leaves_the_rest_for_the_next_batch(mail_to_sink: Sinks) -> None:
    from greenlane.callup.commands.email_channel import EmailAdapter

    messages = [outgoing(1, "hangup@example.org"), outgoing(2, "a@example.org")]
    results = {outcome.id: outcome.result for outcome in EmailAdapter().send(messages)}
    assert results == {1: Result.LATER, 2: Result.NOT_TRIED}


def test_a_mail_server_that_is_away_is_told_as_such(mail_to_sink: Sinks, settings: Settings) -> None:
    from greenlane.callup.commands.email_channel import EmailAdapter

    settings.EMAIL_PORT = 9
    with pytest.raises(ChannelDown):
        list(EmailAdapter().send([outgoing(1, "a@example.org")]))


def test_webhooks_are_signed_and_2xx_is_a_receipt(sinks: Sinks) -> None:
    adapter = WebhookAdapter(allow_private=True)
    messages = [outgoing(number, sinks.url("/ok")) for number in range(40)]
    outcomes = list(adapter.send(messages))
    assert {outcome.result for outcome in outcomes} == {Result.DELIVERED}
    received = sinks.received()
    assert {one["key"] for one in received} == {message.key for message in messages}
    for one in received:
        at = int(one["headers"]["greenlane-signature"].partition("t=")[2].partition(",")[0])
        assert one["headers"]["greenlane-signature"] == signing.signature(
            "whs_secret", one["text"].encode(), at
        )
        assert json.loads(one["text"])["booking"] == "GL-7K3MQ-9XDPA"


@pytest.mark.parametrize(
    ("path", "result"),
    [
        ("/fail", Result.UNREACHABLE),
        ("/gone", Result.REFUSED),
        ("/bad", Result.LATER),
        ("/redirect", Result.LATER),
    ],
)
def test_what_a_receiver_answers_decides(sinks: Sinks, path: str, result: Result) -> None:
    (outcome,) = WebhookAdapter(allow_private=True).send([outgoing(1, sinks.url(path))])
    assert outcome.result is result
    assert [one["to"] for one in sinks.received()] == [path]


def test_a_private_address_is_not_called(sinks: Sinks) -> None:
    (outcome,) = WebhookAdapter().send([outgoing(1, sinks.url("/ok"))])
    assert outcome.result is Result.REFUSED
    assert sinks.received() == []


def test_a_name_that_leads_inside_is_not_called(sinks: Sinks, monkeypatch: pytest.MonkeyPatch) -> None:
    inside = [(2, 1, 6, "", ("127.0.0.1", sinks.http))]
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: inside)
    (outcome,) = WebhookAdapter().send([outgoing(1, f"http://rebinding.example:{sinks.http}/ok")])
    assert outcome.result is Result.REFUSED


def test_silent_and_dribbling_receivers_hold_up_no_other(sinks: Sinks) -> None:
    adapter = WebhookAdapter(allow_private=True, timeout_s=0.3)
    adapter.seconds = 1.0
    bad = [outgoing(number, sinks.url("/silent")) for number in range(50)]
    bad += [outgoing(100 + number, sinks.url("/dribble")) for number in range(3)]
    good = [outgoing(1000 + number, sinks.url("/ok")) for number in range(20)]
    outcomes = {outcome.id: outcome.result for outcome in adapter.send([*bad, *good])}
    assert {outcomes[message.id] for message in good} == {Result.DELIVERED}
    assert {outcomes.get(message.id, Result.UNREACHABLE) for message in bad} <= {
        Result.UNREACHABLE,
        Result.NOT_TRIED,
    }
    assert len([one for one in sinks.received() if one["to"] == "/silent"]) <= 8
