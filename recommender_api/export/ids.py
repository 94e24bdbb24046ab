"""
Whom an export asks about: all that a model knows, or the ids that a file names.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from recommender_api.errors import RequestInvalid
from recommender_api.recommend.request import from_body
from recommender_store.artifacts.vocabulary import Vocabulary

from .errors import IdsUnreadable
from .plan import Part, Plan

OF_THE_MODEL = "model"


class Ids(Protocol):
    """Those asked about, in an order that stays."""

    @property
    def name(self) -> str:
        """The same for the same ids."""
        ...

    def __len__(self) -> int: ...

    def between(self, start: int, stop: int) -> Sequence[str]:
        """Those from `start` up to `stop`, which may lie behind the last."""
        ...


@dataclass(frozen=True, slots=True)
class OfModel:
    """In the order of their rows."""

    vocabulary: Vocabulary

    @property
    def name(self) -> str:
        return OF_THE_MODEL

    def __len__(self) -> int:
        return len(self.vocabulary)

    def between(self, start: int, stop: int) -> Sequence[str]:
        return self.vocabulary.ids(range(start, min(stop, len(self))))


@dataclass(frozen=True, slots=True)
class Listed:
    """In the order of their file, each once."""

    ids: Sequence[str]
    name: str

    def __len__(self) -> int:
        return len(self.ids)

    def between(self, start: int, stop: int) -> Sequence[str]:
        return self.ids[start:stop]


def parts(plan: Plan, ids: Ids, there: set[int]) -> Iterator[Part]:
    """The parts that are not there yet."""
    for number in range(plan.part_count):
        if number not in there:
            start = number * plan.part_size
            yield Part(number, ids.between(start, start + plan.part_size))


def listed(path: Path) -> Listed:
    """
    The ids that a file names, one a line; what stands there twice counts once.

    Raises:
        IdsUnreadable: with the number of the first line that is none.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise IdsUnreadable(str(path), error.strerror or str(error)) from error
    lines = content.removeprefix(b"\xef\xbb\xbf").removesuffix(b"\n").split(b"\n")
    ids = dict.fromkeys(
        _id(path, number, line.removesuffix(b"\r"))
        for number, line in enumerate(lines if content else [], start=1)
    )
    if not ids:
        raise IdsUnreadable(str(path), "it names nobody")
    return Listed(list(ids), f"sha256:{hashlib.sha256(content).hexdigest()}")


def _id(path: Path, number: int, line: bytes) -> str:
    try:
        text = line.decode()
        from_body({"user_id": text})  # items have ids of the same form
    except UnicodeDecodeError as error:
        raise IdsUnreadable(str(path), "it is not UTF-8", number) from error
    except RequestInvalid as error:
        wrong = "it is empty" if not line else "it is no id (1-256 characters, none of control)"
        raise IdsUnreadable(str(path), wrong, number) from error
    return text
