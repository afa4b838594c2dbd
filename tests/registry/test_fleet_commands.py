"""A carrier's trucks: added, changed, told apart, never taken from another carrier."""

from __future__ import annotations

import pytest
from people import AT, dispatcher

from greenlane.errors import GreenlaneError
from greenlane.registry.commands import (
    import_drivers_csv,
    import_trailers_csv,
    import_trucks_csv,
    retire_driver,
    retire_trailer,
    retire_truck,
    save_driver,
    save_drivers,
    save_trailer,
    save_truck,
    save_trucks,
)
from greenlane.registry.models import Account, Driver, Trailer, Truck
from greenlane.registry.queries import carrier_of, drivers_of, trailers_of, truck_of, trucks_of

pytestmark = pytest.mark.django_db
VIN = "1M8GDM9AXKP042788"


def truck(plate: str, **fields: object) -> dict[str, object]:
    return {"plate": plate, "country": "PL"} | fields


def test_trucks_are_added_once_and_changed_by_their_plate_in_any_script() -> None:
    account = dispatcher()
    first = save_trucks(account, [truck("AB 123", vehicle_class="empty"), truck("AC 124")], AT)
    again = save_trucks(account, [truck("ав-123", vin=VIN), truck("AC 124")], AT)
    assert (first.made, first.changed, again.made, again.changed) == (2, 0, 0, 1)
    assert again.ids == first.ids
    kept = Truck.objects.get(pk=first.ids[0])
    assert (kept.plate, kept.plate_key, kept.vin, kept.vehicle_class) == ("АВ-123", "AB123", VIN, "empty")
    assert list(trucks_of(carrier_of(account)).values_list("pk", flat=True)) == list(first.ids)


def test_a_plate_of_another_carrier_rejects_its_row_alone() -> None:
    one, two = dispatcher("one"), dispatcher("two")
    save_truck(one, truck("AB 123", vin=VIN), AT)
    saved = save_trucks(two, [truck("AB 123"), truck("AC 124"), truck("AD 125", vin=VIN)], AT)
    assert [index for index, _ in saved.rejected] == [0, 2]
    assert [problem.field for _, problem in saved.rejected] == ["plate", "vin"]
    assert "retire" in saved.rejected[0][1].mend
    assert [number is None for number in saved.ids] == [True, False, True]
    with pytest.raises(GreenlaneError) as refused:
        save_truck(two, truck("AB 123"), AT)
    assert (refused.value.code, refused.value.field) == ("field_wrong", "plate")


def test_a_retired_plate_is_free_for_another_carrier() -> None:
    one, two = dispatcher("one"), dispatcher("two")
    number = save_truck(one, truck("AB 123", vin=VIN), AT)
    with pytest.raises(GreenlaneError):
        retire_truck(two, number, AT)
    retire_truck(one, number, AT)
    retire_truck(one, number, AT)
    assert save_truck(two, truck("AB 123", vin=VIN), AT) != number
    with pytest.raises(GreenlaneError):
        truck_of(carrier_of(one), number)


def test_faults_and_warnings_are_told_by_row() -> None:
    saved = save_trucks(
        dispatcher(),
        [
            truck("A"),
            truck("AB 123", vin=VIN.replace("AXK", "A1K")),
            truck("ab123"),
            truck("AC 1", vin=VIN),
            truck("AD 1", vin=VIN),
        ],
        AT,
    )
    assert [(index, problem.field) for index, problem in saved.rejected] == [
        (0, "plate"),
        (2, "plate"),
        (4, "vin"),
    ]
    assert [(index, problem.field) for index, problem in saved.warnings] == [(1, "vin")]
    assert Truck.objects.count() == 2


def test_the_same_plate_of_two_countries_is_two_trucks() -> None:
    saved = save_trucks(dispatcher(), [truck("AB 123"), truck("AB 123", country="KZ")], AT)
    assert saved.made == 2


def test_a_driver_reads_the_fleet_but_does_not_change_it() -> None:
    account = dispatcher()
    Account.objects.filter(pk=account.pk).update(carrier_role=Account.CarrierRole.DRIVER)
    account.refresh_from_db()
    assert not trucks_of(carrier_of(account))
    with pytest.raises(GreenlaneError) as refused:
        save_truck(account, truck("AB 123"), AT)
    assert (refused.value.code, refused.value.status) == ("not_allowed", 403)


def test_who_works_for_no_carrier_has_no_fleet() -> None:
    with pytest.raises(GreenlaneError) as refused:
        carrier_of(Account(email="nobody@example.org"))
    assert refused.value.code == "no_carrier"


def test_a_csv_keeps_the_good_lines_and_tells_of_the_bad() -> None:
    save_truck(dispatcher("other"), truck("ZZ 999"), AT)
    account = dispatcher()
    content = b"plate,country\nAB 123,PL\nAC 124,XX\nZZ 999,PL\nAB-123,PL\nAD 125,PL\n"
    imported = import_trucks_csv(account, content, AT)
    assert (imported.saved, imported.made, imported.changed) == (2, 2, 0)
    assert [(problem.line, problem.field) for problem in imported.problems] == [
        (3, "country"),
        (4, "plate"),
        (5, "plate"),
    ]
    again = import_trucks_csv(account, content, AT)
    assert (again.saved, again.made) == (2, 0)


def test_trailers_and_drivers_are_imported_alike() -> None:
    account = dispatcher()
    assert import_trailers_csv(account, b"plate;country\nT 1;PL\nT 22;PL\n", AT).made == 2
    imported = import_drivers_csv(account, b"full_name,phone\nInvented One,+48 22 123 45 67\n,1\n", AT)
    assert (imported.made, [problem.line for problem in imported.problems]) == (1, [3, 3])
    assert [trailer.plate for trailer in trailers_of(carrier_of(account))] == ["T 1", "T 22"]


def test_drivers_are_changed_by_document_and_retired() -> None:
    account = dispatcher()
    number = save_driver(account, {"full_name": "Invented One", "document": "N1"}, AT)
    saved = save_drivers(
        account,
        [{"full_name": "Invented Married", "document": "n1"}, {"full_name": "X", "document": "N1"}],
        AT,
    )
    assert (saved.ids, saved.changed) == ((number, None), 1)
    assert Driver.objects.get().full_name == "Invented Married"
    retire_driver(account, number, AT)
    assert not drivers_of(carrier_of(account))
    with pytest.raises(GreenlaneError) as refused:
        retire_driver(dispatcher("two"), number, AT)
    assert refused.value.code == "driver_unknown"


def test_a_trailer_is_retired_by_its_own_carrier_only() -> None:
    account = dispatcher()
    number = save_trailer(account, {"plate": "T 22", "country": "PL"}, AT)
    with pytest.raises(GreenlaneError) as refused:
        retire_trailer(dispatcher("two"), number, AT)
    assert refused.value.code == "trailer_unknown"
    retire_trailer(account, number, AT)
    assert Trailer.objects.get().retired_at == AT
