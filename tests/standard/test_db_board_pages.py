"""The public pages: shared by many, never across languages, and honest about what was not measured."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import translation

from border import Border, at, make_border, plate
from greenlane.registry.models import Account
from greenlane.standard import queries

pytestmark = pytest.mark.django_db
BOARD, HERE = "/board/", "/board/zabaikalsk/outbound/"
CLOCKS = "/clocks/zabaikalsk/outbound/"


@pytest.fixture
def border(db: None, monkeypatch: pytest.MonkeyPatch) -> Border:
    """Eight trucks of one day; now is a little later."""
    cache.clear()
    made = make_border()
    for number in range(8):
        made.trip(plate(number), at(3.9 + number * 0.1), 8 if number % 2 else 13)
    made.work(at(4.9))
    for module in ("board", "clocks"):
        monkeypatch.setattr(f"greenlane.standard.pages.{module}.now", lambda: at(4.9))
    return made


def text_of(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def test_the_board_shows_waits_shares_and_says_what_was_not_measured(border: Border, client: Client) -> None:
    shown = text_of(client.get(BOARD))
    assert "Zabaikalsk" in shown
    assert "50.0 %" in shown
    assert "5:00" in shown
    assert "broken" in shown
    assert shown.count("Nothing was measured here this month.") == 3


def test_a_checkpoint_shows_interval_bounds_clocks_and_causes(border: Border, client: Client) -> None:
    shown = text_of(client.get(HERE))
    assert "95 % interval (Wilson)" in shown
    assert "n too small" in shown
    assert "not measured: the other side sends no readings of these trips" in shown
    assert "Each truck that took longer is laid to the stage" in shown


@pytest.mark.parametrize("address", [BOARD, HERE, CLOCKS, "/clocks/", "/clocks/rules/"])
def test_a_shared_page_never_leaks_a_language(
    border: Border, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("greenlane.standard.pages.clocks.charts_of", lambda *chosen: [])
    languages = {"en": "en", "ru": "ru", "zh-hans": "zh-Hans"}
    for order in (["en", "ru", "zh-hans"], ["zh-hans", "en", "ru"]):
        cache.clear()
        for language in order:
            asked = Client(headers={"Accept-Language": language}).get(address)
            chosen = Client().get(address, {"lang": language})
            for answer in (asked, chosen):
                assert answer["Content-Language"] == language
                found = re.search(r'<html lang="([^"]+)"', answer.content.decode())
                assert found is not None
                assert found[1].lower() == languages[language].lower()
            assert "Accept-Language" in asked["Vary"]
    translation.activate("en")


def test_a_part_names_its_language_and_may_be_kept_by_any_cache(border: Border, client: Client) -> None:
    for address in (BOARD, HERE):
        answer = client.get(address, {"part": 1, "lang": "ru"}, headers={"Accept-Language": "en"})
        assert answer["Content-Language"] == "ru"
        assert "public" in answer["Cache-Control"]
        assert "Cookie" not in answer["Vary"]
        assert not answer.cookies
        assert "<html" not in answer.content.decode()
    translation.activate("en")


def test_many_viewers_cost_one_rendering(border: Border, monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    whole = queries.board

    def counted(*asked: Any, **more: Any) -> Any:
        made.append(asked)
        return whole(*asked, **more)

    monkeypatch.setattr(queries, "board", counted)
    monkeypatch.setattr("greenlane.standard.pages.shared.PAGE_S", 60)
    pages = [Client().get(BOARD).content.decode() for _ in range(5)]
    assert len(made) == 1
    assert Client().get(BOARD, {"part": 1, "lang": "en"}).status_code == 200
    assert len(made) == 1
    assert len({re.sub(_TOKEN, "", page) for page in pages}) == 1


_TOKEN = r'name="csrfmiddlewaretoken" value="[^"]+"'


def test_each_reader_of_a_shared_page_has_a_token_that_works(border: Border) -> None:
    tokens = set()
    for _ in range(2):
        reader = Client(enforce_csrf_checks=True)
        found = re.findall(_TOKEN, reader.get(BOARD).content.decode())
        assert len(set(found)) == 1
        token = found[0].split('"')[-2]
        tokens.add(token)
        changed = reader.post(
            "/i18n/setlang/", {"language": "ru", "next": BOARD, "csrfmiddlewaretoken": token}
        )
        assert changed.status_code == 302
        assert reader.get(BOARD)["Content-Language"] == "ru"
    assert len(tokens) == 2
    translation.activate("en")


def test_who_is_signed_in_does_not_get_or_give_a_shared_page(border: Border, client: Client) -> None:
    account = Account.objects.create(username="driver@example.org", email="driver@example.org")
    client.force_login(account)
    own = client.get(BOARD).content.decode()
    assert "driver@example.org" in own
    assert "driver@example.org" not in Client().get(BOARD).content.decode()


@pytest.mark.parametrize(
    "address", ["/board/nowhere/outbound/", "/board/zabaikalsk/up/", "/clocks/nowhere/inbound/"]
)
def test_what_is_not_there_is_not_found(border: Border, client: Client, address: str) -> None:
    assert client.get(address).status_code == 404


def test_charts_say_in_words_and_tables_what_they_draw(border: Border, client: Client) -> None:
    html = client.get(CLOCKS, {"period": "7d"}).content.decode()
    assert html.count("<svg") >= 10, "five charts, for screens and for phones"
    assert html.count("Show as table") == 5
    assert "var(--text)" in html
    assert "<script" not in html.split("<main", 1)[1].split("</main>")[0]
    shown = re.sub(r"<[^>]+>", " ", html)
    assert "The lowest share was 50.0 %, on 4 May." in shown
    assert "The median was between" in shown


def test_nothing_measured_is_said_and_not_drawn(border: Border, client: Client) -> None:
    html = client.get(CLOCKS, {"channel": "red"}).content.decode()
    assert "Nothing was measured." in html
    assert "Show as table" not in html


def test_filters_that_are_not_known_are_left_out(
    border: Border, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("greenlane.standard.pages.clocks.charts_of", lambda *chosen: [])
    answer = client.get(CLOCKS, {"clock": "sundial", "period": "age", "class": "bicycle", "channel": "x"})
    assert answer.status_code == 200
    assert '<option value="inside" selected>' in answer.content.decode()
