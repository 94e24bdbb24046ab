"""A store whose writes go wrong in ways that a network knows, one planned outcome a write."""

from enum import Enum, auto

from recommender_store.errors import StoreUnavailable
from recommender_store.objects.protocol import ObjectStore
from recommender_store.objects.scope import Scope


class Outcome(Enum):
    """How one put_if_absent ends."""

    FINE = auto()
    LOST = auto()  # nothing lands, an error comes back
    LANDS_WITH_ERROR = auto()  # the write lands, an error comes back
    LANDS_AS_LATE = auto()  # the write lands, a retry inside then says that the key exists
    SAYS_LATE = auto()  # nothing lies there, and yet the key is said to exist


class UnreliableObjects(Scope):
    """All of another store; when the plan is used up, every write is fine."""

    def __init__(self, objects: ObjectStore, plan: list[Outcome]) -> None:
        super().__init__(objects)
        self.plan = list(plan)

    def put_if_absent(self, key: str, data: bytes) -> bool:
        outcome = self.plan.pop(0) if self.plan else Outcome.FINE
        written = False
        if outcome not in (Outcome.LOST, Outcome.SAYS_LATE):
            written = super().put_if_absent(key, data)
        if outcome in (Outcome.LOST, Outcome.LANDS_WITH_ERROR):
            raise StoreUnavailable(action=f"write '{key}'", reason="connection reset")
        return written if outcome is Outcome.FINE else False
