"""The command line as a person uses it: a child process in a folder of its own."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.programs import clean_environment, forked, started


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
    """
    Runs `recommender` in a folder of its own, with nothing set.

    Each verb is a process; `cold` ones import all they need, the others find it imported.
    """

    folder: Path
    is_cold: bool = False

    @property
    def cold(self) -> "Shell":
        return Shell(self.folder, is_cold=True)

    def run(self, *arguments: object, stdin: str = "", **environment: str) -> Said:
        run = started if self.is_cold else forked
        done = run(
            "recommender_cli",
            [*map(str, arguments)],
            self.folder,
            clean_environment() | environment,
            stdin,
        )
        return Said(done.returncode, done.stdout, done.stderr)
