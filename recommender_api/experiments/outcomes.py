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

_WAS: Final = {
    "is_empty": "coalesce(len(items), 0) = 0",
    "is_fallback": "coalesce(json_extract_string(attributes, '$.served_by'), '')"
    " IN ('popular', 'newest')",
    "is_substitute": "coalesce(list_contains("
    "json_extract_string(attributes, '$.warnings[*].code'), 'variant_failed'), false)",
}
"""What its event says of an answer."""
_HITS: Final = ("clicked", "converted", *_WAS)
"""What an answer may be, besides being shown; as `Outcome` has them."""

_OF_EXPERIMENT: Final = f"""
    SELECT recommendation_id, json_extract_string(attributes, '$.experiment.variant') AS name,
           {_UNIT} AS unit, {", ".join(f"{how} AS {one}" for one, how in _WAS.items())}
    FROM events
    WHERE kind = 'served' AND {_PERIOD} AND {_BY_CHANCE}
      AND json_extract_string(attributes, '$.experiment.name') = $experiment
"""  # noqa: S608 - conditions of our own

_OF_PLACEMENTS: Final = f"""
    SELECT recommendation_id, coalesce(min(placement), '') AS name, min({_UNIT}) AS unit,
           {", ".join(f"bool_or({how}) AS {one}" for one, how in _WAS.items())}
    FROM events
    WHERE kind = $kind AND {_PERIOD} AND recommendation_id IS NOT NULL
      AND (kind <> 'served' OR {_BY_CHANCE})
    GROUP BY recommendation_id
"""  # noqa: S608 - the same

_FOLLOWED: Final = f"""
WITH answered AS (@answered), followed AS (
    SELECT recommendation_id, count(*) FILTER (kind = 'impression') > 0 AS shown,
           count(*) FILTER (kind = 'click') > 0 AS clicked,
           count(*) FILTER (kind = 'purchase') > 0 AS converted
    FROM events SEMI JOIN answered USING (recommendation_id)
    WHERE kind IN ('impression', 'click', 'purchase')
    GROUP BY recommendation_id
), units AS (
    SELECT name, unit, count(*) AS n, count(*) FILTER (shown) AS shown,
           {", ".join(f"count(*) FILTER ({one}) AS {one}" for one in _HITS)}
    FROM answered LEFT JOIN followed USING (recommendation_id)
    GROUP BY name, unit
)
SELECT name, count(*), sum(n), sum(n * n), sum(shown),
       {", ".join(f"sum({one}), sum({one} * {one}), sum({one} * n)" for one in _HITS)}
FROM units GROUP BY name
"""  # noqa: S608 - of names that stand above


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
    clustered = (
        Clustered(units, answers, hits[at], squares, hits[at + 1], hits[at + 2])
        for at in range(0, len(hits), 3)
    )
    return Outcome(units, answers, shown, *clustered)
