"""
The id of an answer: when it was made, by which writer of the tenant's log, whether it was kept.

`rec_`, then in hex: milliseconds since 1970 (11), writer (12), chance (8); then `1` where the
answer was written down, else `0`. Made for every answer, so that it costs well under 1 µs; who
reads one learns where in the log to look, and nothing of what was answered.
"""

import random
import re
import time
from datetime import UTC, datetime
from typing import NamedTuple

from recommender_api.errors import RecommendationIdMalformed

NOBODY = "0" * 12
"""The writer of what is never written down: previews, and answers on the command line."""
ID_LENGTH = 4 + 11 + 12 + 8 + 1
_ID = re.compile(r"rec_(?P<at_ms>[0-9a-f]{11})(?P<writer>[0-9a-f]{12})[0-9a-f]{8}(?P<kept>[01])")

_chance = random.SystemRandom().getrandbits(64)
_bits = random.Random(_chance).getrandbits  # noqa: S311 - to tell answers apart, not to keep a secret
_time_ns = time.time_ns


class RecommendationId(NamedTuple):
    """What an id tells."""

    text: str
    at: datetime
    writer: str
    is_kept: bool

    @property
    def event_id(self) -> str:
        """Of the event that holds the answer."""
        return event_id_of(self.text)


def new_id(writer: str, *, is_kept: bool) -> str:
    return f"rec_{_time_ns() // 1_000_000:011x}{writer}{_bits(32):08x}{is_kept:d}"


def event_id_of(recommendation_id: str) -> str:
    """No id that a sender would give an event of its own: whoever has the same is its twin."""
    return f"served-{recommendation_id}"


def read_id(text: str) -> RecommendationId:
    """
    Raises:
        RecommendationIdMalformed: where no answer was ever given this id.
    """
    parts = _ID.fullmatch(text)
    if parts is None:
        raise RecommendationIdMalformed(text)
    at_ms = int(parts["at_ms"], 16)
    return RecommendationId(text, moment_of(at_ms), parts["writer"], is_kept=parts["kept"] == "1")


def moment_of(at_ms: int) -> datetime:
    seconds, rest_ms = divmod(at_ms, 1000)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest_ms * 1000)
