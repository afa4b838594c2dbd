"""The report of resale: what each rule leaves, every assumption with its reason, the command."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path

import pytest
from rule_scenes import CROSSINGS, MONDAY, here, scarce
from typer.testing import CliRunner

from greenlane.planning.rule_trial.reselling.reseller import (
    ACCOUNT,
    ALL,
    ASSUMED,
    NONE,
    OWN_CARRIER,
    REBOOK,
    SWAP,
    VARIED,
    Measures,
    Reseller,
    ways,
)
from greenlane.planning.rule_trial.reselling.trial import CASES, ResaleReport, try_resale
from greenlane.planning.rule_trial.rule_file import rules_text
from greenlane.planning.rule_trial.rules import RuleError
from greenlane.planning.rules_cli import app

AT = ["--crossing", str(CROSSINGS / "yahodyn-dorohusk.yaml")]
run = CliRunner().invoke


def means(measures: Measures, *, verified: bool, price: float = 300.0) -> list[int]:
    return [way.means for way in ways(Reseller(price=price), measures, verified=verified)]


def test_without_rules_he_swaps() -> None:
    assert means(NONE, verified=False) == [SWAP, ACCOUNT, REBOOK]
    assert means(NONE, verified=True) == [SWAP, REBOOK], "a carrier with papers is too dear to be sold"
    assert means(NONE, verified=True, price=2000.0) == [SWAP, REBOOK, ACCOUNT]


def test_a_swap_needs_a_verified_carrier_where_the_rule_is() -> None:
    only = Measures(own_carrier_swaps=True)
    assert means(only, verified=False) == [REBOOK]
    assert means(only, verified=True) == [OWN_CARRIER, REBOOK]


def test_each_way_is_worth_its_price_less_what_it_costs() -> None:
    (own, *_) = ways(Reseller(), ALL, verified=True)
    assert own.means == REBOOK
    own = next(way for way in ways(Reseller(), ALL, verified=True) if way.means == OWN_CARRIER)
    assert own.gain == pytest.approx(300.0 - 5.0 - 20.0 - 0.05 * 1000.0)
    assert own.needs_hand_over
    assert means(ALL, verified=True, price=60.0) == [REBOOK], (
        "where being found out costs more than it brings"
    )
    assert means(NONE, verified=False, price=5.0) == []


def test_every_figure_has_its_reason() -> None:
    names = {each.name for each in fields(Reseller)}
    assert set(ASSUMED) == names
    assert all(ASSUMED.values())
    assert {name for name, _ in VARIED} <= names
    assert Reseller().as_document()["price"]["value"] == 300.0


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"buying_share": 1.2}, "buying_share"),
        ({"price": -1.0}, "price"),
        ({"price": float("nan")}, "price"),
        ({"appetites": ()}, "appetites"),
        ({"appetites": (0.0,)}, "appetites"),
        ({"tickets": 0}, "tickets"),
    ],
)
def test_a_figure_that_cannot_be_is_refused_by_its_name(given: dict[str, float], field: str) -> None:
    with pytest.raises(RuleError) as refused:
        Reseller(**given)
    assert refused.value.field == field
    assert refused.value.mend


def small(runs: int, *varied: tuple[str, float]) -> ResaleReport:
    """A week or some, with a reseller who knows what he wants."""
    sure = Reseller(appetites=(1.0,))
    return try_resale(here(), scarce(), MONDAY, sure, weeks=1, runs=runs, varied=varied)


@pytest.fixture(scope="module")
def report() -> ResaleReport:
    return small(3, ("price", 50.0), ("trucks_each", 5))


@pytest.mark.slow
def test_the_report_has_every_case_and_what_changed_in_it(report: ResaleReport) -> None:
    assert [case.code for case in report.cases] == [code for code, _, _ in CASES]
    before, after = report.case("before"), report.case("after")
    assert after.changes["profit"].high < 0.0
    assert after.changes["free"].low > 0.0
    assert before.changes["profit"].mean == before.changes["profit"].high == 0.0
    for code in ("nobody_before", "nobody_after"):
        assert report.case(code).figures["profit"].mean == report.case(code).figures["taken"].mean == 0.0
    for case in report.cases:
        shares = [case.figures[name].mean for name in ("free", "bought", "none")]
        assert sum(shares) == pytest.approx(1.0)
    price, trucks = report.sensitivities
    assert price.before.mean < before.figures["profit"].mean
    assert trucks.before.mean < before.figures["profit"].mean


@pytest.mark.slow
def test_the_same_seed_gives_the_same_report() -> None:
    first = small(1).as_document()
    assert first["reseller"]["price"]["why"]
    assert len(first["cases"]) == len(CASES)
    assert small(1).as_document() == first
    json.dumps(first, allow_nan=False)


@pytest.mark.slow
def test_the_command_prints_and_writes_a_page(tmp_path: Path) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text(rules_text(scarce()), encoding="utf-8")
    asked = ["resale", str(file), *AT, "--weeks", "1", "--runs", "1"]
    told = run(app, [*asked, "--report", str(tmp_path / "report")])
    assert told.exit_code == 0, told.output
    for words in (
        "before: first click, no rule",
        "after: all rules",
        "Assumed: price 300",
        "His profit goes",
    ):
        assert words in told.stdout
    html = (tmp_path / "report" / "index.html").read_text(encoding="utf-8")
    assert html.count("<svg") == 3
    for part in ("<script", 'src="', "@import", 'href="'):
        assert part not in html


@pytest.mark.slow
def test_what_cannot_be_tried_is_refused() -> None:
    with pytest.raises(RuleError, match="no such assumption"):
        try_resale(here(), scarce(), MONDAY, weeks=1, runs=1, varied=(("luck", 1.0),))
    with pytest.raises(RuleError, match="nothing to act out"):
        try_resale(here(), scarce(), MONDAY, weeks=0)
