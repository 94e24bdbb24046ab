"""A folder to run verbs in, and one with a shop in it."""

from pathlib import Path

import pytest

from tests.recommender_cli.shell import Shell


@pytest.fixture(name="shell")
def _shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


@pytest.fixture(name="shop", scope="session")
def _shop(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """A shop that was onboarded, imported and trained, all by command line; not to be changed."""
    shell = Shell(tmp_path_factory.mktemp("shop"))
    write_log(shell.folder / "log.csv")
    for arguments in (
        ("tenants", "create", "shop"),
        ("events", "import", "--tenant", "shop", "log.csv"),
        ("train", "--tenant", "shop"),
    ):
        said = shell.cold.run(*arguments)
        assert said.code == 0, said.err
    return shell


def write_log(path: Path) -> None:
    """A long-tailed log as CSV, in plain columns."""
    from tests.worlds.long_tail import long_tail

    world = long_tail(users=300, items=120, events=12_000, seed=3)
    rows = ["user_id,item_id,timestamp,event"]
    rows += [
        f"{one.user_id},{one.item_id},{one.occurred_at.isoformat()},view"
        for one in world.interactions
    ]
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
