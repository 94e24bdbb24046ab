"""
Write the answer: ranks, reasons, who answered, with which model and rules.
"""

import secrets
import time
from typing import Any

from .explanation import explained
from .pipeline import Outcome

_WRITER = secrets.token_hex(4)
UNSAMPLED = "0"
"""Last character of an id whose answer was not kept."""


def new_recommendation_id() -> str:
    """`rec_` and, in hex: time (ms), writer, chance; then whether the answer was kept."""
    at_ms = time.time_ns() // 1_000_000
    return f"rec_{at_ms:011x}{_WRITER}{secrets.token_hex(4)}{UNSAMPLED}"


def write_answer(outcome: Outcome) -> dict[str, Any]:
    """The body of `request.Recommendations`, ready to be encoded."""
    question = outcome.question
    answer: dict[str, Any] = {
        "recommendation_id": new_recommendation_id(),
        "placement": question.placement.id,
        "items": _items(outcome),
        "model": question.loaded.model,
        "served_by": outcome.served_by,
        "degraded": question.is_degraded,
        "applied_rules": list(question.plan.rule_ids),
        "experiment": None,
        "warnings": [{"code": one.code, "detail": one.detail} for one in outcome.warnings],
    }
    if question.request.explain:
        answer["explanation"] = explained(question, outcome.picked)
    return answer


def _items(outcome: Outcome) -> list[dict[str, Any]]:
    loaded, fields = outcome.question.loaded, outcome.question.request.fields
    items = []
    for rank, pick in enumerate(outcome.picked.items, start=1):
        item: dict[str, Any] = {
            "item_id": loaded.items.id(pick.row),
            "score": float(f"{pick.score:.6g}"),
            "rank": rank,
            "source": pick.source,
            "reason": pick.reason,
        }
        if fields:
            item["attributes"] = loaded.catalog.attributes(pick.row, fields)
        items.append(item)
    return items
