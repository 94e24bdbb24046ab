"""
Items by their titles: what an id is called, and which items and users are called like a text.
"""

from collections.abc import Iterable
from itertools import islice
from typing import NamedTuple

from recommender_api.serving.live_tenant import LiveTenant

MOST = 20
LOOKED_AT = 200_000
"""Items; what stands behind them is found by its whole id alone."""


class Found(NamedTuple):
    """What a search came upon."""

    items: list[tuple[str, str]]
    """Id and title."""
    users: list[str]


def titles_of(live: LiveTenant, item_ids: Iterable[str]) -> dict[str, str]:
    """Id → title, '' where there is none."""
    return {item_id: _title(live.item(item_id)) for item_id in item_ids}


def found_by(live: LiveTenant, text: str) -> Found:
    """Items whose id or title holds the text, users whose id begins with it; a few of each."""
    wanted = text.casefold()
    items = {text: _title(live.item(text))} if live.loaded.items.row(text) >= 0 else {}
    if wanted:
        for item_id in islice(live.loaded.items.all_ids(), LOOKED_AT):
            title = _title(live.item(item_id))
            if wanted in title.casefold() or wanted in item_id.casefold():
                items[item_id] = title
            if len(items) >= MOST:
                break
    bundle = live.loaded.bundle
    users = [] if bundle is None else bundle.users.beginning_with(text, MOST)
    return Found(list(items.items()), users)


def _title(fields: dict[str, object] | None) -> str:
    title = (fields or {}).get("title")
    return title if isinstance(title, str) else ""
