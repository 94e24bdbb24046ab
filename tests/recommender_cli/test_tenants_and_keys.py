"""Onboarding by command line."""

import pytest

from .shell import Shell


def test_a_tenant_is_made_shown_and_listed(shell: Shell) -> None:
    made = shell.run("tenants", "create", "shop", "--name", "The Shop", "--json")

    assert made.code == 0
    assert made.document["id"] == "shop"
    assert shell.run("tenants", "show", "shop", "--json").document["name"] == "The Shop"
    listed = shell.run("tenants", "list", "--json").document["tenants"]
    assert [one["id"] for one in listed] == ["shop"]


def test_the_same_tenant_twice_is_refused(shell: Shell) -> None:
    shell.run("tenants", "create", "shop")

    again = shell.run("tenants", "create", "shop")

    assert again.code == 1
    assert "[tenant_exists]" in again.err


def test_an_id_that_could_collide_is_refused_with_the_rule(shell: Shell) -> None:
    said = shell.run("tenants", "create", "Shop")

    assert said.code == 1
    assert "lower-case" in said.err
    assert "[tenant_id_invalid]" in said.err


def test_a_deleted_tenant_is_gone(shell: Shell) -> None:
    shell.run("tenants", "create", "shop")

    deleted = shell.run("tenants", "delete", "shop", "--yes", "shop")

    assert deleted.code == 0
    assert shell.run("tenants", "list", "--json").document["tenants"] == []


def test_a_key_is_shown_once_and_only_its_digest_is_kept(shell: Shell) -> None:
    shell.run("tenants", "create", "shop")
    secret = shell.run("keys", "create", "--tenant", "shop", "--json").document["secret"]

    assert secret.startswith("rk_shop_")
    assert secret not in shell.run("keys", "list", "--tenant", "shop", "--json").out
    stored = [path for path in (shell.folder / ".recommender").rglob("*") if path.is_file()]
    assert not [path for path in stored if secret.encode() in path.read_bytes()]


def test_a_revoked_key_is_listed_as_revoked(shell: Shell) -> None:
    shell.run("tenants", "create", "shop")
    key_id = shell.run("keys", "create", "--tenant", "shop", "--json").document["key_id"]

    revoked = shell.run("keys", "revoke", "--tenant", "shop", key_id)

    assert revoked.code == 0
    (listed,) = shell.run("keys", "list", "--tenant", "shop", "--json").document["keys"]
    assert listed["revoked_at"] is not None


def test_a_scope_that_does_not_exist_is_a_usage_error(shell: Shell) -> None:
    shell.run("tenants", "create", "shop")

    said = shell.run("keys", "create", "--tenant", "shop", "--scope", "root")

    assert said.code == 2
    assert "manage" in said.err


SETTINGS = """
id: shop
name: The Shop
attribute_types: {released: time}
training: {window_days: 90}
gate: {minimum_test_users: 50}
"""


def test_what_is_applied_is_shown_and_twice_changes_nothing(shell: Shell) -> None:
    (shell.folder / "shop.yaml").write_text(SETTINGS)
    shell.run("tenants", "create", "shop", "--name", "Old")
    made_at = shell.run("tenants", "show", "shop", "--json").document["created_at"]

    first = shell.run("tenants", "apply", "shop.yaml", "--json")
    second = shell.run("tenants", "apply", "shop.yaml", "--json")

    changed = {one["name"]: one["after"] for one in first.document["tenants"][0]["changes"]}
    assert changed == {
        "name": "The Shop",
        "attribute_types.released": "time",
        "training.window_days": 90,
        "gate.minimum_test_users": 50,
    }
    assert second.document["tenants"][0]["changes"] == []
    shown = shell.run("tenants", "show", "shop", "--json").document
    assert shown["training"]["window_days"] == 90
    assert shown["created_at"] == made_at


def test_a_dry_run_only_shows_the_difference(shell: Shell) -> None:
    (shell.folder / "shop.yaml").write_text(SETTINGS)
    shell.run("tenants", "create", "shop")

    said = shell.run("tenants", "apply", "shop.yaml", "--dry-run")

    assert "training.window_days: None -> 90" in said.out
    assert shell.run("tenants", "show", "shop", "--json").document["name"] == "shop"


