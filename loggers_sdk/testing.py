"""
For tests of services that log events: a transport that keeps what it is given.

Nothing leaves the process. Hand a ``RecordingTransport`` to ``EventLogger``, flush, and look.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Mapping

from .events import Event
from .transport import Answer
from .wire import read_batch


class RecordingTransport:
    """
    Accepts every event, after the ``answers`` it was given are used up.

    An answer may be an exception, which is raised. ``events`` holds what was accepted, ``batches``
    every request, accepted or not.
    """

    def __init__(self, answers: Iterable[Answer | Exception] = ()) -> None:
        self._answers = list(answers)
        self.batches: list[list[Event]] = []
        self.events: list[Event] = []
        self.headers: list[dict[str, str]] = []

    def send(self, body: bytes, headers: Mapping[str, str]) -> Answer:
        text = gzip.decompress(body) if headers.get("Content-Encoding") == "gzip" else body
        batch = [
            Event.from_raw(raw) for raw in read_batch(json.loads(text)) if isinstance(raw, Mapping)
        ]
        self.batches.append(batch)
        self.headers.append(dict(headers))
        answer = self._answers.pop(0) if self._answers else _accept(len(batch))
        if isinstance(answer, Exception):
            raise answer
        if answer.status == 202:
            self.events.extend(batch)
        return answer

    def close(self) -> None:
        """Keep what was recorded."""


def _accept(events: int) -> Answer:
    body = {"accepted": events, "duplicates": 0, "rejected": []}
    return Answer(202, json.dumps(body).encode())
