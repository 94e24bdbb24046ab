"""
A log that somebody else made, split as papers do: a file of lines in, matrices out.

A line an event: user, item, perhaps a rating, perhaps a time, between blanks, tabs, commas or
double colons (MovieLens' `u.data`, `ratings.dat`, `ratings.csv`). Where there are times a first
line of names is passed over. Ids may be any words; ratings are not looked at, each event counts.
"""

from pathlib import Path
from typing import Literal

import numpy as np

from trainers.datasets.held_out import at_random, last_out, newest
from trainers.errors import SplitMalformed

from .given_lines import BETWEEN_WORDS, Events, lines
from .given_split import GivenSplit, split_between

By = Literal["last", "random", "time"]


def split_log(path: Path, by: By, share: float, rng: np.random.Generator) -> GivenSplit:
    """
    Args:
        path: of the file.
        by: `last`: each user's last item is foretold. `random`: a share of each user's items.
            `time`: the newest share of all events.
        share: not looked at for `last`.
        rng: for `random`.

    Raises:
        SplitMalformed: names the line, or says why the log cannot be split like this.
    """
    events = read_log(path)
    if not len(events.user):
        raise SplitMalformed(path=str(path), line=None, reason="it holds no event")
    if by != "random" and len(np.unique(events.at_s)) < 2:
        reason = "it has no times, so nothing in it is the last or the newest: split it at random"
        raise SplitMalformed(path=str(path), line=None, reason=reason)
    if by == "last":
        is_held = last_out(*events)
    elif by == "random":
        is_held = at_random(events.user, events.item, share, rng)
    else:
        is_held = newest(events.at_s, share)
    # What was learned is not asked for: by time a pair may stand on both sides.
    pairs = events.user.astype(np.int64) * (int(events.item.max()) + 1) + events.item
    is_asked = is_held & ~np.isin(pairs, pairs[~is_held])
    return split_between(events.where(~is_held), events.where(is_asked), path)


def read_log(path: Path) -> Events:
    """Ids as numbers from 0, in the order of their words."""
    users: list[str] = []
    items: list[str] = []
    times: list[float] = []
    for line in lines(path, BETWEEN_WORDS):
        count = len(line.words)
        if not 2 <= count <= 4:
            raise line.wrong(f"has {count} words instead of user, item, rating and time")
        if line.number == 1 and count > 2 and not _is_number(line.words[-1]):
            continue
        users.append(line.words[0])
        items.append(line.words[1])
        times.append(line.time(line.words[-1]) if count > 2 else 0.0)
    user, item = (
        np.unique(np.array(words, dtype=str), return_inverse=True)[1].astype(np.int32)
        for words in (users, items)
    )
    return Events(user, item, np.array(times, dtype=np.float64))


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True
