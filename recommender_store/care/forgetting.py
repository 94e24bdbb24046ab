"""
Following a tenant's orders to forget somebody; safe to kill, to repeat, and to do twice at once.
"""

from collections.abc import Mapping
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

SETTLE_S = 2.0
"""From an order to when it may be followed: by then every replica refuses what the user did before,
and wrote what it had taken in."""


@dataclass(frozen=True)
class Followed:
    """What came of all orders of a tenant."""

    receipts: tuple[Receipt, ...]
    sessions: Mapping[str, tuple[str, ...]]
    """By receipt: sessions that stood in the user's events; told once, and written down nowhere."""

    @property
    def is_complete(self) -> bool:
        return all(one.done for one in self.receipts)


def order(space: TenantSpace, user_id: str, author: Author) -> Receipt:
    """
    Have a user erased: from now on nothing that they did before is told, or comes in.

    Follow it after `SETTLE_S`; whoever looks for orders does, should this process end before.
    """
    held_as = space.held_as(user_id)
    receipt_id = ReceiptId.of(space.digest_of("user", held_as), datetime.now(UTC))
    receipt = space.erasures.ask(receipt_id, held_as, author)
    space.announce("erasure")
    return receipt


def follow_orders(space: TenantSpace, cache: LocalCache) -> Followed:
    """Erase whoever is to be erased; what cannot be done yet stays an order."""
    receipts, sessions = [], {}
    for one in space.erasures.orders():
        receipt, told = _follow(space, one, cache)
        receipts.append(receipt)
        sessions[receipt.id] = told.log.sessions
    if receipts:
        space.announce("erasure")
    return Followed(tuple(receipts), sessions)


def _follow(space: TenantSpace, asked: Order, cache: LocalCache) -> tuple[Receipt, Told]:
    receipt_id = ReceiptId.read(asked.receipt_id)
    if receipt_id is None:
        raise ErasureUnknown(receipt_id=asked.receipt_id)
    before = space.erasures.begin(receipt_id)
    told = erase_actor(space, Actor("user_id", asked.user_id), cache, datetime.now(UTC))
    versions = [one.version for one in space.models.versions()]
    after = _receipt(before, told, versions)
    if after.done and not before.done:
        _note(space, asked, after)
    space.erasures.save(after)
    return after, told


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


def _note(space: TenantSpace, asked: Order, receipt: Receipt) -> None:
    author = Author(asked.asked_by, asked.asked_from, asked.request_id)
    erased = [one for one, state in receipt.models.items() if state == "erased"]
    detail = {"events": receipt.events_removed, "models": erased, "is_complete": True}
    space.audit.note(Deed("user.erased", (receipt.user,)), author, detail)
