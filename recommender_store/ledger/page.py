"""
One page of the ledger: what one replica counted of one tenant's events on one UTC day of receipt.

A page holds totals, never differences, and only its replica writes it: written twice or late, it
says the same. How many events were *accepted* is counted here as it was answered; how many there
are, the log alone says.
"""

from collections.abc import Sequence

import msgspec
from msgspec import UNSET, Struct, UnsetType

from recommender_store.errors import RecordUnreadable
from recommender_store.objects.digest import record_digest

FORMAT_VERSION = 1


class Report(Struct, array_like=True, frozen=True, kw_only=True):
    """
    What a logger SDK had counted when it sent a request; see `loggers_sdk.wire.SdkReport`.

    The events of that very request are among `spooled`, `pending` or nowhere (a dead process's).
    """

    sequence: int = 0
    offered: int = 0
    delivered: int = 0
    spooled: int = 0
    pending: int = 0
    dropped: int = 0
    rejected: int = 0
    adopted: int = 0


class Answered(Struct, array_like=True):
    """Events by what was answered of them."""

    accepted: int = 0
    duplicates: int = 0
    rejected: int = 0

    @property
    def total(self) -> int:
        return self.accepted + self.duplicates + self.rejected


def sum_of(parts: Sequence[Answered]) -> Answered:
    return Answered(
        sum(one.accepted for one in parts),
        sum(one.duplicates for one in parts),
        sum(one.rejected for one in parts),
    )


class Session(Struct, kw_only=True):
    """One SDK session's day, as far as this replica heard of it."""

    sdk: str
    first: Report
    """The earliest of the day: where an earlier day is not known, counting begins here."""
    newest: Report
    heard_at_s: float
    """Since 1970."""
    answered: Answered
    last: Answered
    """What of `answered` belongs to the request that brought `newest`."""


class Page(Struct, kw_only=True, forbid_unknown_fields=True):
    """The totals of one replica and day."""

    replica: str
    day: str
    """UTC, `YYYY-MM-DD`."""
    version: int = FORMAT_VERSION
    written_at_s: float = 0.0
    is_closed: bool = False
    """Its replica said goodbye, or the day is over: no count is missing here."""
    sessions: dict[str, Session] = {}
    others: Answered = msgspec.field(default_factory=Answered)
    """Of requests without a report that could be read."""
    crowd: Answered = msgspec.field(default_factory=Answered)
    """Of sessions beyond the number that is kept apart; what these were offered is not known."""
    crowd_requests: int = 0
    rejected_by_code: dict[str, int] = {}
    refused_batches: dict[str, int] = {}
    """Requests that could not be read as a whole, by code: how many events, nobody knows."""
    served: int | UnsetType = UNSET
    """Answers that the platform wrote down itself: in the log, and sent by nobody. Left out by
    older versions, and of no day without."""
    unacknowledged: int = 0
    """Events whose write failed: the sender was told to send them again; the log may hold them."""
    sha256: str | None = None
    """Of the page without this field; older pages have none."""

    @property
    def served_count(self) -> int:
        return 0 if self.served is UNSET else self.served

    @property
    def answered(self) -> Answered:
        """Of all senders."""
        sessions = [session.answered for session in self.sessions.values()]
        return sum_of([self.others, self.crowd, *sessions])


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Page).decode


def encode_page(page: Page) -> bytes:
    return _encode(msgspec.structs.replace(page, sha256=record_digest(page)))


def decode_page(key: str, data: bytes) -> Page:
    """
    Raises:
        RecordUnreadable: where it is damaged, or a newer version of this code wrote it.
    """
    try:
        page = _decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise RecordUnreadable(key=key, reason=str(error)) from error
    if page.sha256 not in (None, record_digest(page)):
        raise RecordUnreadable(key=key, reason="its bytes were changed")
    return msgspec.structs.replace(page, sha256=None)
