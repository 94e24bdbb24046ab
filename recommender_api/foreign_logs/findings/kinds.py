"""
Findings on what happened: kinds that nothing is learned from, and those that are missed.
"""

from collections.abc import Collection

from .finding import Finding, error, note
from .measures import Measures

_LOOKS = {"view", "click"}
_WANTS = {"cart", "favorite", "purchase", "rating"}


def kind_findings(measures: Measures, learned: Collection[str]) -> list[Finding]:
    """`learned` are the kinds that a training counts."""
    if measures.events == 0:
        return []
    kinds = measures.kinds.keys()
    if not kinds & set(learned):
        said = (
            f"there are only events of {', '.join(kinds)}, and trainings learn from "
            f"{', '.join(learned)}: send these, or map what they are called in the log"
        )
        return [error("kinds_unused", said)]
    if not kinds & _WANTS:
        said = (
            f"nothing was bought, put into a cart or rated (only {', '.join(kinds)}): what people "
            "look at is all that can be learned; add purchase and cart"
        )
        return [note("kinds_missing", said)]
    if not kinds & _LOOKS and "rating" not in kinds:
        said = (
            f"nothing was looked at (only {', '.join(kinds)}): users who have not bought yet, and "
            "items that nobody has, stay unknown; add view or click"
        )
        return [note("kinds_missing", said)]
    return []
