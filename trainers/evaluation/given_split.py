"""
A split that somebody else made, for comparison with what is published: files in, matrices out.

Three forms are known, each plain or gzipped, ids whole numbers as published splits have them:

    train.txt, test.txt                         a user, then items, a line a user
    train.txt, test.txt                         a user, an item, perhaps a time, a line an event
    train.rating, test.rating, test.negative    leave-last-out with listed negatives (He et al.,
                                                "Neural Collaborative Filtering", WWW 2017)

Of the first two the second is meant where a user begins more than one line of either file.
"""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy import sparse

from trainers.errors import SplitMalformed

from .given_lines import Codes, Events, Line, lines

Reader = Callable[[Path], Events]


class GivenSplit(NamedTuple):
    """Users × items of both sides, of one shape; the negatives of each test user, if listed."""

    train: sparse.csr_matrix
    test: sparse.csr_matrix
    events: Events
    """Of the training side, in order of time."""
    negatives: dict[int, Codes] | None


def read_split(folder: Path) -> GivenSplit:
    """
    Raises:
        SplitMalformed: names the file and the line.
    """
    rated = _found(folder, "train.rating")
    train_path, test_path = (_needed(folder, name) for name in _names(is_rated=rated is not None))
    read = _pairs if rated else _form(train_path, test_path)
    train, test = read(train_path), read(test_path)
    negatives = _negatives(_needed(folder, "test.negative"), test) if rated else None
    return split_between(train, test, test_path, negatives)


def split_between(
    train: Events, test: Events, path: Path, negatives: dict[int, Codes] | None = None
) -> GivenSplit:
    """
    Both sides as matrices of one shape; `path` is where the test side stands.

    Raises:
        SplitMalformed: where no user stands on both sides.
    """
    listed = [train.item, test.item, *(negatives or {}).values()]
    shape = (_size(train.user, test.user), _size(*listed))
    if not np.intersect1d(train.user, test.user).size:
        reason = "no user has anything on both sides, train and test: nothing can be tested"
        raise SplitMalformed(path=str(path), line=None, reason=reason)
    in_order = train.where(np.argsort(train.at_s, kind="stable"))
    return GivenSplit(_matrix(train, shape), _matrix(test, shape), in_order, negatives)


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


def _form(*paths: Path) -> Reader:
    for path in paths:
        users = [line.words[0] for line in lines(path)]
        if len(set(users)) < len(users):
            return _pairs
    return _lists


def _lists(path: Path) -> Events:
    """A line a user: the user, then any number of items."""
    users: list[int] = []
    items: list[int] = []
    for line in lines(path):
        user, *had = (line.id(word) for word in line.words)
        users += [user] * len(had)
        items += had
    return _events(users, items, [0.0] * len(users))


def _pairs(path: Path) -> Events:
    """A line an event: user, item, and maybe a time; a rating may stand before the time."""
    users: list[int] = []
    items: list[int] = []
    times: list[float] = []
    for line in lines(path):
        if not 2 <= len(line.words) <= 4:
            raise line.wrong(f"has {len(line.words)} words instead of user, item and time")
        users.append(line.id(line.words[0]))
        items.append(line.id(line.words[1]))
        times.append(line.time(line.words[-1]) if len(line.words) > 2 else 0.0)
    return _events(users, items, times)


def _negatives(path: Path, test: Events) -> dict[int, Codes]:
    """
    A line a test user: `(user,item)`, then items to rank the right one among.

    A user without a line would be asked to rank the right item among nothing, and always win.
    """
    right = set(zip(test.user.tolist(), test.item.tolist(), strict=True))
    listed: dict[int, Codes] = {}
    for line in lines(path):
        user, item = (line.id(word) for word in _pair(line))
        if (user, item) not in right:
            raise line.wrong(f"item {item} is not what the test file holds of user {user}")
        if len(line.words) == 1:
            raise line.wrong(f"lists nothing to rank item {item} among")
        others = [line.id(word) for word in line.words[1:]]
        listed[user] = np.array(others, dtype=np.int32)
    missing = sorted({user for user, _ in right} - set(listed))
    if missing:
        reason = f"lists nothing for {len(missing)} users of the test file, such as {missing[0]}"
        raise SplitMalformed(path=str(path), line=None, reason=reason)
    return listed


def _pair(line: Line) -> tuple[str, str]:
    user, comma, item = line.words[0].removeprefix("(").removesuffix(")").partition(",")
    if not comma:
        raise line.wrong(f"'{line.words[0][:40]}' is no pair: a line begins with (user,item)")
    return user, item


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
