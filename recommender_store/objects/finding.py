"""
What a look at stored objects finds: damage, or something that belongs to nothing.
"""

from collections.abc import Callable
from typing import Literal, NamedTuple

Severity = Literal["damage", "orphan"]

Examined = Callable[[str], None]
"""Told each key when it was looked at."""


class Finding(NamedTuple):
    """One sentence about one object, and what to do."""

    severity: Severity
    key: str
    sentence: str


def damage(key: str, sentence: str) -> Finding:
    return Finding("damage", key, sentence)


def orphan(key: str) -> Finding:
    sentence = "belongs to nothing and is a day old: `recommender store prune` removes it"
    return Finding("orphan", key, sentence)
