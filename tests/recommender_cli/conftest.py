"""
The command line as a person uses it: a child process in an empty folder.
"""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest


@dataclass(frozen=True)
class Said:
    """What a verb said, and how it ended."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        return json.loads(self.out)


@dataclass(frozen=True)
class Shell:
    """Runs `recommender` in a folder of its own, with nothing set."""

    folder: Path

    def run(self, *arguments: object, stdin: str = "", **environment: str) -> Said:
        clean = {
            name: value for name, value in os.environ.items() if not name.startswith("RECOMMENDER_")
        }
        done = subprocess.run(
            [sys.executable, "-m", "recommender_cli", *map(str, arguments)],
            cwd=self.folder,
            env={**clean, **environment, "COLUMNS": "200"},
            input=stdin,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return Said(done.returncode, done.stdout, done.stderr)


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
        said = shell.run(*arguments)
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
