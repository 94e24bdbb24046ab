"""`recommender canary`: what is tried, what is decided, and by which exit codes it is told."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from recommender_cli import output
from recommender_cli.server import packing
from recommender_store.canaries import beginning
from recommender_store.canaries.canary import Canary
from recommender_store.opening import open_store
from recommender_store.settings import StoreSettings
from tests.recommender_api.served import until
from tests.recommender_store.canaries import tried
from tests.recommender_store.canaries.tried import SETTINGS, Shop

from .in_process import Terminal, _terminal

__all__ = ["_terminal"]


@pytest.fixture(name="shop")
def _shop(terminal: Terminal, tmp_path: Path) -> Shop:
    assert terminal.folder == tmp_path
    store = open_store(StoreSettings.from_environment())
    shop = Shop(store, store.tenant("shop"), tmp_path / "made")
    shop.publish("v1")
    shop.space.models.promote("v1", author=tried.AUTHOR)
    return shop


def try_out(shop: Shop, monkeypatch: pytest.MonkeyPatch, hours_ago: float) -> Canary:
    """A canary that began so long ago."""
    began = datetime.now(UTC) - timedelta(hours=hours_ago) - beginning.LOADED_WITHIN
    monkeypatch.setattr(tried, "NOW", began)
    return shop.try_out()


def watched(terminal: Terminal, *more: str) -> Any:
    return terminal.run("canary", "watch", "--tenant", "shop", *more)


def test_one_under_way_is_told_with_a_code_of_its_own(terminal, shop, monkeypatch):
    canary = try_out(shop, monkeypatch, 0.5)
    shop.space.events.append_events(
        [*tried.answers(canary, "live", 20, clicked=5)], "2026-11-21T12:00:00.000Z"
    )

    said = watched(terminal, "--run", "r2")

    assert said.code == output.WAITING
    assert "shop: run r2: tried: v2 answers 10 % of the users on for_you" in said.out
    row = next(line for line in said.out.splitlines() if line.strip().startswith("live "))
    assert row.split()[1:5] == ["20", "20", "5", "25.00%"]
    assert shop.live() == "v1"


def test_one_whose_time_is_up_goes_live(terminal, shop, monkeypatch):
    try_out(shop, monkeypatch, SETTINGS.maximum_hours)

    said = watched(terminal, "--json")

    assert said.code == 0, said.err
    (told,) = said.document["canaries"]
    assert (told["run"], told["state"], told["status"]) == ("r2", "decided", "promoted")
    assert shop.live() == "v2"


def test_one_that_is_rolled_back_is_a_refusal_with_its_reason_last(terminal, shop, monkeypatch):
    canary = try_out(shop, monkeypatch, 0.5)
    shop.space.policies.experiments.delete(canary.experiment_id, author=tried.AUTHOR)

    said = watched(terminal, "--run", "r2")

    assert said.code == 3
    reason = "refused: somebody ended its experiment before it was decided [canary_ended]"
    assert said.err.splitlines()[-1] == reason
    assert shop.live() == "v1"
    shown = terminal.run("runs", "show", "r2", "--tenant", "shop")
    assert "not live: v2" in shown.out


def test_waiting_looks_again_until_it_is_decided(terminal, shop, monkeypatch):
    try_out(shop, monkeypatch, SETTINGS.maximum_hours - 0.4 / 3600)
    monkeypatch.setattr("recommender_cli.canary.LOOK_EVERY_S", 0.1)

    said = watched(terminal, "--wait")

    assert said.code == 0, said.err
    assert shop.live() == "v2"


def test_without_a_canary_there_is_nothing_to_watch(terminal):
    said = watched(terminal)

    assert (said.code, said.out.strip()) == (0, "no canary to watch")
    shown = terminal.run("canary", "show", "--tenant", "shop")
    assert shown.code == 1
    assert "training.canary.enabled" in shown.err


def test_all_tenants_are_looked_at_and_a_damaged_one_keeps_none_back(terminal, shop, monkeypatch):
    assert terminal.run("tenants", "create", "broken").code == 0
    try_out(shop, monkeypatch, SETTINGS.maximum_hours)
    space = shop.store.tenant("broken")
    space.policies.experiments.put("x", {"id": "x", "odd": 1}, author=tried.AUTHOR)

    said = terminal.run("canary", "watch", "--json")

    assert said.code == 1
    assert [one["tenant"] for one in said.document["faults"]] == ["broken"]
    assert "[record_unreadable]" in said.err
    assert shop.live() == "v2"


def test_a_server_s_care_looks_at_canaries_beside_packing(terminal, shop, monkeypatch):
    try_out(shop, monkeypatch, SETTINGS.maximum_hours)
    packed = []

    with packing(shop.store.settings.url, 0.05, lambda *, is_done: packed.append(is_done)):
        until(lambda: shop.live() == "v2", timeout_s=120)

    assert packed[0] is True
    assert terminal.run("runs", "show", "r2", "--tenant", "shop").out.count("canary") >= 1


def test_showing_decides_nothing(terminal, shop, monkeypatch):
    try_out(shop, monkeypatch, SETTINGS.maximum_hours)

    said = terminal.run("canary", "show", "--tenant", "shop", "--json")

    assert said.code == 0, said.err
    assert said.document["state"] == "waiting"
    assert "due: promoted" in said.document["sentence"]
    assert shop.live() == "v1"


def test_a_run_is_named_with_its_tenant(terminal):
    assert terminal.run("canary", "watch", "--run", "r2").code == 2


def test_a_file_of_experiments_neither_names_nor_ends_a_canary(terminal, shop, monkeypatch):
    canary = try_out(shop, monkeypatch, 0.1)
    told = terminal.run("tenants", "show", "shop", "--yaml").out
    assert "experiments: []" in told
    own = "{id: own, placements: [popular], variants: [{id: a}, {id: b}]}"
    terminal.write("shop.yaml", f"id: shop\nexperiments: [{own}]\n")

    said = terminal.run("tenants", "apply", "shop.yaml", "--json")

    assert said.code == 0, said.err
    changed = {one["name"] for one in said.document["tenants"][0]["changes"]}
    assert all(name.startswith("experiments.own.") for name in changed)
    assert set(shop.records()) == {"own", canary.experiment_id}


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ("placements: [for_you]", "'canary.r2' tries a new model on for_you"),
        ("placements: [popular], layer: canary", "the layer 'canary' is the platform's own"),
    ],
)
def test_an_experiment_that_meets_a_canary_is_refused_with_what_to_do(
    terminal, shop, monkeypatch, fields, code
):
    try_out(shop, monkeypatch, 0.1)
    own = f"{{id: own, {fields}, variants: [{{id: a}}, {{id: b}}]}}"
    terminal.write("shop.yaml", f"id: shop\nexperiments: [{own}]\n")

    said = terminal.run("tenants", "apply", "shop.yaml")

    assert said.code == 1
    assert code in said.err


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ("training: {canary: {enabled: true, maximum_hours: 30}}", "less than the 24 h between"),
        ("training: {canary: {minimum_hours: 5, maximum_hours: 4}}", "at least minimum_hours"),
        ("training: {canary: {share_percent: 60}}", "less than or equal to 50"),
        ("training: {canary: {outcome: shown}}", "'clicked' or 'converted'"),
        ("training: {canary: {placements: ['for you']}}", "match pattern"),
        ("training: {canary: {shares: 5}}", "there is no such setting"),
        (
            "training: {canary: {enabled: true}}\nserving: {trace_share: 0}",
            "serving.trace_share has to be above 0",
        ),
    ],
)
def test_settings_that_make_no_sense_are_refused(terminal, settings, sentence):
    terminal.write("shop.yaml", f"id: shop\n{settings}\n")

    said = terminal.run("tenants", "apply", "shop.yaml")

    assert said.code == 1
    assert sentence in said.err


def test_settings_of_a_canary_are_applied(terminal):
    wanted = "training: {schedule: '0 3 * * mon-fri', canary: {enabled: true, maximum_hours: 23}}"
    terminal.write("shop.yaml", f"id: shop\n{wanted}\n")

    said = terminal.run("tenants", "apply", "shop.yaml", "--json")

    assert said.code == 0, said.err
    changed = {one["name"]: one["after"] for one in said.document["tenants"][0]["changes"]}
    assert changed["training.canary.enabled"] is True
