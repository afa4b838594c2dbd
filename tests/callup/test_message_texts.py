"""What messages say, how long they are, where they may go and when they are tried again: on values alone."""

from __future__ import annotations

import ipaddress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenlane.booking.signals import NEWS
from greenlane.callup.messages.addresses import is_device_token, masked, phone_number, plate_end
from greenlane.callup.messages.public_addresses import NotPublic, is_public, target_of
from greenlane.callup.messages.retries import MOST_ATTEMPTS, pause_after
from greenlane.callup.messages.segments import segments
from greenlane.callup.messages.texts import TEXTS, Facts, text_of, urgency_of
from greenlane.callup.messages.times import day_shown, time_shown

AT = datetime(2026, 11, 24, 5, 30, tzinfo=UTC)
LINK = "https://greenlane.example/bookings/GL-7K3MQ-9XDPA/"
FACTS = Facts("*4567", "Nur Zholy", "24 Nov 14:30 UTC+5", "14:30 UTC+5", "GL-7K3MQ-9XDPA", money="12.50")


@pytest.mark.parametrize("kind", TEXTS)
def test_an_english_text_with_its_link_is_one_segment(kind: str) -> None:
    for facts in (FACTS, Facts("*4567", "Nur Zholy", granted=True, late=True)):
        assert segments(f"{text_of(kind, facts).body} {LINK}") == 1


def test_everything_that_happens_has_a_text() -> None:
    assert {"call", "recall", "missed", *NEWS} <= set(TEXTS)
    bodies = [str(text_of(kind, FACTS).body) for kind in TEXTS]
    assert len(set(bodies)) == len(bodies)
    assert "Nur Zholy" in text_of("not known yet", FACTS).body


def test_a_recall_goes_before_a_call_and_a_call_before_the_rest() -> None:
    assert urgency_of("recall") < urgency_of("call") < min(urgency_of(kind) for kind in NEWS)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", 0),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("я" * 70, 1),
        ("я" * 71, 2),
        ("我" * 134, 2),
        ("我" * 135, 3),
        ("🚛" * 35, 1),
        ("🚛" * 36, 2),
    ],
)
def test_segments_are_counted_as_the_network_counts_them(text: str, expected: int) -> None:
    assert segments(text) == expected


def test_times_are_of_the_checkpoint_and_carry_their_offset() -> None:
    assert time_shown(AT, "Asia/Almaty") == "10:30 UTC+5"
    assert time_shown(AT, "Asia/Kolkata") == "11:00 UTC+5:30"
    assert time_shown(AT, "America/Los_Angeles") == "21:30 UTC-8"
    assert day_shown(AT, "America/Los_Angeles", "en") == "23 Nov 21:30 UTC-8"
    shown = {language: day_shown(AT, "Asia/Almaty", language) for language in ("en", "ru", "zh-hans")}
    assert len(set(shown.values())) == 3


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("+7 700 000-00-00", "+77000000000"),
        ("0048 22 (123) 45 67", "+48221234567"),
        ("8 700 000 00 00", None),
        ("+0123456789", None),
        ("+7", None),
        ("+7700000000a", None),
        ("+77000000000; DROP", None),
        ("+7000000000012345", None),
        ("", None),
    ],
)
def test_a_phone_needs_its_country_code(given: str, expected: str | None) -> None:
    assert phone_number(given) == expected


def test_addresses_are_shown_without_giving_them_away() -> None:
    assert masked("+77000000123") == "…123"
    assert masked("anna@example.org") == "a…@example.org"
    assert masked("https://tms.example/hook?key=secret") == "tms.example"
    assert plate_end("123 ABC 02") == "*BC02"
    assert plate_end("") == ""
    assert is_device_token("a" * 32)
    assert not is_device_token("has a space in it")


REFUSED = [
    "ftp://example.org/",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "//example.org/",
    "example.org",
    "http://",
    "https://user:password@93.184.215.14/",
    "http://127.0.0.1/",
    "http://127.1.2.3:8000/",
    "http://localhost/",
    "http://0.0.0.0/",
    "http://10.0.0.5/",
    "http://172.16.9.1/",
    "http://192.168.1.1/admin",
    "http://169.254.169.254/latest/meta-data/",
    "http://100.64.0.1/",
    "http://224.0.0.1/",
    "http://240.0.0.1/",
    "http://255.255.255.255/",
    "http://[::1]/",
    "http://[::]/",
    "http://[fe80::1]/",
    "http://[fc00::1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:10.0.0.1]/",
    "http://[2002:7f00:1::]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[64:ff9b::a9fe:a9fe]/",
    "http://93.184.215.14:99999/",
    "http://93.184.215.14/ a",
    "http://93.184.215.14/\r\nX: y",
    "http://93.184.215.14\\@127.0.0.1/",
    "http://" + "a" * 500,
]


@pytest.mark.parametrize("url", REFUSED)
def test_a_webhook_cannot_reach_into_the_own_network(url: str) -> None:
    with pytest.raises((NotPublic, OSError)):
        target_of(url)


def test_a_public_address_is_called_by_its_number_under_its_name() -> None:
    target = target_of("https://93.184.215.14/hook?a=1")
    assert (target.url, target.host_header) == ("https://93.184.215.14:443/hook?a=1", "93.184.215.14")
    assert target_of("http://[2606:4700::1111]:8080/x").url == "http://[2606:4700::1111]:8080/x"
    assert target_of("http://127.0.0.1:8000/", allow_private=True).ip == "127.0.0.1"


@given(st.ip_addresses(v=4))
def test_an_address_is_as_private_wrapped_as_bare(ip: ipaddress.IPv4Address) -> None:
    mapped = ipaddress.IPv6Address(f"::ffff:{ip}")
    nat64 = ipaddress.IPv6Address(int(ipaddress.IPv6Address("64:ff9b::")) + int(ip))
    assert is_public(mapped) == is_public(nat64) == is_public(ip)
    assert not (is_public(ip) and (ip.is_private or ip.is_loopback or ip.is_link_local))


@given(st.integers(1, 30), st.integers(0, 10**9))
def test_pauses_grow_and_end(attempts: int, spread: int) -> None:
    pause = pause_after(attempts, spread)
    assert (pause is None) == (attempts >= MOST_ATTEMPTS)
    if pause is not None:
        longer = pause_after(attempts + 1, spread)
        assert timedelta(0) < pause <= timedelta(hours=1.25)
        assert longer is None or longer >= pause
