"""
What was shown, how probable that was, and what came of it: a log's events in, an entry a place out.

An impression says what a page showed, a served event what was answered; of an answer with an
impression only what was shown counts, and of those without only those that chance chose to keep.
Either may say in `attributes.propensities` with which probability each of its items stood in its
place, in the order of `items`.
"""

from collections.abc import Collection
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender_store.event_log.owners import create_owned_view
from recommender_store.event_log.reader import LogState

REWARDED_KINDS = ("click", "purchase")
"""What is hoped for of a place."""


class Places(NamedTuple):
    """By answer, then by place."""

    recommendation_id: NDArray[np.str_]
    item_id: NDArray[np.str_]
    place: NDArray[np.int64]
    """From 1."""
    propensity: NDArray[np.float64]
    """NaN where no event says it."""
    reward: NDArray[np.float64]
    """1 where an event of a rewarded kind names the item and the answer, else 0."""
    owner: NDArray[np.int64]
    """A number a user, or a session without one."""


def read_exposures(state: LogState, rewarded_kinds: Collection[str] = REWARDED_KINDS) -> Places:
    """Places of impressions and served events that name their `recommendation_id`."""
    with state.opened() as connection:
        create_owned_view(connection)
        found = connection.execute(
            """
            WITH lists AS (
                SELECT recommendation_id, kind = 'impression' AS is_seen, items,
                       coalesce(user_id, session_id) AS owner,
                       TRY_CAST(json_extract(attributes, '$.propensities') AS DOUBLE[]) AS said,
                       coalesce(TRY_CAST(json_extract(attributes, '$.sampled') AS BOOLEAN), true)
                           AS is_sampled
                FROM owned
                WHERE kind IN ('impression', 'served')
                  AND recommendation_id IS NOT NULL AND items IS NOT NULL
            ), placed AS (
                SELECT * EXCLUDE (items, said), unnest(items) AS item_id,
                       generate_subscripts(items, 1) AS place,
                       CASE WHEN len(said) = len(items) THEN unnest(said) END AS propensity
                FROM lists
            ), places AS (
                SELECT recommendation_id, item_id, bool_or(is_seen) AS is_seen, min(owner) AS owner,
                       bool_or(is_sampled) AS is_sampled,
                       coalesce(min(place) FILTER (is_seen), min(place)) AS place,
                       coalesce(max(propensity) FILTER (is_seen), max(propensity)) AS propensity
                FROM placed GROUP BY ALL
            ), rewards AS (
                SELECT DISTINCT recommendation_id, item_id, 1.0::DOUBLE AS reward
                FROM owned WHERE list_contains(?, kind)
            )
            SELECT recommendation_id, item_id, place::BIGINT AS place,
                   coalesce(propensity, 'nan'::DOUBLE) AS propensity,
                   coalesce(reward, 0.0) AS reward,
                   dense_rank() OVER (ORDER BY owner) - 1 AS owner
            FROM (FROM places QUALIFY is_seen OR (is_sampled AND NOT bool_or(is_seen)
                                                  OVER (PARTITION BY recommendation_id)))
            LEFT JOIN rewards USING (recommendation_id, item_id)
            ORDER BY recommendation_id, place, item_id
            """,
            [list(rewarded_kinds)],
        ).fetchnumpy()
    texts = (np.array(found[name], dtype=str) for name in ("recommendation_id", "item_id"))
    numbers = (np.asarray(found[name]) for name in ("place", "propensity", "reward", "owner"))
    return Places(*texts, *numbers)
