"""
One answer as it will stand in the log: an event of the kind `served`, which only the platform
writes.

Made of the answer as it went out, after it went out. Who asked stands in the event's own fields
alone, so that whatever reads or erases a user's events finds them where all others have them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from recommender_api.tracing.ids import event_id_of, read_id

from .request import RecommendRequest

KIND = "served"
LINE_LIMIT_BYTES = 2**20
"""Of what a trace says beside its items; readers of the log take lines of up to 16 MiB."""
_TIME = "%Y-%m-%dT%H:%M:%S.%fZ"
_ASKED = set(RecommendRequest.model_fields) - {"user_id", "session_id"}
"""Who asked stands in the event's own fields."""

_encode = msgspec.json.Encoder().encode


class _Item(msgspec.Struct):
    item_id: str
    score: float
    source: str
    reason: str


class _Answer(msgspec.Struct):
    """What of an answer is kept; the attributes of items are the catalog's."""

    placement: str
    items: list[_Item]
    model: msgspec.Raw
    served_by: str
    degraded: bool
    applied_rules: list[str]
    experiment: msgspec.Raw
    warnings: msgspec.Raw
    explanation: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


_decode = msgspec.json.Decoder(_Answer).decode


@dataclass(frozen=True, slots=True)
class Answered:
    """A request, and what it was answered."""

    recommendation_id: str
    request: RecommendRequest
    rest: bytes
    """The answer, as `answer.write_answer` writes it."""
    policies_number: int | None
    """Of the decisions that rules and placements were taken from."""
    is_sampled: bool
    """By chance; else because somebody asked why."""

    @property
    def size_bytes(self) -> int:
        return len(self.rest)

    def event(self) -> Mapping[str, Any]:
        """
        Raises:
            ValueError: where it is too large to be kept.
            RecursionError: where the request is nested so deep that no line can hold it.
        """
        answer = _decode(b"{" + self.rest)
        attributes = self._attributes(answer)
        # Two brackets more than a line has around it: what can be written here can be there.
        if len(_encode([[attributes]])) > LINE_LIMIT_BYTES:
            raise ValueError("a trace of this size is not kept")
        return {
            "event_id": event_id_of(self.recommendation_id),
            "kind": KIND,
            "user_id": self.request.user_id,
            "session_id": self.request.session_id,
            "items": [item.item_id for item in answer.items],
            "occurred_at": read_id(self.recommendation_id).at.strftime(_TIME),
            "recommendation_id": self.recommendation_id,
            "placement": answer.placement,
            "attributes": attributes,
        }

    def _attributes(self, answer: _Answer) -> dict[str, Any]:
        items = answer.items
        attributes: dict[str, Any] = {
            "sampled": self.is_sampled,
            "request": self.request.model_dump(mode="json", include=_ASKED, exclude_unset=True),
            "scores": [item.score for item in items],
            "sources": [item.source for item in items],
            "reasons": [item.reason for item in items],
            "propensities": [1.0] * len(items),
            "model": answer.model,
            "served_by": answer.served_by,
            "degraded": answer.degraded,
            "applied_rules": answer.applied_rules,
            "policies": self.policies_number,
            "experiment": answer.experiment,
            "warnings": answer.warnings,
        }
        if answer.explanation is not msgspec.UNSET:
            attributes["explanation"] = answer.explanation
        return attributes
