"""
Who asks a shop for what: each kind of request without end, as `wrk` takes it, a line each.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator

import shop_world
import wrk
from shop_world import Shop

PREPARED = 300_000
"""Different requests of a case, each sent again when all were."""
LIMIT = 20
FRESH_USERS = 20_000
"""Who did something after the models were trained."""

Requests = Callable[[Shop, random.Random], Iterator[str]]


def similar(shop: Shop, random_: random.Random) -> Iterator[str]:
    while True:
        one = shop_world.item(shop_world.zipf(random_, shop.items))
        yield f"GET {shop.base}/items/{one}/similar?limit={LIMIT}"


def similar_for_user(shop: Shop, random_: random.Random) -> Iterator[str]:
    """Without what the user saw."""
    while True:
        one = shop_world.item(shop_world.zipf(random_, shop.items))
        who = stored_user(shop, random_)
        yield f"GET {shop.base}/items/{one}/similar?limit={LIMIT}&user_id={who}&exclude_seen=true"


def stored_user(shop: Shop, random_: random.Random) -> str:
    others = min(FRESH_USERS, shop.users - 1)
    return shop_world.user(others + shop_world.zipf(random_, shop.users - others))


def stored(shop: Shop, random_: random.Random) -> Iterator[str]:
    """Users of whom nothing is newer than the model."""
    while True:
        yield f"GET {shop.base}/users/{stored_user(shop, random_)}/recommendations?limit={LIMIT}"


def fresh(shop: Shop, random_: random.Random) -> Iterator[str]:
    """Users with events newer than the model."""
    while True:
        who = shop_world.user(shop_world.zipf(random_, min(FRESH_USERS, shop.users)))
        yield f"GET {shop.base}/users/{who}/recommendations?limit={LIMIT}"


def popular(shop: Shop, _random: random.Random) -> Iterator[str]:
    while True:
        yield f"GET {shop.base}/popular?limit={LIMIT}"


def session(shop: Shop, random_: random.Random) -> Iterator[str]:
    """Visitors without a name."""
    while True:
        who = f"visit-{random_.randrange(FRESH_USERS):07d}"
        body = json.dumps({"session_id": who, "limit": LIMIT})
        yield f"POST {shop.base}/placements/for_you:recommend {body}"


def events(shop: Shop, random_: random.Random) -> Iterator[str]:
    while True:
        who = {"user_id": shop_world.user(shop_world.zipf(random_, shop.users))}
        one = shop_world.event(random_, shop, who=who, event_id=wrk.NUMBER)
        yield f"POST {shop.base}/events {json.dumps({'events': [one]})}"


def mix(shop: Shop, random_: random.Random) -> Iterator[str]:
    """Half item, three tenths user, a tenth session, a tenth events."""
    kinds = [each(shop, random_) for each in (similar, stored, session, events)]
    while True:
        yield next(random_.choices(kinds, [50, 30, 10, 10])[0])


ON_ONE_CORE: dict[str, Requests] = {
    "item-to-item": similar,
    "item-to-item, user's seen excluded": similar_for_user,
    "user-to-item": stored,
    "user-to-item, newer events folded in": fresh,
    "session": session,
    "popular": popular,
}


def prepared(requests: Requests, shop: Shop) -> list[str]:
    made = requests(shop, random.Random(11))
    return [next(made) for _ in range(PREPARED)]
