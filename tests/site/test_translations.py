"""Every text is there in Russian and Chinese, with its placeholders, and their pages show no English."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from html import unescape
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po
from django.core.cache import cache
from django.db import transaction
from django.test import Client
from django.utils import translation
from pytest_django import DjangoDbBlocker

import greenlane
from greenlane.booking.models import State
from greenlane.errors import GreenlaneError
from greenlane.gate.templatetags.gate_board import FLAGS, REASONS
from greenlane.registry.clock import now
from greenlane.registry.commands import import_trucks_csv, save_truck
from greenlane.registry.models import Account, Crossing
from greenlane.site.templatetags.greenlane_time import day_long
from scene import Scene, crossing_at_work

ROOT = Path(__file__).parents[2]
LOCALES = Path(greenlane.__file__).parent / "site" / "locale"
FORMS = {"ru": 4, "zh_Hans": 1}
"""Plural forms by catalog: those of Django's own, so that both can be read together."""
PLACEHOLDER = re.compile(r"%\(\w+\)0?\d*[sdg]|<[^>]+>")
ALPHABET = {"ru": re.compile(r"[А-Яа-яЁё]"), "zh_Hans": re.compile(r"[\u4e00-\u9fff]")}
SAME = {"VIN"}
"""What is written alike in every language."""
PAGES = (
    "/",
    "/book/",
    "/book/nur-zholy/outbound/",
    "/board/",
    "/board/nur-zholy/outbound/?period=month",
    "/clocks/",
    "/clocks/nur-zholy/outbound/",
    "/clocks/rules/",
    "/accounts/login/",
    "/accounts/signup/",
    "/accounts/password/reset/",
    "/no/such/page/",
)
PAGES_OF_A_CARRIER = (
    "/bookings/",
    "/carrier/",
    "/carrier/trucks/",
    "/carrier/trucks/import/",
    "/carrier/drivers/",
    "/carrier/tokens/",
    "/accounts/2fa/",
    "/accounts/email/",
    "/accounts/password/change/",
)
LATIN_IN_USE = {
    "Greenlane",
    "UTC",
    "API",
    "CSV",
    "JSON",
    "CBP",
    "VIN",
    "UTF",
    "e-mail",
    "E-mail",
    "Email",
    "Asia",
    "Almaty",
    "Wilson",
}
"""Names and abbreviations that stay in Latin letters."""


def catalog(language: str) -> Catalog:
    """The catalog of a language as it is in the repository."""
    with (LOCALES / language / "LC_MESSAGES" / "django.po").open("rb") as source:
        return read_po(source, abort_invalid=True)


def messages(language: str) -> list[Message]:
    return [message for message in catalog(language) if message.id]


def forms_of(message: Message) -> list[str]:
    """Every form of a translation, one where there is no plural."""
    strings = message.string if isinstance(message.string, tuple | list) else [message.string]
    return [string or "" for string in strings]


def singular(message: Message) -> str:
    return str(message.id[0] if message.pluralizable else message.id)


@pytest.mark.parametrize("language", FORMS)
def test_every_text_is_translated(language: str) -> None:
    found = messages(language)
    assert len(found) > 700
    assert [singular(message) for message in found if message.fuzzy] == []
    assert [singular(message) for message in found if not all(forms_of(message))] == []


@pytest.mark.parametrize("language", FORMS)
def test_translations_are_in_their_own_letters(language: str) -> None:
    words = re.compile(r"[A-Za-z]{2}")
    odd = [
        singular(message)
        for message in messages(language)
        if words.search(PLACEHOLDER.sub("", singular(message))) and singular(message) not in SAME
        for form in forms_of(message)
        if not ALPHABET[language].search(form)
    ]
    assert odd == []


@pytest.mark.parametrize("language", FORMS)
def test_placeholders_are_kept(language: str) -> None:
    def placeholders(text: str) -> list[str]:
        return sorted(PLACEHOLDER.findall(text))

    wrong = [
        (singular(message), form)
        for message in messages(language)
        for form in forms_of(message)
        if placeholders(form) != placeholders(singular(message))
    ]
    assert wrong == []


@pytest.mark.parametrize(("language", "count"), FORMS.items())
def test_plural_forms_are_those_of_the_language(language: str, count: int) -> None:
    found = catalog(language)
    assert found.num_plurals == count
    plural = [message for message in found if message.pluralizable]
    assert len(plural) >= 10
    assert [message.id for message in plural if len(forms_of(message)) != count] == []


@pytest.mark.parametrize("language", FORMS)
def test_texts_begin_and_end_as_the_english(language: str) -> None:
    """A sentence stays a sentence: its full stop, question mark or the space at its ends."""
    ends = {".": (".", "。"), "?": ("?", "？"), ":": (":", "："), " ": (" ",)}
    wrong = [
        (singular(message), form)
        for message in messages(language)
        for form in forms_of(message)
        if form[:1].isspace() != singular(message)[:1].isspace()
        or not form.endswith(ends.get(singular(message)[-1], (form[-1],)))
    ]
    assert [pair for pair in wrong if not pair[0].endswith("Good journey.")] == []


