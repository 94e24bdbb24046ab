"""
What was shown, as it lies in Redis: a string for each user, and for each session without one.

    ["shown", [item_id, …], at_ms, null]     an impression's items, sorted, each once

Lines are trimmed as those of events are, so that the newest impressions stay. Pure.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Final

import msgspec

from recommender_api.history.protocol import Showing
from recommender_api.history.shown import Shown
from recommender_store.event_log.remembered import SHOWN_PER_ACTOR

from .lines import Names

SHOWN: Final = "shown"

_Line = tuple[str, list[str], int, None]
_encode = msgspec.json.Encoder().encode
_decode_lines = msgspec.json.Decoder(_Line).decode_lines


def lines_of_shown(names: Names, showings: Iterable[Showing]) -> dict[str, bytes]:
    """Key → what is to be appended there."""
    by_key: dict[str, list[bytes]] = defaultdict(list)
    for user_id, session_id, items, at_ms in showings:
        key = names.shown_to(user_id, session_id)
        once = sorted(set(items[:SHOWN_PER_ACTOR]))
        by_key[key].append(_encode((SHOWN, once, at_ms, None)))
    return {key: b"\n".join(lines) + b"\n" for key, lines in by_key.items()}


def read_shown(packed: Iterable[bytes | None]) -> list[Shown]:
    """
    What strings say was shown, each showing of an item once, in no order.

    Raises:
        msgspec.MsgspecError: where somebody else wrote there.
    """
    return list(
        {
            (item_id, at_ms)
            for lines in packed
            for _, items, at_ms, _ in _decode_lines(lines or b"")
            for item_id in items
        }
    )
