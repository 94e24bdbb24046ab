"""
Which run holds a tenant's place for its kind: a training at a time, an import at a time.

A chain of revisions a kind, so that of two who ask at once one is told of the other. It only says
who took the place last; whether that run still goes on its record tells.
"""

from datetime import UTC, datetime
from typing import NamedTuple

from recommender_store.author import Author
from recommender_store.objects.scope import Scope

from .record import RunKind


class Held(NamedTuple):
    """Who took the place last; number 0: nobody ever did."""

    number: int = 0
    run_id: str | None = None
    taken_at: datetime = datetime.min.replace(tzinfo=UTC)


class Launches:
    """The places below one tenant's scope."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def held(self, kind: RunKind) -> Held:
        head = self._scope.chain(kind).head()
        if head is None or not head.value:
            return Held(head.number if head else 0)
        return Held(head.number, head.value["run_id"], head.written_at)

    def take(self, kind: RunKind, run_id: str, author: Author, *, after: Held) -> None:
        """
        Raises:
            RevisionConflict: where somebody else was faster.
        """
        chain = self._scope.chain(kind)
        chain.append({"run_id": run_id}, author=author, expected=after.number)
