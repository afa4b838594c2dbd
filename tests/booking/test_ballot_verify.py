"""Anyone finds what was changed in a ballot's file: `greenlane ballot verify`, and the lines of its page."""

from __future__ import annotations

import copy
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ballot_lists import closed_list, drawn_document, entry, lists, seed_of
from hypothesis import given
from msgspec.structs import replace
from typer.testing import CliRunner

from greenlane.booking.ballot import document as told
from greenlane.booking.ballot.tickets import commitment_to
from greenlane.booking.ballot.verify import first_difference
from greenlane.booking.ballot_cli import app
from greenlane.errors import GreenlaneError

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "ballot.md"
WITNESSES = [
    told.WitnessMade("The facing checkpoint", "checkpoint-2", commitment_to(seed_of("facing"))),
    told.WitnessMade("Association of carriers", "checkpoint-1", commitment_to(seed_of("silent"))),
]


def real_document() -> told.Document:
    """Nine entries for two slots of two places, one with priority, two witnesses of whom one is silent."""
    entries = [
        entry(
            f"LT-{n}", [1, 2] if n % 2 else [2], n % 3, carrier=f"C{n % 4}", verified="no" if n < 3 else "yes"
        )
        for n in range(8)
    ]
    entries.append(entry("LT-8", [1], share="priority"))
    limits = [
        told.Limit("slot-1", "slot", 3),
        told.Limit("slot-2", "slot", 2),
        told.Limit("priority-1", "share", 1, share="priority"),
        told.Limit("booked-1", "share", 2, share="booked"),
        told.Limit("each", "carrier", 1, each_carrier=True),
        told.Limit("pool", "unverified", 1, verified="no"),
        told.Limit("livestock", "class", 0, vehicle_class="livestock"),
    ]
    under = {
        1: ["slot-1", "priority-1", "booked-1", "each", "pool"],
        2: ["slot-2", "each", "pool", "livestock"],
    }
    closed = closed_list(entries, limits, under, witnesses=WITNESSES)
    return drawn_document(closed, witness_seeds=[seed_of("facing"), ""])


@pytest.fixture(scope="module")
def real() -> dict[str, Any]:
    return json.loads(json.dumps(told.plain(real_document())))


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every single value of a file."""
    if isinstance(value, dict | list):
        for key, part in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(part, (*path, key))
    else:
        yield path


def changed(file: dict[str, Any], path: tuple[Any, ...]) -> dict[str, Any]:
    """The file with one value changed into another of its kind."""
    whole = copy.deepcopy(file)
    part = whole
    for key in path[:-1]:
        part = part[key]
    value = part[path[-1]]
    if isinstance(value, bool):
        part[path[-1]] = not value
    elif isinstance(value, int):
        part[path[-1]] = value + 1
    elif isinstance(value, str) and re.fullmatch("[0-9a-f]{64}", value):
        part[path[-1]] = value[:-1] + ("0" if value[-1] != "0" else "1")
    else:
        part[path[-1]] = f"{value or ''}x"
    return whole


TOLD_ALONE = {"why"}
"""Why a place that was drawn could not be booked: told by the checkpoint, and not computed."""


def test_a_true_file_holds(real: dict[str, Any]) -> None:
    assert first_difference(real) is None
    noted = real["list"]["ballot"]["commitment"], real["list_digest"]
    assert first_difference(real, *noted) is None


def test_every_single_change_is_found(real: dict[str, Any]) -> None:
    paths = [path for path in leaves(real) if path[-1] not in TOLD_ALONE]
    assert len(paths) > 200
    missed = [path for path in paths if first_difference(changed(real, path)) is None]
    assert missed == []


def test_turns_that_are_left_out_added_or_exchanged_are_found(real: dict[str, Any]) -> None:
    for turns in (real["turns"][:-1], [*real["turns"], real["turns"][0]], real["turns"][::-1]):
        assert "turn" in str(first_difference(real | {"turns": turns}))


def test_the_first_difference_is_named(real: dict[str, Any]) -> None:
    moved = copy.deepcopy(real)
    loser = next(place for place, turn in enumerate(moved["turns"]) if turn["slot"] is None)
    moved["turns"][loser]["slot"] = 1
    difference = first_difference(moved)
    assert difference is not None
    assert (difference.told, difference.found) == ("1", "None")
    assert f"turn {loser + 1} ({moved['turns'][loser]['number']}), slot" in difference.where


def test_a_list_made_anew_with_all_its_digests_differs_from_what_was_noted(real: dict[str, Any]) -> None:
    """With the true seed: the draw holds in itself, and only the digest that was published tells."""
    document = real_document()
    fewer = document.entry_list.entries[1:]
    closed = closed_list(
        fewer, document.entry_list.limits, {each.id: each.limits for each in document.entry_list.slots},
        witnesses=WITNESSES,
    )  # fmt: skip
    forged = told.plain(drawn_document(closed, witness_seeds=[seed_of("facing"), ""]))
    assert first_difference(forged) is None
    assert "list_digest" in str(first_difference(forged, noted_list=real["list_digest"]))


def test_a_draw_from_another_seed_differs_from_the_commitment_that_was_noted(real: dict[str, Any]) -> None:
    entries = [entry("LT-1", [1])]
    closed = closed_list(entries, [told.Limit("s", "slot", 1)], {1: ["s"]}, seed=seed_of("other"))
    forged = told.plain(drawn_document(closed, seed_of("other")))
    assert first_difference(forged) is None
    noted = real["list"]["ballot"]["commitment"]
    assert "commitment" in str(first_difference(forged, noted_commitment=noted))


def test_a_ballot_that_is_not_drawn_yet_does_not_hold(real: dict[str, Any]) -> None:
    closed = {"format": real["format"], "list": real["list"], "list_digest": real["list_digest"]}
    assert "not drawn yet" in str(first_difference(closed))


@pytest.mark.slow
@given(lists())
def test_whatever_is_drawn_holds(closed: told.EntryList) -> None:
    assert first_difference(json.loads(told.canonical(told.plain(drawn_document(closed))))) is None


@pytest.mark.parametrize(
    "told_file", [[], {}, None, 7, {"list": {}}, {"format": "greenlane-ballot-1"}], ids=repr
)
def test_something_else_is_refused_in_words(told_file: Any) -> None:
    assert "the file" in str(first_difference(told_file))


# On the command line ----------------------------------------------------------------------------------------


def run(tmp_path: Path, file: Any, *options: str) -> Any:
    path = tmp_path / "ballot.json"
    path.write_text(json.dumps(file), encoding="utf-8")
    return CliRunner().invoke(app, ["verify", str(path), *options])


def test_the_command_says_that_it_holds_and_how_one_entry_fared(real: dict[str, Any], tmp_path: Path) -> None:
    result = run(tmp_path, real, "--show", real["turns"][-1]["number"])
    assert result.exit_code == 0
    assert "Holds." in result.stdout
    assert "1 of 2 witnesses" in result.stdout
    assert "Silent: Association of carriers." in result.stdout
    assert f"Turn {len(real['turns'])} of {len(real['turns'])}." in result.stdout
    assert (
        "LT-00000-00000 was not in the draw: truck_busy."
        in run(tmp_path, real, "--show", "LT-00000-00000").stdout
    )


def test_the_command_ends_with_1_and_the_difference(real: dict[str, Any], tmp_path: Path) -> None:
    result = run(tmp_path, changed(real, ("turns", 0, "slot")))
    assert result.exit_code == 1
    assert "Does not hold. turn 1" in result.stdout


def test_a_file_that_is_not_there_is_told_from_one_that_is_no_json(tmp_path: Path) -> None:
    path = tmp_path / "told.json"
    with pytest.raises(GreenlaneError, match=r"cannot be read: No such file.*Check the path"):
        CliRunner().invoke(app, ["verify", str(path)], catch_exceptions=False)
    path.write_text("{", encoding="utf-8")
    with pytest.raises(GreenlaneError, match="holds no JSON"):
        CliRunner().invoke(app, ["verify", str(path)], catch_exceptions=False)


# The lines of the page --------------------------------------------------------------------------------------


def third_party(tmp_path: Path, file: Any) -> int:
    """Run the page's own verifier in a Python that knows nothing of us."""
    page = PAGE.read_text(encoding="utf-8")
    (lines,) = re.findall(r"```python\n(import collections.*?)```", page, re.DOTALL)
    assert len(lines.splitlines()) <= 23
    (imported,) = re.findall(r"^import (.*)$", lines, re.MULTILINE)
    assert set(imported.split(", ")) <= sys.stdlib_module_names
    program, path = tmp_path / "verifier.py", tmp_path / "told.json"
    program.write_text(lines, encoding="utf-8")
    path.write_text(json.dumps(file), encoding="utf-8")
    return subprocess.run([sys.executable, "-I", program, path], capture_output=True, check=False).returncode


