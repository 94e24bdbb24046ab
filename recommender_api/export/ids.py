"""
Whom an export asks about: all that a model knows, or the ids that a file names.

A model has digests in place of its users' ids: what they are called stands in the log alone.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from recommender_api.errors import RequestInvalid
from recommender_api.recommend.request import from_body
from recommender_models.protocol import NO_ROWS
from recommender_store.artifacts.known_users import KnownUsers
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
        """Those in the places from `start` up to `stop`, which may lie behind the last."""
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


class OfLog:
    """
    Users in the order of their rows. Who is in no log any more has a place, and is left out: the
    parts stay the same while the log grows and ages.
    """

    def __init__(self, users: KnownUsers, named: Iterable[list[str]]) -> None:
        texts, rows, lengths = bytearray(), [NO_ROWS], [0]
        for ids in named:
            found = users.rows(ids)
            rows.append(found[found >= 0])
            for user_id, row in zip(ids, found.tolist(), strict=True):
                if row >= 0:
                    text = user_id.encode("utf-8", "surrogatepass")
                    texts += text
                    lengths.append(len(text))
        by_place = np.concatenate(rows)
        self._places = np.full(len(users), -1, dtype=np.int64)
        self._places[by_place] = np.arange(len(by_place))
        self._starts = np.cumsum(lengths)
        self._texts = bytes(texts)

    @property
    def name(self) -> str:
        return OF_THE_MODEL

    def __len__(self) -> int:
        return len(self._places)

    def between(self, start: int, stop: int) -> Sequence[str]:
        places = self._places[start:stop]
        return [self._id(place) for place in places[places >= 0].tolist()]

    def _id(self, place: int) -> str:
        text = self._texts[self._starts[place] : self._starts[place + 1]]
        return text.decode("utf-8", "surrogatepass")


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
