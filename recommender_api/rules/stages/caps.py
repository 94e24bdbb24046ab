"""
What somebody was shown so often lately that it is not shown again.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from recommender_api.rules.expression.compile import Filter

Shown = tuple[str, int]
"""An item's id, and when it was shown (ms)."""


@dataclass(frozen=True, eq=False)
class Ceiling:
    """One `cap`."""

    rule_id: str
    when: Filter | None
    times: int
    period_ms: int

    def reached_by(self, shown: Iterable[Shown], now_ms: int) -> list[str]:
        """The items that were shown that often within the period before now."""
        since_ms = now_ms - self.period_ms
        counts = Counter(item_id for item_id, at_ms in shown if since_ms < at_ms <= now_ms)
        return [item_id for item_id, count in counts.items() if count >= self.times]


def worn_out(ceilings: Sequence[Ceiling], shown: Sequence[Shown], now_s: float) -> dict[str, str]:
    """Item → the first rule that keeps it out."""
    now_ms = int(now_s * 1000)
    found: dict[str, str] = {}
    for ceiling in reversed(ceilings):
        found |= dict.fromkeys(ceiling.reached_by(shown, now_ms), ceiling.rule_id)
    return found
