"""What the pages promise: light, open to look at, clear in refusal, right in three languages."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse
from django.utils import translation
from pytest_django import DjangoDbBlocker

from greenlane.booking.commands import mark_called, mark_entered
from greenlane.booking.models import Booking, Quota, State
from greenlane.registry.clock import now
from greenlane.registry.models import Account, ApiToken, Truck
from greenlane.site.templatetags.greenlane_time import in_zone, minutes_as_text, offset_in_zone, span_in_zone
from scene import PASSWORD, Scene, crossing_at_work

pytestmark = pytest.mark.django_db

MOST_BYTES = 60 * 1024
LANGUAGES = ["en", "ru", "zh-hans"]


@pytest.fixture(scope="module")
def scene(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Scene]:
    """One crossing for all tests here: each test's own changes are undone, and the crossing at the end."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield crossing_at_work()
        transaction.set_rollback(True)


@pytest.fixture
def driver(scene: Scene, client: Client) -> Client:
    client.force_login(scene.driver, "django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def dispatcher(scene: Scene, client: Client) -> Client:
    client.force_login(scene.dispatcher, "django.contrib.auth.backends.ModelBackend")
    return client


def slot_ids(page: str) -> list[int]:
    """The slots that the page offers."""
    return [int(found) for found in re.findall(r'name="slot" value="(\d+)">', page)]


def hold(client: Client, scene: Scene, slot: int, key: str = "k") -> str:
    """The address to which holding a slot leads."""
    sent = {"slot": slot, "key": key, "vehicle_class": "laden"}
    return str(client.post(f"/book/{scene.checkpoint.code}/outbound/hold/", sent)["Location"])


def booked(client: Client, scene: Scene, which: int = 0) -> Booking:
    slots = slot_ids(client.get(scene.slots_address).content.decode())
    address = hold(client, scene, slots[which], key=f"k{which}")
    client.post(address, {"truck": "new", "plate": f"12{which} ABC 02", "country": "KZ"})
    return Booking.objects.order_by("-pk")[0]


def static_bytes(page: str) -> int:
    """Compressed bytes of the style sheets and scripts that the page loads."""
    names = re.findall(r'<(?:link rel="stylesheet" href|script src)="/static/([^"]+)"', page)
    assert len(names) >= 3
    found = [finders.find(name) for name in names]
    return sum(len(gzip.compress(Path(str(path)).read_bytes())) for path in found)


def test_the_booking_page_is_light(driver: Client, scene: Scene) -> None:
    page = driver.get(scene.slots_address).content
    assert len(slot_ids(page.decode())) == 48
    assert len(gzip.compress(page)) + static_bytes(page.decode()) < MOST_BYTES


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("address", ["/", "/book/", "/accounts/login/", "/accounts/signup/"])
def test_open_pages_come_in_each_language(scene: Scene, client: Client, address: str, language: str) -> None:
    page = client.get(address, headers={"Accept-Language": language})
    assert page.status_code == 200
    assert f'<html lang="{language}"' in page.content.decode()


def test_the_start_page_leads_to_booking_and_to_the_waits(scene: Scene, client: Client) -> None:
    page = client.get("/").content.decode()
    assert f'<a class="btn primary" href="{reverse("booking:book")}">' in page
    assert f'<a class="btn" href="{reverse("standard:board")}">' in page
    assert f'href="/book/{scene.checkpoint.code}/outbound/"' in page


def test_looking_at_slots_needs_no_account_and_taking_one_does(scene: Scene, client: Client) -> None:
    page = client.get(scene.slots_address)
    assert page.status_code == 200
    address = hold(client, scene, slot_ids(page.content.decode())[0])
    assert address.startswith("/accounts/login/?next=%2Fbook%2Fnur-zholy%2Foutbound%2F")
    assert Booking.objects.count() == 0


def test_the_same_form_sent_twice_takes_one_place(driver: Client, scene: Scene) -> None:
    slot = slot_ids(driver.get(scene.slots_address).content.decode())[0]
    assert hold(driver, scene, slot) == hold(driver, scene, slot)
    assert Booking.objects.count() == 1


def test_a_full_slot_is_refused_with_the_mend(driver: Client, scene: Scene) -> None:
    slot = slot_ids(driver.get(scene.slots_address).content.decode())[0]
    Quota.objects.filter(slots__slot=slot, kind="slot").update(capacity=0)
    page = driver.post(f"/book/{scene.checkpoint.code}/outbound/hold/", {"slot": slot, "key": "k"})
    assert page.status_code == 409
    assert "This slot is full" in page.content.decode()
    assert "Choose the nearest slot" in page.content.decode()


def test_confirming_shows_the_pass_in_the_checkpoints_time(driver: Client, scene: Scene) -> None:
    booking = booked(driver, scene, which=20)
    page = driver.get(f"/bookings/{booking.code}/").content.decode()
    assert booking.state == State.CONFIRMED
    assert f"/api/v1/bookings/{booking.code}/pass.svg" in page
    assert "10:00–10:30" in page
    assert "UTC+5" in page
    assert "120 ABC 02" not in page
    assert "1220 ABC 02" in page


def test_a_called_driver_is_told_to_drive(driver: Client, scene: Scene) -> None:
    booking = booked(driver, scene)
    assert "Wait for the call" in driver.get(f"/bookings/{booking.code}/").content.decode()
    mark_called([booking.pk], now())
    assert "drive to the barrier now" in driver.get(f"/bookings/{booking.code}/").content.decode()


def test_a_pass_on_the_screen_gives_way_when_the_booking_ends(driver: Client, scene: Scene) -> None:
    booking = booked(driver, scene)
    mark_entered([booking.pk], now())
    asked = driver.get(f"/bookings/{booking.code}/", headers={"HX-Request": "true"})
    assert asked["HX-Refresh"] == "true"
    assert "The truck has entered" in driver.get(f"/bookings/{booking.code}/").content.decode()


def test_a_truck_has_one_active_booking(driver: Client, scene: Scene) -> None:
    first = booked(driver, scene, which=20)
    slots = slot_ids(driver.get(scene.slots_address).content.decode())
    page = driver.post(hold(driver, scene, slots[0]), {"truck": str(first.truck_id)})
    assert page.status_code == 409
    assert "already has an active booking" in page.content.decode()


def test_another_persons_booking_cannot_be_seen(driver: Client, scene: Scene) -> None:
    booking = booked(driver, scene)
    stranger = Client()
    stranger.force_login(scene.dispatcher, "django.contrib.auth.backends.ModelBackend")
    assert stranger.get(f"/bookings/{booking.code}/").status_code == 404


def test_cancelling_asks_first(driver: Client, scene: Scene) -> None:
    booking = booked(driver, scene)
    assert driver.get(f"/bookings/{booking.code}/cancel/").status_code == 200
    booking.refresh_from_db()
    assert booking.state == State.CONFIRMED
    driver.post(f"/bookings/{booking.code}/cancel/", {"why": "breakdown"})
    booking.refresh_from_db()
    assert (booking.state, booking.changed_why) == (State.CANCELLED, "breakdown")


def test_moving_offers_the_nearest_free_slots_on_both_sides(driver: Client, scene: Scene) -> None:
    booking = booked(driver, scene, which=40)
    page = driver.get(f"/bookings/{booking.code}/move/").content.decode()
    ids = slot_ids(page)
    assert len(ids) == 8
    assert driver.post(f"/bookings/{booking.code}/move/", {"slot": ids[4]}).status_code == 302
    booking.refresh_from_db()
    assert booking.slot_id == ids[4]


def test_a_dispatcher_sees_the_carriers_bookings_by_state(dispatcher: Client, scene: Scene) -> None:
    booking = booked(dispatcher, scene)
    assert booking.code in dispatcher.get("/carrier/").content.decode()
    assert booking.code not in dispatcher.get("/carrier/?state=no_show").content.decode()
    assert booking.code not in dispatcher.get("/carrier/?crossing=otay-mesa").content.decode()


def test_a_csv_with_a_bad_line_keeps_the_good_ones_and_names_the_bad(dispatcher: Client) -> None:
    content = b"plate,country,vin\n111 AAA 02,KZ,\n222 BBB 02,XX,\n"
    sent = {"file": SimpleUploadedFile("trucks.csv", content)}
    page = dispatcher.post("/carrier/trucks/import/", sent).content.decode()
    assert list(Truck.objects.values_list("plate", flat=True)) == ["111 AAA 02"]
    assert "<b>3</b>" in page
    assert "country" in page


def test_the_sample_file_can_be_imported(dispatcher: Client) -> None:
    for kind in ("trucks", "trailers", "drivers"):
        sample = dispatcher.get(f"/carrier/{kind}/sample.csv").content
        sent = {"file": SimpleUploadedFile(f"{kind}.csv", sample)}
        page = dispatcher.post(f"/carrier/{kind}/import/", sent).content.decode()
        assert 'class="notice ok"' in page


def test_a_token_is_shown_once_and_can_be_shut(dispatcher: Client) -> None:
    sent = {"name": "dispatch software", "key": "k"}
    shown = dispatcher.post("/carrier/tokens/", sent).content.decode()
    assert re.search(r"glt_[a-z0-9]{10}_[A-Za-z0-9]{43}", shown)
    again = dispatcher.post("/carrier/tokens/", sent).content.decode()
    assert not re.search(r"glt_[a-z0-9]{10}_[A-Za-z0-9]{43}", again)
    token = ApiToken.objects.get()
    dispatcher.post(f"/carrier/tokens/{token.pk}/revoke/")
    token.refresh_from_db()
    assert token.revoked_at is not None


def test_signing_up_makes_a_carrier_of_one(client: Client) -> None:
    sent = {
        "email": "new@example.org",
        "full_name": "Invented Person",
        "country": "UZ",
        "password1": PASSWORD,
        "password2": PASSWORD,
    }
    assert client.post("/accounts/signup/", sent).status_code == 302
    account = Account.objects.get(email="new@example.org")
    assert account.carrier is not None
    assert (account.carrier.name, account.carrier.country) == ("Invented Person", "UZ")
    assert account.driver is not None


def test_no_page_carries_a_script_of_its_own(driver: Client, scene: Scene) -> None:
    for address in ("/", "/book/", scene.slots_address, "/bookings/", "/carrier/", "/carrier/tokens/"):
        page = driver.get(address).content.decode()
        assert re.findall(r"<script(?![^>]* src=)[^>]*>", page) == []


def test_the_page_for_our_own_faults_needs_nothing() -> None:
    page = render_to_string("500.html")
    assert "Something broke on our side" in page
    assert "<form" not in page


def test_an_unknown_page_says_what_to_do(client: Client) -> None:
    page = client.get("/nowhere/")
    assert page.status_code == 404
    assert "There is no such page" in page.content.decode()


def test_the_choice_of_colours_leads_nowhere_else(client: Client) -> None:
    answer = client.post("/theme/", {"theme": "dark", "next": "https://example.org/"})
    assert answer["Location"] == "/"
    assert answer.cookies["theme"].value == "dark"


@pytest.mark.parametrize(
    ("language", "shown"),
    [("en", "24 Nov 14:30 UTC+2"), ("ru", "24 нояб. 14:30 UTC+2"), ("zh-hans", "11月24日 14:30 UTC+2")],
)
def test_times_are_those_of_the_checkpoint_with_the_offset(language: str, shown: str) -> None:
    at = datetime(2026, 11, 24, 12, 30, tzinfo=UTC)
    with translation.override(language):
        assert in_zone(at, "Europe/Kyiv") == shown


@pytest.mark.parametrize(
    ("zone", "month", "offset"),
    [
        ("America/Tijuana", 1, "UTC−8"),
        ("America/Tijuana", 7, "UTC−7"),
        ("Asia/Kolkata", 1, "UTC+5:30"),
        ("UTC", 1, "UTC+0"),
    ],
)
def test_the_offset_is_the_one_in_force(zone: str, month: int, offset: str) -> None:
    assert offset_in_zone(datetime(2026, month, 15, tzinfo=UTC), zone) == offset


@pytest.mark.parametrize(
    ("start", "end", "shown"),
    [
        (datetime(2026, 5, 4, 6, tzinfo=UTC), datetime(2026, 5, 4, 6, tzinfo=UTC), "4 May 09:00 UTC+3"),
        (datetime(2026, 5, 4, 6, tzinfo=UTC), datetime(2026, 5, 4, 7, tzinfo=UTC), "4 May 09:00–10:00 UTC+3"),
        (
            datetime(2026, 5, 4, 6, tzinfo=UTC),
            datetime(2026, 5, 4, 22, tzinfo=UTC),
            "4 May 09:00 – 5 May 01:00 UTC+3",
        ),
        (
            datetime(2026, 10, 24, 20, tzinfo=UTC),
            datetime(2026, 10, 25, 6, tzinfo=UTC),
            "24 Oct 23:00 UTC+3 – 25 Oct 08:00 UTC+2",
        ),
    ],
)
def test_a_span_says_nothing_twice(start: datetime, end: datetime, shown: str) -> None:
    with translation.override("en"):
        assert span_in_zone(start, end, "Europe/Kyiv") == shown


@pytest.mark.parametrize(
    ("minutes", "shown"), [(0, "0 min"), (59.6, "1 h"), (125, "2 h 05 min"), (2880, "2 days")]
)
def test_lengths_of_time_are_said_in_words(minutes: float, shown: str) -> None:
    assert minutes_as_text(minutes) == shown
