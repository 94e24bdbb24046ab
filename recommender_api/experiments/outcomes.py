"""
What came of answers: of an experiment's by variant, of all by placement.

The platform writes a sample of its answers into the log (events of the kind `served`), drawn by
chance; clicks and purchases count where their events carry the `recommendation_id` of one of those.
Answers that were written down since somebody asked why are left out: chance did not draw them.
"""

from contextlib import suppress
from datetime import datetime
from typing import Final, Literal, NamedTuple

from recommender_store.event_log.errors import LogMoved
from recommender_store.event_log.reader import LogState
from recommender_store.tenant_space import TenantSpace

from .intervals import Clustered

_TRIES: Final = 3
MEMORY_LIMIT: Final = "512MB"

_UNIT: Final = "coalesce('user ' || user_id, 'session ' || session_id)"
_PERIOD: Final = "occurred_at >= $since AND occurred_at < $until"
_BY_CHANCE: Final = "json_extract_string(attributes, '$.sampled') = 'true'"

_OF_EXPERIMENT: Final = f"""
    SELECT recommendation_id, json_extract_string(attributes, '$.experiment.variant') AS name,
           {_UNIT} AS unit
    FROM events
    WHERE kind = 'served' AND {_PERIOD} AND {_BY_CHANCE}
      AND json_extract_string(attributes, '$.experiment.name') = $experiment
"""  # noqa: S608 - conditions of our own

_OF_PLACEMENTS: Final = f"""
    SELECT recommendation_id, coalesce(min(placement), '') AS name, min({_UNIT}) AS unit
    FROM events
    WHERE kind = $kind AND {_PERIOD} AND recommendation_id IS NOT NULL
      AND (kind <> 'served' OR {_BY_CHANCE})
    GROUP BY recommendation_id
"""  # noqa: S608 - the same

_FOLLOWED: Final = """
WITH answered AS (@answered), followed AS (
    SELECT recommendation_id, count(*) FILTER (kind = 'impression') > 0 AS shown,
           count(*) FILTER (kind = 'click') > 0 AS clicked,
           count(*) FILTER (kind = 'purchase') > 0 AS converted
    FROM events SEMI JOIN answered USING (recommendation_id)
    WHERE kind IN ('impression', 'click', 'purchase')
    GROUP BY recommendation_id
), units AS (
    SELECT name, unit, count(*) AS n, count(*) FILTER (shown) AS shown,
           count(*) FILTER (clicked) AS clicked, count(*) FILTER (converted) AS converted
    FROM answered LEFT JOIN followed USING (recommendation_id)
    GROUP BY name, unit
)
SELECT name, count(*), sum(n), sum(n * n), sum(shown),
       sum(clicked), sum(clicked * clicked), sum(clicked * n),
       sum(converted), sum(converted * converted), sum(converted * n)
FROM units GROUP BY name
"""


class Outcome(NamedTuple):
    """Of one variant, or placement."""

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
    return _found(space, _OF_EXPERIMENT, {"experiment": experiment}, (since, until))


def by_placement(
    space: TenantSpace, kind: Literal["served", "impression"], since: datetime, until: datetime
) -> dict[str, Outcome]:
    """
    Placement → what came of the answers that events of the kind name; '' where they name none.

    Raises:
        LogMoved, LogFileCorrupt, SegmentCorrupt: as `outcomes`.
    """
    return _found(space, _OF_PLACEMENTS, {"kind": kind}, (since, until))


def _found(
    space: TenantSpace, answered: str, asked: dict[str, str], between: tuple[datetime, datetime]
) -> dict[str, Outcome]:
    for _ in range(_TRIES - 1):
        with suppress(LogMoved):
            return _read(space.events.state(), answered, asked, between)
    return _read(space.events.state(), answered, asked, between)


def _read(
    state: LogState, answered: str, asked: dict[str, str], between: tuple[datetime, datetime]
) -> dict[str, Outcome]:
    since, until = between
    query = _FOLLOWED.replace("@answered", answered)
    with state.opened(since, None, memory_limit=MEMORY_LIMIT, threads=1) as connection:
        rows = connection.execute(query, {**asked, "since": since, "until": until}).fetchall()
    return {str(name): _outcome(*map(int, sums)) for name, *sums in rows}


def _outcome(units: int, answers: int, squares: int, shown: int, *hits: int) -> Outcome:
    clicked, converted = (
        Clustered(units, answers, hits[at], squares, hits[at + 1], hits[at + 2]) for at in (0, 3)
    )
    return Outcome(units, answers, shown, clicked, converted)
