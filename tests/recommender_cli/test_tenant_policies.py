"""Rules, placements and experiments in the YAML of `tenants apply`."""

import json

import pytest

from .in_process import Terminal, _terminal

__all__ = ["_terminal"]

SHOP = """
id: shop
attribute_types: {category: string, adult: boolean}
placements:
  - id: home
    sources: {personal: 2, popular: 1}
    limit: 12
rules:
  - id: no-adult
    kind: exclude
    filter: adult = TRUE
  - id: spring
    kind: boost
    filter: category = 'garden'
    factor: 1.5
    placements: [home]
    starts_at: 2027-03-01T00:00:00Z
"""


def applied(terminal: Terminal, text: str, *options: str) -> dict[str, object]:
    terminal.write("shop.yaml", text)
    said = terminal.run("tenants", "apply", "shop.yaml", "--json", *options)
    assert said.code == 0, said.err
    (tenant,) = json.loads(said.out)["tenants"]
    return {one["name"]: one["after"] for one in tenant["changes"]}


def test_rules_and_placements_are_applied_and_twice_changes_nothing(terminal: Terminal) -> None:
    first = applied(terminal, SHOP)

    assert first["rules.no-adult.filter"] == "adult = TRUE"
    assert first["rules.spring.starts_at"] == "2027-03-01T00:00:00Z"
    assert first["placements.home.sources.personal"] == 2
    assert applied(terminal, SHOP) == {}


def test_what_a_file_lists_no_more_is_gone_and_what_it_does_not_name_stays(
    terminal: Terminal,
) -> None:
    applied(terminal, SHOP)
    settings = "id: shop\nattribute_types: {category: string, adult: boolean}\n"

    assert applied(terminal, settings) == {}
    changed = applied(terminal, settings + "rules: []\n")

    assert changed["rules.no-adult.kind"] is None
    assert not [name for name in changed if name.startswith("placements")]


EXPERIMENT = """
experiments:
  - id: mixed
    placements: [home]
    traffic: [0, 0.5]
    variants: [{id: as-it-is}, {id: more, weight: 2, placement: {limit: 24}}]
"""


def test_experiments_are_applied_with_rules_of_their_variants(terminal: Terminal) -> None:
    rule = "  - {id: only, kind: block, items: [x], experiment: mixed, variant: more}\n"
    text = SHOP + rule + EXPERIMENT

    first = applied(terminal, text)

    assert first["experiments.mixed.variants"][1]["placement"] == {"limit": 24}
    assert first["rules.only.variant"] == "more"
    assert applied(terminal, text) == {}


def test_a_dry_run_writes_nothing(terminal: Terminal) -> None:
    assert applied(terminal, SHOP, "--dry-run") == applied(terminal, SHOP)


def test_a_new_tenant_is_made_with_its_rules(terminal: Terminal) -> None:
    applied(terminal, SHOP.replace("id: shop", "id: films", 1))

    assert applied(terminal, SHOP.replace("id: shop", "id: films", 1)) == {}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("rules: {}\n", "'rules' is a list"),
        ("rules: [5]\n", "rules: '0' of tenant 'shop'"),
        ("rules: [{id: a, kind: exclude, filter: x = 1}]\n", "There is no attribute x"),
        ("rules: [{id: a, kind: boost, filter: available, factor: 0.5}]\n", "a boost raises"),
        ("rules: [{id: a, kind: block, items: [x], placements: [y]}]\n", "no placement 'y'"),
        ("rules: [{id: a, kind: hook, name: mine}]\n", "hooks.allowed"),
        (
            "rules: [{id: a, kind: block, items: [x]}, {id: a, kind: block, items: [y]}]\n",
            "'a' is described twice",
        ),
        ("placements: [{id: home, sources: [nowhere]}]\n", "no source 'nowhere'"),
        (
            "experiments: [{id: a, placements: [similar], variants: [{id: a}]}]\n",
            "experiments: 'a' of tenant 'shop'",
        ),
        (
            (
                "experiments:\n"
                "- {id: a, placements: [similar], variants: [{id: a}, {id: b}]}\n"
                "- {id: b, placements: [similar], variants: [{id: a}, {id: b}]}\n"
            ),
            "'a' takes 0 to 1 of the layer 'default'",
        ),
        (
            "rules: [{id: a, kind: block, items: [x], experiment: none}]\nexperiments: []\n",
            "no experiment 'none'",
        ),
    ],
)
def test_a_wrong_record_is_told_and_nothing_is_applied(
    terminal: Terminal, text: str, sentence: str
) -> None:
    terminal.write("shop.yaml", "id: shop\nname: Changed\n" + text)

    said = terminal.run("tenants", "apply", "shop.yaml")

    assert said.code == 1
    assert sentence in said.err
    assert "[tenant_file_invalid]" in said.err
    shown = terminal.run("tenants", "show", "shop", "--json")
    assert json.loads(shown.out)["name"] == "shop"
