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

_HITS: Final = ("clicked", "converted", "is_empty", "is_fallback", "is_substitute")
"""What an answer may be, besides being shown; as `Outcome` has them."""

_BY_VARIANT: Final = f"""
WITH answered AS (
    SELECT recommendation_id, json_extract_string(attributes, '$.experiment.variant') AS variant,
           coalesce('user ' || user_id, 'session ' || session_id) AS unit,
           coalesce(len(items), 0) = 0 AS is_empty,
           coalesce(json_extract_string(attributes, '$.served_by'), '') IN ('popular', 'newest')
               AS is_fallback,
           list_contains(json_extract_string(attributes, '$.warnings[*].code'), 'variant_failed')
               AS is_substitute
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
           {", ".join(f"count(*) FILTER ({one}) AS {one}" for one in _HITS)}
    FROM answered LEFT JOIN followed USING (recommendation_id)
    GROUP BY variant, unit
)
SELECT variant, count(*), sum(n), sum(n * n), sum(shown),
       {", ".join(f"sum({one}), sum({one} * {one}), sum({one} * n)" for one in _HITS)}
FROM units GROUP BY variant
"""  # noqa: S608 - of names that stand above


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
    empty: Clustered = Clustered(0, 0, 0, 0, 0, 0)
    """Of those, the ones without an item."""
    fallback: Clustered = Clustered(0, 0, 0, 0, 0, 0)
    """Of those, the ones that a tier behind model and session gave."""
    substitutes: Clustered = Clustered(0, 0, 0, 0, 0, 0)
    """Of those, the ones that were given in place of another variant, which failed."""


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
    clustered = (
        Clustered(units, answers, hits[at], squares, hits[at + 1], hits[at + 2])
        for at in range(0, len(hits), 3)
    )
    return Outcome(units, answers, shown, *clustered)