def test_a_tenant_that_a_file_names_is_made(shell: Shell) -> None:
    (shell.folder / "both.yaml").write_text("id: shop\n---\nid: films\nname: Films\n")
    shell.run("tenants", "create", "shop")

    said = shell.run("tenants", "apply", "both.yaml")

    assert said.code == 0, said.err
    listed = shell.run("tenants", "list", "--json").document["tenants"]
    assert [(one["id"], one["name"]) for one in listed] == [("films", "Films"), ("shop", "shop")]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("id: shop\n---\nid: shop\n", "described twice"),
        ("id: shop\ntraning: {}\n", "traning"),
        ("id: shop\ngate: {confidence: 2}\n", "gate.confidence"),
        ("name: shop\n", "'id'"),
        ("id: [", "shop.yaml: line 1: this is no YAML"),
        (
            "id: shop\nrules: []\nname: Shop\nrules:\n- id: a\n",
            "shop.yaml: line 4: the key 'rules' stands here again, first on line 2: keep one",
        ),
        ("id: shop\nrevision: 7\n", "is at revision 1, the file was written for 7"),
        ("id: shop\nrevision: new\n", "whole number"),
        ("id: newcomer\n---\nid: shop\nrevision: 7\n", "is at revision 1"),
        ("id: newcomer\nrevision: 3\n", "is at revision 0"),
    ],
    ids=[
        *("twice", "unknown name", "out of range", "no id", "not YAML", "repeated key"),
        *("stale", "no revision", "stale behind a new one", "not there yet"),
    ],
)
def test_a_file_that_is_wrong_changes_nothing_and_says_where(
    shell: Shell, text: str, sentence: str
) -> None:
    (shell.folder / "shop.yaml").write_text(text)
    shell.run("tenants", "create", "shop")
    before = shell.run("tenants", "show", "shop", "--json").document

    said = shell.run("tenants", "apply", "shop.yaml")

    assert said.code == 1
    assert sentence in said.err
    assert "[tenant_file_invalid]" in said.err
    assert shell.run("tenants", "show", "shop", "--json").document == before


RECORDS = """
id: shop
name: Shöp
revision: 1
attribute_types: {price: number}
rules:
  - {id: no-cheap, kind: exclude, filter: "price < 3"}
placements:
  - {id: home, sources: [popular]}
"""


def test_what_is_shown_as_yaml_is_applied_without_a_change(shell: Shell) -> None:
    (shell.folder / "shop.yaml").write_text(RECORDS)
    shell.run("tenants", "create", "shop")
    applied = shell.run("tenants", "apply", "shop.yaml")
    assert applied.code == 0, applied.err

    shown = shell.run("tenants", "show", "shop", "--yaml")
    (shell.folder / "shown.yaml").write_text(shown.out)

    assert "no-cheap" in shown.out
    assert "revision: 2" in shown.out.splitlines()[0]
    again = shell.run("tenants", "apply", "shown.yaml", "--json").document
    assert [one["changes"] for one in again["tenants"]] == [[]]
    stale = shell.run("tenants", "apply", "shop.yaml")
    assert stale.code == 1
    assert "is at revision 2" in stale.err


@pytest.mark.parametrize("answer", ["", "\n", "SHOP\n", "y\n"])
def test_a_deletion_takes_the_id_once_more(shell: Shell, answer: str) -> None:
    shell.run("tenants", "create", "shop")

    said = shell.run("tenants", "delete", "shop", stdin=answer)

    assert said.code in (1, 130)
    assert shell.run("tenants", "show", "shop").code == 0
    assert shell.run("tenants", "delete", "shop", "--yes", "shopp").code == 1
    assert shell.run("tenants", "delete", "shop", stdin="shop\n").code == 0


def test_a_deletion_is_undone_with_its_keys(shell: Shell) -> None:
    shell.run("tenants", "create", "shop")
    shell.run("keys", "create", "--tenant", "shop")
    before = shell.run("keys", "list", "--tenant", "shop", "--json").document
    shell.run("tenants", "delete", "shop", "--yes", "shop")

    listed = shell.run("tenants", "list", "--deleted", "--json").document["tenants"]
    (shell.folder / "shop.yaml").write_text("id: shop\n")
    applied = shell.run("tenants", "apply", "shop.yaml")
    restored = shell.run("tenants", "restore", "shop", "--json")

    assert [one["id"] for one in listed] == ["shop"]
    assert "was deleted" in applied.err
    assert restored.document["id"] == "shop"
    assert shell.run("keys", "list", "--tenant", "shop", "--json").document == before
    assert "[tenant_not_deleted]" in shell.run("tenants", "restore", "shop").err


def test_a_key_is_rotated_and_both_are_listed(shell: Shell) -> None:
    shell.run("tenants", "create", "shop")
    old = shell.run(
        "keys", "create", "--tenant", "shop", "--expires", "2090-01-01", "--json"
    ).document

    new = shell.run("keys", "rotate", "--tenant", "shop", old["key_id"], "--json")

    assert new.code == 0
    assert new.document["secret"].startswith("rk_shop_")
    keys = shell.run("keys", "list", "--tenant", "shop", "--json").document["keys"]
    assert [one["key_id"] for one in keys] == [old["key_id"], new.document["key_id"]]
    assert keys[0]["expires_at"] < keys[1]["expires_at"]
    assert {one["last_used_at"] for one in keys} == {None}
    again = shell.run("keys", "rotate", "--tenant", "shop", old["key_id"])
    assert "[keys_full]" in again.err
    assert shell.run("keys", "rotate", "--tenant", "shop", "x", "--grace-hours", "-1").code == 2
