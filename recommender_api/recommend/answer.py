"""
Write the answer: ranks, reasons, who answered, with which model and rules.
"""

from typing import Any, NamedTuple

import msgspec

from recommender_api.tracing.ids import NOBODY, new_id
from recommender_store.policies.experiment import Assigned

from .explanation import explained
from .pipeline import Outcome
from .why_not import why_not

_encode = msgspec.json.Encoder().encode


class Answer(NamedTuple):
    """What is sent, and what the metrics tell of it."""

    body: bytes
    tier: str
    kept_as: str | None = None
    """The id of an answer that was written down, and so can be looked up."""


def headed(recommendation_id: str, rest: bytes) -> bytes:
    """An answer of its own: its id, and the rest."""
    return b'{"recommendation_id":"%b",%b' % (recommendation_id.encode(), rest)


def as_document(outcome: Outcome) -> dict[str, Any]:
    """An answer of its own, which nobody writes down, read back."""
    answer = headed(new_id(NOBODY, is_kept=False), write_answer(outcome))
    document: dict[str, Any] = msgspec.json.decode(answer)
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
        "experiment": _experiment(question.plan.assigned),
        "warnings": [{"code": one.code, "detail": one.detail} for one in outcome.warnings],
    }
    if question.request.explain:
        answer["explanation"] = told = explained(question, outcome.picked)
        if question.request.why_not:
            told["why_not"] = why_not(question, outcome.picked, question.request.why_not)
    return _encode(answer)[1:]


def _experiment(assigned: Assigned | None) -> dict[str, str] | None:
    return None if assigned is None else dict(zip(("name", "variant"), assigned.names, strict=True))


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
