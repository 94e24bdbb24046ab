"""
Following a tenant's orders to forget somebody; safe to kill, to repeat, and to do twice at once.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from recommender_store.artifacts.local_cache import LocalCache
from recommender_store.audit.deeds import Deed
from recommender_store.author import Author
from recommender_store.erasures.errors import ErasureUnknown
from recommender_store.erasures.receipt import NOT_COVERED, Order, Receipt, ReceiptId, State
from recommender_store.event_log.erasure import Actor
from recommender_store.tenant_space import TenantSpace

from .erase import Receipt as Told
from .erase import erase_actor


@dataclass(frozen=True)
class Followed:
    """What came of all orders of a tenant."""

    receipts: tuple[Receipt, ...]

    @property
    def is_complete(self) -> bool:
        return all(one.done for one in self.receipts)


def follow_orders(space: TenantSpace, cache: LocalCache) -> Followed:
    """Erase whoever is to be erased; what cannot be done yet stays an order."""
    receipts = tuple(_follow(space, order, cache) for order in space.erasures.orders())
    if receipts:
        space.announce("erasure")
    return Followed(receipts)


def _follow(space: TenantSpace, order: Order, cache: LocalCache) -> Receipt:
    receipt_id = ReceiptId.read(order.receipt_id)
    if receipt_id is None:
        raise ErasureUnknown(receipt_id=order.receipt_id)
    before = space.erasures.begin(receipt_id)
    told = erase_actor(space, Actor("user_id", order.user_id), cache, datetime.now(UTC))
    versions = [one.version for one in space.models.versions()]
    after = _receipt(before, told, versions)
    if after.done and not before.done:
        _note(space, order, after)
    space.erasures.save(after)
    return after


def _receipt(before: Receipt, told: Told, versions: list[str]) -> Receipt:
    """What was found by an earlier try counts too."""
    events = before.events_removed + told.log.events
    of_log: State = "erased" if events else "nothing_found"
    known = {one for one, state in before.models.items() if state == "erased"} | {*told.models}
    models: dict[str, State] = {
        one: "erased" if one in known else "nothing_found" for one in versions
    }
    places: dict[str, State] = {
        "log": of_log,
        "parquet": of_log,
        "history": of_log,
        "exports": "none_kept",
        "artifacts": "erased" if known else "nothing_found",
        "traces": of_log,
    }
    return before.model_copy(
        update={
            "done": told.is_complete,
            "done_at": datetime.now(UTC) if told.is_complete else None,
            "places": places if told.is_complete else before.places,
            "models": models,
            "events_removed": events,
            "open": told.open_ends,
            "not_covered": (
                *NOT_COVERED,
                *_of_sessions(told),
                *before.not_covered[len(NOT_COVERED) :],
            ),
        }
    )


def _of_sessions(told: Told) -> list[str]:
    count = len(told.log.sessions)
    if not count:
        return []
    return [f"what was done without the user's id in {count} of the user's sessions"]


def _note(space: TenantSpace, order: Order, receipt: Receipt) -> None:
    author = Author(order.asked_by, order.asked_from, order.request_id)
    erased = [one for one, state in receipt.models.items() if state == "erased"]
    detail = {"events": receipt.events_removed, "models": erased, "is_complete": True}
    space.audit.note(Deed("user.erased", (receipt.user,)), author, detail)
