"""
A split that somebody else made, for comparison with what is published: files in, matrices out.

Three forms are known, each plain or gzipped, ids whole numbers as published splits have them:

    train.txt, test.txt                         a user, then items, a line a user
    train.txt, test.txt                         a user, an item, perhaps a time, a line an event
    train.rating, test.rating, test.negative    leave-last-out with listed negatives (He et al.,
                                                "Neural Collaborative Filtering", WWW 2017)

Of the first two the second is meant where a user begins more than one line of either file.
"""

import gzip
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from trainers.errors import SplitMalformed

Codes = NDArray[np.int32]

ID_LIMIT = 2**31 - 1

Reader = Callable[[Path], "Events"]


class Events(NamedTuple):
    """A file's pairs in its order; times are zeros where it has none."""

    user: Codes
    item: Codes
    at_s: NDArray[np.float64]


class GivenSplit(NamedTuple):
    """Users × items of both sides, of one shape; the negatives of each test user, if listed."""

    train: sparse.csr_matrix
    test: sparse.csr_matrix
    events: Events
    """Of the training side, in order of time."""
    negatives: dict[int, Codes] | None


class Line(NamedTuple):
    """A line's words, and where it stands."""

    path: Path
    number: int
    words: list[str]

    def wrong(self, reason: str) -> SplitMalformed:
        return SplitMalformed(path=str(self.path), line=self.number, reason=reason)


def read_split(folder: Path) -> GivenSplit:
    """
    Raises:
        SplitMalformed: names the file and the line.
    """
    rated = _found(folder, "train.rating")
    train_path, test_path = (_needed(folder, name) for name in _names(is_rated=rated is not None))
    read = _pairs if rated else _form(train_path, test_path)
    train, test = read(train_path), read(test_path)
    negatives = _negatives(_needed(folder, "test.negative")) if rated else None
    listed = [train.item, test.item, *(negatives or {}).values()]
    shape = (_size(train.user, test.user), _size(*listed))
    order = np.argsort(train.at_s, kind="stable")
    events = Events(train.user[order], train.item[order], train.at_s[order])
    split = GivenSplit(_matrix(train, shape), _matrix(test, shape), events, negatives)
    if not np.intersect1d(train.user, test.user).size:
        reason = "no user of it has anything in the training file: nothing can be tested"
        raise SplitMalformed(path=str(test_path), line=None, reason=reason)
    return split


def _names(*, is_rated: bool) -> tuple[str, str]:
    return ("train.rating", "test.rating") if is_rated else ("train.txt", "test.txt")


def _found(folder: Path, name: str) -> Path | None:
    """`ml-1m.train.rating` is a `train.rating` too."""
    places = sorted({*folder.glob(f"*{name}"), *folder.glob(f"*{name}.gz")})
    return places[0] if places else None


def _needed(folder: Path, name: str) -> Path:
    path = _found(folder, name)
    if path is None:
        reason = f"there is no {name} or {name}.gz: a split is a folder with both its sides"
        raise SplitMalformed(path=str(folder), line=None, reason=reason)
    return path


def _lines(path: Path) -> Iterator[Line]:
    """Lines with anything in them."""
    number = 0
    opened = gzip.open if path.suffix == ".gz" else open
    try:
        with opened(path, "rt", encoding="utf-8") as stream:
            for number, text in enumerate(stream, start=1):
                words = text.split()
                if words:
                    yield Line(path, number, words)
    except (UnicodeDecodeError, EOFError, gzip.BadGzipFile, zlib.error) as error:
        reason = f"cannot be read from here on ({error})"
        raise SplitMalformed(path=str(path), line=number + 1, reason=reason) from error


def _form(*paths: Path) -> Reader:
    for path in paths:
        users = [line.words[0] for line in _lines(path)]
        if len(set(users)) < len(users):
            return _pairs
    return _lists


def _lists(path: Path) -> Events:
    """A line a user: the user, then any number of items."""
    users: list[int] = []
    items: list[int] = []
    for line in _lines(path):
        user, *had = (_id(line, word) for word in line.words)
        users += [user] * len(had)
        items += had
    return _events(users, items, [0.0] * len(users))


def _pairs(path: Path) -> Events:
    """A line an event: user, item, and maybe a time; a rating may stand before the time."""
    users: list[int] = []
    items: list[int] = []
    times: list[float] = []
    for line in _lines(path):
        if not 2 <= len(line.words) <= 4:
            raise line.wrong(f"has {len(line.words)} words instead of user, item and time")
        users.append(_id(line, line.words[0]))
        items.append(_id(line, line.words[1]))
        times.append(_time(line, line.words[-1]) if len(line.words) > 2 else 0.0)
    return _events(users, items, times)


def _negatives(path: Path) -> dict[int, Codes]:
    """A line a test user: `(user,item)`, then items to rank the right one among."""
    listed = {}
    for line in _lines(path):
        user = _id(line, line.words[0].strip("()").partition(",")[0])
        others = [_id(line, word) for word in line.words[1:]]
        listed[user] = np.array(others, dtype=np.int32)
    return listed


def _id(line: Line, word: str) -> int:
    if not (word.isascii() and word.isdigit()) or int(word) > ID_LIMIT:
        raise line.wrong(f"'{word[:40]}' is no id: ids are whole numbers from 0 to {ID_LIMIT}")
    return int(word)


def _time(line: Line, word: str) -> float:
    try:
        at_s = float(word)
    except ValueError as error:
        raise line.wrong(f"'{word[:40]}' is no time: times are numbers") from error
    if not np.isfinite(at_s):
        raise line.wrong(f"'{word[:40]}' is no time: times are finite")
    return at_s


def _events(users: list[int], items: list[int], times: list[float]) -> Events:
    return Events(
        np.array(users, dtype=np.int32),
        np.array(items, dtype=np.int32),
        np.array(times, dtype=np.float64),
    )


def _size(*codes: Codes) -> int:
    return max((int(one.max()) + 1 for one in codes if len(one)), default=0)


def _matrix(events: Events, shape: tuple[int, int]) -> sparse.csr_matrix:
    """One for every pair, however often it comes."""
    ones = np.ones(len(events.user), dtype=np.float32)
    matrix = sparse.coo_matrix((ones, (events.user, events.item)), shape=shape).tocsr()
    matrix.sum_duplicates()
    matrix.data[:] = 1.0
    return matrix
