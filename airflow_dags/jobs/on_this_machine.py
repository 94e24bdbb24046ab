"""
A job as a process of the worker's machine: for a laptop, for tests, for one large machine.
"""

import json
import os
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from airflow.sdk import BaseOperator

from airflow_dags.commands import Order, Tells
from airflow_dags.commands import environment as told_of
from airflow_dags.jobs.ending import SAYS, end
from airflow_dags.jobs.process import Process


class LocalJob(BaseOperator):
    """The command that `command` makes of the order, run here."""

    template_fields: Sequence[str] = ("order",)

    def __init__(
        self,
        *,
        command: Callable[[Order], list[str]],
        order: Any,
        program: Sequence[str],
        tells: Tells,
        **task: Any,
    ) -> None:
        super().__init__(**task)
        self.command, self.order = command, order
        self.program, self.tells = tuple(program), tells != "nothing"
        self._process: Process | None = None

    def execute(self, context: Any) -> Any:
        with tempfile.TemporaryDirectory() as folder:
            told = Path(folder) / "told.json"
            words = [*self.program, *self.command(self.order)]
            words += [f"--output={told}"] if self.tells else []
            # Airflow's own settings hold its database's password.
            environment = {
                name: one for name, one in os.environ.items() if not name.startswith("AIRFLOW")
            }
            self._process = Process(words, environment | told_of(self.order))
            code = self._process.follow(lambda line: self.log.info("%s%s", SAYS, line))
            end(context, code, self._process.said)
            return json.loads(told.read_text(encoding="utf-8")) if self.tells else None

    def on_kill(self) -> None:
        if self._process is not None:
            self._process.end()
