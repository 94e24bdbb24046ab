"""
Read from an answer what became of a batch.

Pure: an answer and the number of events that were sent come in, a verdict goes out. An answer that
is not the platform's (a proxy's page, a redirect) settles nothing: the batch is sent again, which
its event ids make harmless.
"""

from __future__ import annotations

import json
import re
from enum import Enum
from typing import NamedTuple

from .errors import EventRejected
from .retry import is_retryable
from .transport import Answer

_CODE = re.compile(r"[a-z][a-z0-9_]{0,63}")


class Fate(Enum):
    """What to do with the batch now."""

    SETTLED = "settled"
    RETRY = "retry"
    SPLIT = "split"
    REFUSED = "refused"


class Verdict(NamedTuple):
    """``rejected`` names single events that were refused while the batch was taken."""

    fate: Fate
    rejected: tuple[EventRejected, ...] = ()


def judge(answer: Answer, events: int) -> Verdict:
    if 200 <= answer.status < 300:
        return _judge_success(answer, events)
    if answer.status == 413:
        return Verdict(Fate.SPLIT)
    if 400 <= answer.status < 500 and not is_retryable(answer.status):
        return Verdict(Fate.REFUSED)
    return Verdict(Fate.RETRY)


def _judge_success(answer: Answer, events: int) -> Verdict:
    try:
        body = json.loads(answer.body)
    except (ValueError, RecursionError):
        body = None
    if isinstance(body, dict) and "accepted" in body:
        return Verdict(Fate.SETTLED, _rejections(body.get("rejected"), events))
    # 202 is the platform's word even where something on the way has eaten the body.
    return Verdict(Fate.SETTLED if answer.status == 202 else Fate.RETRY)


def _rejections(listed: object, events: int) -> tuple[EventRejected, ...]:
    by_index: dict[int, EventRejected] = {}
    for entry in listed if isinstance(listed, list) else []:
        index = entry.get("index") if isinstance(entry, dict) else None
        if isinstance(index, int) and 0 <= index < events:
            by_index[index] = _rejection(entry)
    return tuple(by_index.values())


def _rejection(entry: dict[str, object]) -> EventRejected:
    code = str(entry.get("code"))
    event_id = entry.get("event_id")
    return EventRejected(
        code if _CODE.fullmatch(code) else "unknown",
        "the platform refused it; look the code up in its documentation",
        event_id if isinstance(event_id, str) else None,
    )
