"""By command line too users are named by their ids, and the store holds none of these."""

from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.recommender_cli.conftest import Shell, write_log
from tests.recommender_store.care.unpacked import traces

USERS = "user-0"
SETTINGS = "id: shop\nname: Shop\npseudonymize_users: true\n"


@pytest.fixture(name="hushed", scope="module")
def _hushed(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """A shop that holds no ids, imported and trained; not to be changed."""
    shell = Shell(tmp_path_factory.mktemp("hushed"))
    write_log(shell.folder / "log.csv")
    (shell.folder / "shop.yaml").write_text(SETTINGS)
    for arguments in (
        ("tenants", "create", "other"),
        ("tenants", "apply", "shop.yaml"),
        ("events", "import", "--tenant", "shop", "log.csv"),
        ("train", "--tenant", "shop"),
    ):
        said = shell.run(*arguments)
        assert said.code == 0, said.err
    return shell


def exported(shell: Shell, name: str, *arguments: str) -> list[dict[str, Any]]:
    said = shell.run("export", "--tenant", "shop", "--output", name, "--limit", "3", *arguments)
    assert said.code == 0, said.err
    found = duckdb.sql(f"FROM read_parquet('{shell.folder}/{name}/*.parquet')")
    return [dict(zip(found.columns, row, strict=True)) for row in found.fetchall()]


@pytest.mark.slow
def test_a_log_is_imported_and_trained_on_and_no_file_of_the_store_holds_an_id(
    hushed: Shell,
) -> None:
    log = (hushed.folder / "log.csv").read_text()
    assert USERS in log

    assert traces(hushed.folder / ".recommender", USERS) == []

    again = hushed.run("events", "import", "--tenant", "shop", "log.csv", "--again", "--json")
    assert (again.document["new_events"], again.document["duplicates"] > 0) == (0, True)


@pytest.mark.slow
def test_users_are_asked_for_by_their_ids(hushed: Shell) -> None:
    user = (hushed.folder / "log.csv").read_text().splitlines()[1].split(",")[0]

    known = hushed.run("recommend", "--tenant", "shop", "--user", user, "--json").document
    stranger = hushed.run("recommend", "--tenant", "shop", "--user", "nobody", "--json").document

    assert known["served_by"] == "model"
    assert known["items"] != stranger["items"]
    assert "user_unknown" in {one["code"] for one in stranger["warnings"]}
    assert "user_unknown" not in {one["code"] for one in known["warnings"]}


@pytest.mark.slow
def test_an_export_names_the_ids_it_was_given_and_else_says_pseudonyms(
    hushed: Shell, tmp_path: Path
) -> None:
    user = (hushed.folder / "log.csv").read_text().splitlines()[1].split(",")[0]
    (tmp_path / "users.txt").write_text(user)

    given = exported(hushed, "given", "--users", str(tmp_path / "users.txt"))
    every = exported(hushed, "every")

    assert {one["user_id"] for one in given} == {user}
    named = {one["user_pseudonym"] for one in every}
    assert all(one.startswith("pu_") for one in named)
    theirs = [[one["item_id"] for one in every if one["user_pseudonym"] == who] for who in named]
    assert [one["item_id"] for one in given] in theirs
