"""
Write the answer: ranks, reasons, who answered, with which model and rules.
"""

import secrets
import time
from typing import Any

import msgspec

from .explanation import explained
from .pipeline import Outcome

_encode = msgspec.json.Encoder().encode

_WRITER = secrets.token_hex(4)
UNSAMPLED = "0"
"""Last character of an id whose answer was not kept."""


def new_recommendation_id() -> str:
    """`rec_` and, in hex: time (ms), writer, chance; then whether the answer was kept."""
    at_ms = time.time_ns() // 1_000_000
    return f"rec_{at_ms:011x}{_WRITER}{secrets.token_hex(4)}{UNSAMPLED}"


def headed(rest: bytes) -> bytes:
    """An answer of its own: a new id, and the rest."""
    return b'{"recommendation_id":"%b",%b' % (new_recommendation_id().encode(), rest)


def as_document(outcome: Outcome) -> dict[str, Any]:
    """An answer of its own, read back."""
    document: dict[str, Any] = msgspec.json.decode(headed(write_answer(outcome)))
    return document


def write_answer(outcome: Outcome) -> bytes:
    """The body of `request.Recommendations`, as JSON, behind its id."""
    question = outcome.question
    answer = {
        "placement": question.placement.id,
        "items": msgspec.Raw(_items(outcome)),
        "model": question.loaded.model,
        "served_by": outcome.served_by,
        "degraded": question.is_degraded,
        "applied_rules": list(question.plan.rule_ids),
        "experiment": None,
        "warnings": [{"code": one.code, "detail": one.detail} for one in outcome.warnings],
    }
    if question.request.explain:
        answer["explanation"] = explained(question, outcome.picked)
    return _encode(answer)[1:]


def _items(outcome: Outcome) -> bytes:
    """A list of `request.Recommended`: written by hand, since it is most of what is written."""
    loaded, fields = outcome.question.loaded, outcome.question.request.fields
    quoted, origins, items = loaded.items.quoted, _Origins(), []
    for rank, (row, score, source, reason) in enumerate(outcome.picked.items, start=1):
        attributes = ""
        if fields:
            told = _encode(loaded.catalog.attributes(row, fields)).decode()
            attributes = f',"attributes":{told}'
        items.append(
            f'{{"item_id":{quoted(row)},"score":{score:.6g},"rank":{rank},'
            f"{origins[source, reason]}{attributes}}}"
        )
    return f"[{','.join(items)}]".encode()


class _Origins(dict[tuple[str, str], str]):
    """Source and reason → how an item names them."""

    def __missing__(self, origin: tuple[str, str]) -> str:
        source, reason = origin
        told = _encode({"source": source, "reason": reason})[1:-1].decode()
        self[origin] = told
        return told
