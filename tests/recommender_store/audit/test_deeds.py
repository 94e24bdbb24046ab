"""Each decision has one name, whatever chain it stands in."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from recommender_store.audit.audit import Wanted
from recommender_store.audit.deeds import Deed, changes_of, deed_of, is_decision
from recommender_store.author import Author
from recommender_store.objects.revisions import Revision
from recommender_store.opening import Store
from tests.recommender_store.artifacts.conftest import bundle_of_one_file

ANN = Author("ann", "here")
NOW = datetime(2026, 11, 20, tzinfo=UTC)


def deed(chain: str, before: dict[str, Any] | None, after: dict[str, Any] | None) -> Deed:
    first = None if before is None else Revision(1, before, "a", NOW, "ann", "here")
    return deed_of(chain, first, Revision(2, after, "b", NOW, "ann", "here"))


def test_a_models_life_is_told(store: Store, tmp_path: Path) -> None:
    space = store.create_tenant("shop", "Shop", author=ANN)
    for version in ("v1", "v2"):
        folder = tmp_path / version
        folder.mkdir()
        space.models.publish(folder, bundle_of_one_file(folder, version, b"x"))
        space.models.promote(version, author=ANN, reason="it is new")
    space.models.roll_back(author=ANN, reason="it was not better")

    back, second, first, _ = store.audit.page(Wanted(), 10).entries

    assert [one["kind"] for one in (first, second)] == ["model.promoted"] * 2
    assert (back["kind"], back["subject"]) == ("model.rolled_back", ["v1"])
    changes = {one["name"]: (one["before"], one["after"]) for one in back["changes"]}
    assert changes["version"] == ("v2", "v1")
    assert changes["reason"] == ("it is new", "it was not better")


@pytest.mark.parametrize(
    ("more", "kind"),
    [
        ({}, "model.promoted"),
        ({"forced": True}, "model.forced"),
        ({"rolled_back": True}, "model.rolled_back"),
        ({"rewrite": 1, "reason": "a user was erased"}, "model.rewritten"),
    ],
)
def test_how_a_model_went_live_is_told(more: dict[str, Any], kind: str) -> None:
    assert deed("models/current", None, {"version": "v1", **more}) == Deed(kind, ("v1",))


def test_a_change_of_quotas_alone_is_one_of_quotas() -> None:
    old = {"name": "Shop", "quotas": {"events": 1, "bytes": 2}}

    assert deed("settings", old, {**old, "quotas": {"events": 5, "bytes": 2}}) == Deed(
        "quotas.changed", ("quotas.events",)
    )
    assert deed("settings", old, {"name": "New", "quotas": {}}).kind == "settings.changed"


def test_a_chain_that_nobody_has_named_is_told_by_its_last_word() -> None:
    assert deed("policies_of_tomorrow/banners", None, {"a": 1}) == Deed("banner.changed")
    assert deed("policies_of_tomorrow/banners", {"a": 1}, None) == Deed("banner.deleted")
    assert is_decision("policies_of_tomorrow/banners")


@pytest.mark.parametrize(
    "chain", ["events/files", "catalog/types", "runs/x/state", "artifacts/v/rewrites"]
)
def test_book_keeping_is_told_apart_by_where_it_lies(chain: str) -> None:
    assert not is_decision(chain)


def test_what_a_key_is_kept_by_is_not_among_its_changes() -> None:
    key = {"key_id": "1a", "name": "web", "digest": "d" * 64}

    names = [one.name for one in changes_of("keys", None, {"keys": [key]})]

    assert names == ["1a.key_id", "1a.name"]


def test_what_was_started_is_told_by_its_run() -> None:
    assert deed("launches/training", None, {"run_id": "r7"}) == Deed("training.started", ("r7",))
