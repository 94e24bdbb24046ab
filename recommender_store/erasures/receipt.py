"""
What is kept of an erasure: the order, until it was followed, and the receipt, which stays.

Only the order holds the user's id; a receipt holds the tenant's keyed digest.
"""

import re
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import override

State = Literal["waiting", "erased", "nothing_found", "none_kept"]
PLACES = ("log", "parquet", "history", "exports", "artifacts", "traces")
_WAITING: dict[str, State] = dict.fromkeys(PLACES, "waiting")
NOT_COVERED = (
    "what the models learned of items from everybody together: it changes with the next training",
    "other users' events that mention the id in a text or in attributes",
    "what the tenant's own services still hold of the user",
    "exports, which lie outside the store, reports of imports, and backups of the store",
)
_ID = re.compile(r"era-(?P<at_ms>[0-9]{13})-(?P<user>[0-9a-f]{64})")
_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
_MILLISECOND = timedelta(milliseconds=1)


class ReceiptId(NamedTuple):
    """A receipt is its user's tombstone: its id says who was erased, and as of when."""

    at_ms: int
    user: str
    """The tenant's keyed digest."""

    @override
    def __str__(self) -> str:
        return f"era-{self.at_ms:013d}-{self.user}"

    @classmethod
    def read(cls, text: str) -> "ReceiptId | None":
        """None for what was never one."""
        found = _ID.fullmatch(text)
        return None if found is None else cls(int(found["at_ms"]), found["user"])

    @classmethod
    def of(cls, user: str, now: datetime) -> "ReceiptId":
        return cls((now - _EPOCH) // _MILLISECOND, user)

    @property
    def at(self) -> datetime:
        return _EPOCH + self.at_ms * _MILLISECOND


class Order(BaseModel):
    """Who is to be erased, and who said so."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    receipt_id: str
    user_id: str
    asked_by: str
    asked_from: str
    request_id: str = ""


class Receipt(BaseModel):
    """How far an erasure has come."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    user: str
    """The tenant's keyed digest."""
    asked_at: datetime
    done: bool = False
    done_at: datetime | None = None
    places: dict[str, State] = Field(default_factory=lambda: {**_WAITING})
    models: dict[str, State] = Field(default_factory=dict)
    """Every retained artifact by its version."""
    events_removed: int = 0
    open: tuple[str, ...] = ()
    """What the erasure waits for; it is tried again."""
    not_covered: tuple[str, ...] = NOT_COVERED

    @classmethod
    def begun(cls, receipt_id: ReceiptId) -> "Receipt":
        return cls(id=str(receipt_id), user=receipt_id.user, asked_at=receipt_id.at)
