"""
Answers that are the same until something changes, remembered for one state of a tenant.

An answer is worked out from what was asked, what is known of who asks, and the tenant's model,
catalog and rules. Where the last change, `Loaded` is another, and remembers nothing of the one
before; the first two are what an answer is remembered by. Bounded in bytes, in two generations:
whatever is asked for again belongs to the young one, and when that is full the old one is forgotten
as a whole.
"""

Question = tuple[str | bytes, ...]
"""
What was asked, as it was sent, its first part telling a query from a body; then what is known of
who asks.
"""

LIMIT_BYTES = 32 * 2**20
"""A tenant, and process."""
OVERHEAD_BYTES = 300
"""Of an entry beside its question and answer."""

_Kept = tuple[float, bytes]


class Remembered:
    """Question → answer, each until a moment."""

    def __init__(self, limit_bytes: int = LIMIT_BYTES) -> None:
        self._limit_bytes = limit_bytes // 2
        """Of a generation."""
        self._young: dict[Question, _Kept] = {}
        self._old: dict[Question, _Kept] = {}
        self._young_bytes = self._old_bytes = 0

    @property
    def size_bytes(self) -> int:
        return self._young_bytes + self._old_bytes

    def get(self, question: Question, now_s: float) -> bytes | None:
        known = self._young.get(question) or self._grown_young(question)
        return known[1] if known is not None and now_s < known[0] else None

    def keep(self, question: Question, answer: bytes, until_s: float) -> None:
        """Remember an answer that holds until then."""
        self._add(question, (until_s, answer))

    def _grown_young(self, question: Question) -> _Kept | None:
        known = self._old.pop(question, None)
        if known is not None:
            self._old_bytes -= _size_bytes(question, known[1])
            self._add(question, known)
        return known

    def _add(self, question: Question, kept: _Kept) -> None:
        before = self._young.pop(question, None)
        if before is not None:
            self._young_bytes -= _size_bytes(question, before[1])
        size_bytes = _size_bytes(question, kept[1])
        if size_bytes > self._limit_bytes:
            return
        if self._young_bytes + size_bytes > self._limit_bytes:
            self._young, self._old = {}, self._young
            self._young_bytes, self._old_bytes = 0, self._young_bytes
        self._young[question] = kept
        self._young_bytes += size_bytes


def _size_bytes(question: Question, answer: bytes) -> int:
    return sum(map(len, question)) + len(answer) + OVERHEAD_BYTES
