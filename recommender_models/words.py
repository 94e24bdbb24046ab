"""
What the catalog says of an item, as words that items of like descriptions share. Pure.

The same here for the trainer, which describes the whole catalog, and for the API, which describes
an item of a minute ago. A title gives its words. Of the attributes, a short text gives one word,
`name=value`, a long one its words, a list one for each of its texts, a yes or no one. Numbers and
times say how much and when, not what, and give none.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping

from recommender_store.catalog.change import RESERVED

SHORT_WORDS = 5
"""A text of more words than this is prose, not the name of something."""

_WORD = re.compile(r"\w+")


def words_of(fields: Mapping[str, object], types: Mapping[str, str]) -> Iterator[str]:
    """
    The words of one item's title and attributes, each as often as it stands there.

    Args:
        fields: as the catalog keeps them.
        types: of the attributes; times are left out by it.
    """
    for name, value in fields.items():
        if name == "title" and isinstance(value, str):
            yield from _words(value)
        elif name not in RESERVED and types.get(name) != "time":
            yield from _words_of_attribute(name, value)


def _words_of_attribute(name: str, value: object) -> Iterator[str]:
    match value:
        case bool():
            yield f"{name}={value}".lower()
        case str():
            words = _words(value)
            yield from words if len(words) > SHORT_WORDS else _named(name, words)
        case list():
            for one in value:
                yield from _named(name, _words(one))


def _named(name: str, words: list[str]) -> list[str]:
    return [f"{name}={' '.join(words)}"] if words else []


def _words(text: str) -> list[str]:
    return _WORD.findall(unicodedata.normalize("NFKC", text).casefold())
