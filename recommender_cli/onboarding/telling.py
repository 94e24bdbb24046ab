"""
The steps of an onboarding as they go along: told on stderr, and kept for the document at the end.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from recommender_cli.output import say

STEPS = ("looking", "readiness", "importing", "training", "answers", "key")


class Refused(Exception):  # noqa: N818 - what happened is the name
    """A step said no; what stands so far is kept."""

    def __init__(self, step: str, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.step, self.code, self.sentence = step, code, sentence


class Told:
    """What a step came to, for people."""

    def __init__(self) -> None:
        self.sentence = ""


class Telling:
    """Says each step when it ended, and how long it took."""

    def __init__(self) -> None:
        self.steps: list[dict[str, Any]] = []

    @contextmanager
    def step(self, name: str) -> Iterator[Told]:
        began, told = time.perf_counter(), Told()
        place = f"{STEPS.index(name) + 1}/{len(STEPS)} {name}"
        try:
            yield told
        except Refused as refused:
            self._keep(name, "refused", refused.sentence, began)
            say(f"{place}: refused: {refused.sentence} [{refused.code}]")
            raise
        seconds = self._keep(name, "done", told.sentence, began)
        say(f"{place}: {told.sentence} ({seconds:.1f} s)")

    def _keep(self, name: str, status: str, sentence: str, began: float) -> float:
        seconds = round(time.perf_counter() - began, 3)
        self.steps.append(
            {"step": name, "status": status, "sentence": sentence, "seconds": seconds}
        )
        return seconds