def test_the_lines_of_the_page_agree_on_a_true_file(real: dict[str, Any], tmp_path: Path) -> None:
    assert third_party(tmp_path, real) == 0


@pytest.mark.parametrize(
    "path",
    [
        ("seed",),
        ("witness_seeds", 0),
        ("witness_seeds", 1),
        ("list_digest",),
        ("list", "entries", 3, "lost_before"),
        ("list", "entries", 3, "slots", 0),
        ("list", "limits", 0, "free"),
        ("list", "ballot", "commitment"),
        ("turns", 0, "number"),
        ("turns", 2, "key"),
        ("turns", 4, "slot"),
        ("turns", 1, "share"),
    ],
    ids=str,
)
def test_the_lines_of_the_page_find_a_change(
    real: dict[str, Any], tmp_path: Path, path: tuple[Any, ...]
) -> None:
    assert third_party(tmp_path, changed(real, path)) != 0


@pytest.mark.parametrize("seed", [seed_of("better luck"), ""], ids=["another", "none"])
def test_a_draw_by_a_seed_that_was_not_committed_to_is_found(tmp_path: Path, seed: str) -> None:
    """All else agrees: the checkpoint drew its own list again until it liked what came out."""
    drawn = real_document()
    forged = json.loads(json.dumps(told.plain(drawn_document(drawn.entry_list, seed, drawn.witness_seeds))))
    assert run(tmp_path, forged).exit_code == 1
    assert third_party(tmp_path, forged) != 0


def test_tickets_of_a_carrier_that_is_not_verified_are_found(tmp_path: Path) -> None:
    """Whoever invents trucks and loses with them every day would have more tickets, were this not a rule."""
    drawn = real_document()
    invented = next(each for each in drawn.entry_list.entries if each.verified == "no")
    invented = replace(invented, lost_before=3, weight=4)
    others = [each for each in drawn.entry_list.entries if each.number != invented.number]
    changed_list = replace(drawn.entry_list, entries=[invented, *others])
    forged = json.loads(
        json.dumps(told.plain(drawn_document(changed_list, witness_seeds=drawn.witness_seeds)))
    )
    found = run(tmp_path, forged)
    assert found.exit_code == 1
    assert f"list.entries {invented.number}, lost_before" in found.output
    assert third_party(tmp_path, forged) != 0
