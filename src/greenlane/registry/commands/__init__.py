"""What changes the registry: one use case and one transaction each."""

from greenlane.registry.commands.accounts import (
    grant,
    join_carrier,
    make_account,
    make_administrator,
    put_password,
    register_carrier,
    register_driver,
    verify_account,
    withdraw_grant,
)
from greenlane.registry.commands.answers import answer_once
from greenlane.registry.commands.carriers import verify_carrier
from greenlane.registry.commands.contact import save_contact
from greenlane.registry.commands.crossings import CrossingDiff, load_crossing, planned_changes
from greenlane.registry.commands.drivers import retire_driver, save_drivers
from greenlane.registry.commands.fleet_files import (
    Imported,
    import_drivers_csv,
    import_trailers_csv,
    import_trucks_csv,
)
from greenlane.registry.commands.lanes import change_lane
from greenlane.registry.commands.one_vehicle import save_driver, save_trailer, save_truck
from greenlane.registry.commands.saving import Saved
from greenlane.registry.commands.tokens import make_token, note_token_use, revoke_token
from greenlane.registry.commands.vehicles import (
    retire_trailer,
    retire_truck,
    save_trailers,
    save_trucks,
)

__all__ = [
    "CrossingDiff",
    "Imported",
    "Saved",
    "answer_once",
    "change_lane",
    "grant",
    "import_drivers_csv",
    "import_trailers_csv",
    "import_trucks_csv",
    "join_carrier",
    "load_crossing",
    "make_account",
    "make_administrator",
    "make_token",
    "note_token_use",
    "planned_changes",
    "put_password",
    "register_carrier",
    "register_driver",
    "retire_driver",
    "retire_trailer",
    "retire_truck",
    "revoke_token",
    "save_contact",
    "save_driver",
    "save_drivers",
    "save_trailer",
    "save_trailers",
    "save_truck",
    "save_trucks",
    "verify_account",
    "verify_carrier",
    "withdraw_grant",
]
