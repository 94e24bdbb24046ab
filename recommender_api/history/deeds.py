"""
Events as history takes them in: one by one, or in columns, where each costs a third as much.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple


class Deed(NamedTuple):
    """One event as history takes it in."""

    user_id: str | None
    session_id: str | None
    kind: str
    item_id: str
    at_ms: int
    value: float | None


class Showing(NamedTuple):
    """One impression as history takes it in: it is the user's, and without one the session's."""

    user_id: str | None
    session_id: str | None
    items: Sequence[str]
    at_ms: int


@dataclass(frozen=True, slots=True)
class Deeds:
    """Many of them, as columns of one length; iterates over the deeds themselves."""

    users: Sequence[str | None]
    sessions: Sequence[str | None]
    kinds: Sequence[str]
    items: Sequence[str]
    times_ms: Sequence[int]
    values: Sequence[float | None]

    @classmethod
    def of(cls, deeds: Iterable[Deed]) -> "Deeds":
        if isinstance(deeds, Deeds):
            return deeds
        columns = list(zip(*deeds, strict=True))
        return cls(*columns) if columns else cls((), (), (), (), (), ())

    def without(self, kinds: frozenset[str]) -> "Deeds":
        """Those of all other kinds."""
        if kinds.isdisjoint(self.kinds):
            return self
        return Deeds.of(one for one in self if one.kind not in kinds)

    def __len__(self) -> int:
        return len(self.items)

    def __iter__(self) -> Iterator[Deed]:
        return map(Deed, *self._columns())

    def _columns(self) -> tuple[Sequence[object], ...]:
        return self.users, self.sessions, self.kinds, self.items, self.times_ms, self.values
