"""
Answers that are the same for everybody, remembered for one state of a tenant.

What asks for neither a user nor a session, and holds nothing that time changes, has one answer
until the model, the catalog or the rules change: then `Loaded` is another, and remembers nothing of
the one before. Bounded in bytes; where it is full it begins anew.
"""

Question = tuple[str | bytes, ...]
"""What was asked, as it was sent; its first part tells a query from a body."""

LIMIT_BYTES = 32 * 2**20
"""A tenant, and process."""
OVERHEAD_BYTES = 300
"""Of an entry beside its question and answer."""


class Remembered:
    """Question → answer, each until a moment."""

    def __init__(self, limit_bytes: int = LIMIT_BYTES) -> None:
        self._limit_bytes = limit_bytes
        self._answers: dict[Question, tuple[float, bytes]] = {}
        self.size_bytes = 0

    def get(self, question: Question, now_s: float) -> bytes | None:
        known = self._answers.get(question)
        return known[1] if known is not None and now_s < known[0] else None

    def keep(self, question: Question, answer: bytes, until_s: float) -> None:
        """Remember an answer that holds until then."""
        self._forget(question)
        size_bytes = _size_bytes(question, answer)
        if size_bytes > self._limit_bytes:
            return
        if self.size_bytes + size_bytes > self._limit_bytes:
            self._answers.clear()
            self.size_bytes = 0
        self._answers[question] = (until_s, answer)
        self.size_bytes += size_bytes

    def _forget(self, question: Question) -> None:
        known = self._answers.pop(question, None)
        if known is not None:
            self.size_bytes -= _size_bytes(question, known[1])


def _size_bytes(question: Question, answer: bytes) -> int:
    return sum(map(len, question)) + len(answer) + OVERHEAD_BYTES
