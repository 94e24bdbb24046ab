"""
The command line in this process: what many small cases can afford.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from recommender_cli import output
from recommender_cli.command import main

from .shell import Said


class Terminal:
    """Runs verbs in a folder of their own, with a tenant `shop`."""

    def __init__(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.folder = folder
        self._monkeypatch = monkeypatch
        self._capsys = capsys
        for name in [name for name in os.environ if name.startswith("RECOMMENDER_")]:
            monkeypatch.delenv(name)
        for console in (output.out, output.err):  # made once, whatever COLUMNS said then
            monkeypatch.setattr(console, "width", 400)
        monkeypatch.chdir(folder)

    def run(self, *arguments: object) -> Said:
        self._monkeypatch.setattr("sys.argv", ["recommender", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        said = self._capsys.readouterr()
        return Said(int(ended.value.code or 0), said.out, said.err)

    def write(self, name: str, content: str | bytes) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def imported(self, *arguments: object) -> Said:
        return self.run("events", "import", "--tenant", "shop", *arguments)

    def rejects(self, name: str) -> list[dict[str, Any]]:
        lines = (self.folder / f"{name}.rejects.jsonl").read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines]


@pytest.fixture(name="terminal")
def _terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Terminal]:
    terminal = Terminal(tmp_path, monkeypatch, capsys)
    assert terminal.run("tenants", "create", "shop").code == 0
    yield terminal
    structlog.reset_defaults()
