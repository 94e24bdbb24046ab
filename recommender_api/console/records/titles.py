"""
Items by their titles: what an id is called, and which items and users are called like a text.
"""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from recommender_api.serving.live_tenant import LiveTenant
from recommender_api.serving.loaded import Loaded
from recommender_models.protocol import Rows

MOST = 20
LOOKED_AT = 50_000
"""Items, a tenth of a second; what stands behind them is found by its whole id alone."""


class Found(NamedTuple):
    """What a search came upon."""

    items: list[tuple[str, str]]
    """Id and title."""
    users: list[str]


def titles_of(live: LiveTenant, item_ids: Iterable[str]) -> dict[str, str]:
    """Id → title, '' where there is none."""
    loaded = live.loaded
    ids = list(item_ids)
    rows = loaded.items.places_of(ids)
    titles = loaded.catalog.columns.values(rows[rows >= 0], "title")
    found = dict(zip(np.flatnonzero(rows >= 0).tolist(), titles, strict=True))
    return {item_id: found.get(at) or "" for at, item_id in enumerate(ids)}


def found_by(live: LiveTenant, text: str) -> Found:
    """A few items whose id or title holds the text; the user whose id it is."""
    wanted, loaded = text.casefold(), live.loaded
    items = titles_of(live, [text]) if loaded.items.row(text) >= 0 else {}
    rows = _rows(loaded)
    titles = loaded.catalog.columns.values(rows, "title")
    for row, title in zip(rows.tolist(), titles, strict=True):
        if len(items) >= MOST:
            break
        item_id = loaded.items.id(row)
        if wanted in (title or "").casefold() or wanted in item_id.casefold():
            items[item_id] = title or ""
    return Found(list(items.items()), _users(live, text))


def _users(live: LiveTenant, text: str) -> list[str]:
    """By the whole id alone: a model has no ids of users to look through."""
    bundle = live.loaded.bundle
    return [text] if bundle is not None and live.names.held_as(text) in bundle.users else []


def _rows(loaded: Loaded) -> Rows:
    """Those that most is done with first."""
    popular = loaded.popular.rows[:LOOKED_AT]
    others = np.setdiff1d(np.arange(len(loaded.items), dtype=np.int32), popular)
    return np.concatenate([popular, others])[:LOOKED_AT]
