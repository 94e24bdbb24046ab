"""
Titles that no two designs of a world share.

A pattern with slots and the words for the slots come in, a title goes out. The second
design that the words lead to is the sequel of the first ("…, Book 2", "… Mk 2").
"""

from collections import Counter
from collections.abc import Mapping


class Titles:
    """Hands out titles and remembers how often each was asked for."""

    def __init__(self, sequel: str) -> None:
        self._sequel = sequel
        self._asked: Counter[str] = Counter()

    def give(self, pattern: str, slots: Mapping[str, str]) -> str:
        """Return the title of the pattern with its slots filled, or its next sequel."""
        title = pattern.format_map(slots)
        self._asked[title] += 1
        number = self._asked[title]
        return title if number == 1 else self._sequel.format(title=title, number=number)
