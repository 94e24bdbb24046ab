"""
One tenant's orders and receipts: an object each, so that all tombstones are one listing.
"""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from pydantic import ValidationError

from recommender_store.author import Author
from recommender_store.errors import ObjectMissing, RecordUnreadable
from recommender_store.objects.scope import Scope

from .errors import ErasureUnknown
from .receipt import Order, Receipt, ReceiptId

_ORDERS, _RECEIPTS = "orders", "receipts"


class Standing(NamedTuple):
    """Who was erased, by digest."""

    waiting: set[str]
    """Whose erasure goes on."""
    tombstones: dict[str, int]
    """Each → the newest time (ms)."""


class Erasures:
    """The erasures below one tenant's scope."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def ask(self, receipt_id: ReceiptId, user_id: str, author: Author) -> Receipt:
        """Durable when it returns: whoever looks for orders goes on with it from here on."""
        order = Order(
            receipt_id=str(receipt_id),
            user_id=user_id,
            asked_by=author.by,
            asked_from=author.origin,
            request_id=author.request_id,
        )
        # The order first: without a receipt one is made by whoever follows it.
        self._scope.put(_key(_ORDERS, receipt_id), order.model_dump_json().encode())
        return self.begin(receipt_id)

    def begin(self, receipt_id: ReceiptId) -> Receipt:
        """The receipt, made where there is none."""
        receipt = Receipt.begun(receipt_id)
        key = _key(_RECEIPTS, receipt_id)
        if self._scope.put_if_absent(key, receipt.model_dump_json().encode()):
            return receipt
        return self.find(str(receipt_id))

    def find(self, text: str) -> Receipt:
        """
        Raises:
            ErasureUnknown, RecordUnreadable.
        """
        receipt_id = ReceiptId.read(text)
        if receipt_id is None:
            raise ErasureUnknown(receipt_id=text)
        key = _key(_RECEIPTS, receipt_id)
        try:
            return Receipt.model_validate_json(self._scope.get(key))
        except ObjectMissing as error:
            raise ErasureUnknown(receipt_id=text) from error
        except ValidationError as error:
            raise RecordUnreadable(key=key, reason=str(error.errors()[0]["msg"])) from error

    def save(self, receipt: Receipt) -> None:
        """Replace the receipt; one that is done ends its order, and the user's id goes with it."""
        receipt_id = ReceiptId.read(receipt.id)
        if receipt_id is None:
            raise ErasureUnknown(receipt_id=receipt.id)
        self._scope.put(_key(_RECEIPTS, receipt_id), receipt.model_dump_json().encode())
        if receipt.done:
            self._scope.delete(_key(_ORDERS, receipt_id))

    def orders(self) -> Iterator[Order]:
        """What is not done yet, the oldest first."""
        for receipt_id in self._ids(_ORDERS):
            key = _key(_ORDERS, receipt_id)
            try:
                yield Order.model_validate_json(self._scope.get(key))
            except ObjectMissing:
                continue  # another process was faster
            except ValidationError as error:
                raise RecordUnreadable(key=key, reason=str(error.errors()[0]["msg"])) from error

    def waiting(self) -> set[str]:
        """The digests of users whose erasure goes on."""
        return {one.user for one in self._ids(_ORDERS)}

    def hidden_before(self, users: AbstractSet[str]) -> int | None:
        """Until when (ms) nothing of a user, by digests, is told: while the erasure goes on."""
        waiting = [one.at_ms for one in self._ids(_ORDERS) if one.user in users]
        return max(waiting, default=None)

    def standing(self) -> Standing:
        """Of all erasures, those that go on too."""
        orders = [*self._ids(_ORDERS)]
        every = sorted((*self._ids(_RECEIPTS), *orders))
        return Standing({one.user for one in orders}, {one.user: one.at_ms for one in every})

    def _ids(self, kind: str) -> Iterator[ReceiptId]:
        for info in self._scope.list(kind):
            receipt_id = ReceiptId.read(info.key.rpartition("/")[2].removesuffix(".json"))
            if receipt_id is not None:
                yield receipt_id


def _key(kind: str, receipt_id: ReceiptId) -> str:
    return f"{kind}/{receipt_id}.json"