@pytest.mark.skipif(shutil.which("xgettext") is None, reason="needs GNU gettext, which CI installs")
def test_nothing_is_left_to_collect() -> None:
    command = [sys.executable, str(ROOT / "tools" / "collect_messages.py"), "--check"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.fixture(scope="module")
def scene(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Scene]:
    """One crossing for all tests here, undone at the end."""
    with django_db_blocker.unblock(), transaction.atomic():
        made = crossing_at_work()
        yield made
        transaction.set_rollback(True)


def latin_words(answer_html: str) -> list[str]:
    """Words in Latin letters that a reader of the page meets: text, titles, labels and alternatives."""
    html = re.sub(r"<(script|style|code|pre)\b.*?</\1>", " ", answer_html, flags=re.DOTALL)
    html = re.sub(r'<(\w+) class="[^"]*\b(?:plate|mono|langs)\b[^"]*".*?</\1>', " ", html, flags=re.DOTALL)
    said = re.findall(r'\b(?:title|aria-label|placeholder|alt|data-label)="([^"]*)"', html)
    text = unescape(" ".join([re.sub(r"<[^>]+>", " ", html), *said]))
    text = re.sub(r"\S+@\S+|Invented \w+|GL(-\w{5}){2}", " ", text)
    words = re.findall(r"[A-Za-z]+(?:-[A-Za-z]+)*", text)
    return sorted({word for word in words if len(word) > 2} - LATIN_IN_USE)


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["ru", "zh-hans"])
@pytest.mark.parametrize("address", PAGES)
def test_public_pages_hold_no_english(scene: Scene, client: Client, language: str, address: str) -> None:
    cache.clear()
    page = client.get(address, headers={"Accept-Language": language})
    assert page["Content-Language"] == language
    assert latin_words(page.content.decode()) == []


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["ru", "zh-hans"])
def test_pages_of_a_carrier_hold_no_english(scene: Scene, client: Client, language: str) -> None:
    client.force_login(scene.dispatcher, "django.contrib.auth.backends.ModelBackend")
    for address in PAGES_OF_A_CARRIER:
        page = client.get(address, headers={"Accept-Language": language})
        assert (page.status_code, latin_words(page.content.decode())) == (200, []), address


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["ru", "zh-hans"])
def test_a_booking_is_made_in_the_readers_language(scene: Scene, client: Client, language: str) -> None:
    client.force_login(scene.driver, "django.contrib.auth.backends.ModelBackend")
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = language
    slots = client.get(scene.slots_address).content.decode()
    slot = re.findall(r'name="slot" value="(\d+)">', slots)[0]
    sent = {"slot": slot, "key": "k", "vehicle_class": "laden"}
    address = str(client.post(f"/book/{scene.checkpoint.code}/outbound/hold/", sent)["Location"])
    wrong = {"truck": "new", "plate": "?", "country": "KZ", "vin": "123"}
    pages = [slots, client.get(address).content.decode(), client.post(address, wrong).content.decode()]
    client.post(address, {"truck": "new", "plate": "120 ABC 02", "country": "KZ"})
    pages += [client.get(f"{address}{part}").content.decode() for part in ("", "move/", "swap/", "cancel/")]
    client.post(f"{address}cancel/", {"why": ""})
    pages.append(client.get(address).content.decode())
    assert [latin_words(page) for page in pages] == [[]] * len(pages)


@pytest.mark.django_db
def test_faults_of_a_fleet_are_told_in_the_readers_language(scene: Scene) -> None:
    lines = b"plate,country,vin,length_m\nAC 124,XX,123,9999\nAD 125,PL,,too,many\n"
    with translation.override("ru"):
        told = import_trucks_csv(scene.dispatcher, lines, now()).problems
        with pytest.raises(GreenlaneError, match=r"^vin: «123» — не VIN\. Укажите 17 букв"):
            save_truck(scene.dispatcher, {"plate": "AB 1", "country": "PL", "vin": "123"}, now())
        with pytest.raises(GreenlaneError, match="Нет столбца plate"):
            import_trucks_csv(scene.dispatcher, b"vin\n1\n", now())
    assert [(problem.line, problem.message) for problem in told] == [
        (2, "«XX» — не код страны"),
        (2, "«123» — не VIN"),
        (2, "«9999» — неподходящее число"),
        (3, "ячеек в строке: 5, в заголовке: 4"),
    ]


@pytest.mark.parametrize(
    ("count", "russian"), [(1, "1 день"), (3, "3 дня"), (11, "11 дней"), (21, "21 день"), (25, "25 дней")]
)
def test_russian_counts_agree(count: int, russian: str) -> None:
    with translation.override("ru"):
        assert translation.ngettext("%(days)d day", "%(days)d days", count) % {"days": count} == russian


def test_days_are_spelled_out() -> None:
    day = date(2026, 11, 24)
    said = {}
    for language in ("en", "ru", "zh-hans"):
        with translation.override(language):
            said[language] = day_long(day)
    assert said == {"en": "Tuesday 24 November", "ru": "вторник, 24 ноября", "zh-hans": "11月24日星期二"}


@pytest.mark.parametrize("language", ["ru", "zh-hans"])
def test_code_lists_are_named_in_the_readers_language(language: str) -> None:
    with translation.override(language):
        named = [str(label) for label in (*State.labels, *REASONS.values(), *FLAGS.values())]
        named += [str(label) for label in Account.CarrierRole.labels]
    assert [name for name in named if re.search(r"[A-Za-z]{3}", name)] == []


@pytest.mark.django_db
def test_shipped_names_are_there_in_three_languages(scene: Scene) -> None:
    (crossing,) = Crossing.objects.all()
    names = []
    for language in ("en", "ru", "zh-hans"):
        with translation.override(language):
            names.append(crossing.name)
    assert len(set(names)) == 3
