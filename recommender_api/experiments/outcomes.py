"""
What came of an experiment's answers: of those written down, by variant.

The platform writes a sample of its answers into the log (events of the kind `served`), drawn by
chance; clicks and purchases count where their events carry the `recommendation_id` of one of those.
Answers that were written down since somebody asked why are left out: chance did not draw them.
"""

from contextlib import suppress
from datetime import datetime
from typing import Final, NamedTuple

from recommender_store.event_log.errors import LogMoved
from recommender_store.event_log.reader import LogState
from recommender_store.tenant_space import TenantSpace

from .intervals import Clustered

_TRIES: Final = 3
MEMORY_LIMIT: Final = "512MB"

_BY_VARIANT: Final = """
WITH answered AS (
    SELECT recommendation_id, json_extract_string(attributes, '$.experiment.variant') AS variant,
           coalesce('user ' || user_id, 'session ' || session_id) AS unit
    FROM events
    WHERE kind = 'served' AND occurred_at >= $since AND occurred_at < $until
      AND json_extract_string(attributes, '$.experiment.name') = $experiment
      AND json_extract_string(attributes, '$.sampled') = 'true'
), followed AS (
    SELECT recommendation_id, count(*) FILTER (kind = 'impression') > 0 AS shown,
           count(*) FILTER (kind = 'click') > 0 AS clicked,
           count(*) FILTER (kind = 'purchase') > 0 AS converted
    FROM events SEMI JOIN answered USING (recommendation_id)
    WHERE kind IN ('impression', 'click', 'purchase')
    GROUP BY recommendation_id
), units AS (
    SELECT variant, unit, count(*) AS n, count(*) FILTER (shown) AS shown,
           count(*) FILTER (clicked) AS clicked, count(*) FILTER (converted) AS converted
    FROM answered LEFT JOIN followed USING (recommendation_id)
    GROUP BY variant, unit
)
SELECT variant, count(*), sum(n), sum(n * n), sum(shown),
       sum(clicked), sum(clicked * clicked), sum(clicked * n),
       sum(converted), sum(converted * converted), sum(converted * n)
FROM units GROUP BY variant
"""


class Outcome(NamedTuple):
    """Of one variant."""

    units: int = 0
    """Users, or sessions without one, that the answers went to."""
    answers: int = 0
    """Written down."""
    shown: int = 0
    """Of those, the ones that an impression names."""
    clicked: Clustered = Clustered(0, 0, 0, 0, 0, 0)
    """Of those, the ones that a click names."""
    converted: Clustered = Clustered(0, 0, 0, 0, 0, 0)
    """The same for purchases."""


def outcomes(
    space: TenantSpace, experiment: str, since: datetime, until: datetime
) -> dict[str, Outcome]:
    """
    Variant → what came of its answers between two moments.

    Raises:
        LogMoved: where the log was rewritten time after time.
        LogFileCorrupt, SegmentCorrupt: where it is damaged.
    """
    for _ in range(_TRIES - 1):
        with suppress(LogMoved):
            return _read(space.events.state(), experiment, since, until)
    return _read(space.events.state(), experiment, since, until)


def _read(state: LogState, experiment: str, since: datetime, until: datetime) -> dict[str, Outcome]:
    asked = {"experiment": experiment, "since": since, "until": until}
    with state.opened(since, None, memory_limit=MEMORY_LIMIT, threads=1) as connection:
        rows = connection.execute(_BY_VARIANT, asked).fetchall()
    return {str(variant): _outcome(*map(int, sums)) for variant, *sums in rows}


def _outcome(units: int, answers: int, squares: int, shown: int, *hits: int) -> Outcome:
    clicked, converted = (
        Clustered(units, answers, hits[at], squares, hits[at + 1], hits[at + 2]) for at in (0, 3)
    )
    return Outcome(units, answers, shown, clicked, converted)
