"""Onboarding by command line."""

from .conftest import Shell


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

    deleted = shell.run("tenants", "delete", "shop", "--yes")

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
