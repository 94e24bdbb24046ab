"""Caps in the answers of a real server: what was shown too often is gone, for whom it was shown."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.recommender_api.asking import answered, asked, codes, ids

CAP = {"kind": "cap", "times": 2, "period_hours": 24}


def shown(shop, items, *, hours_ago=0.0, **who):
    at = (datetime.now(UTC) - timedelta(hours=hours_ago)).isoformat()
    event = {"event_id": f"{at}", "kind": "impression", "occurred_at": at, "items": items, **who}
    assert shop.post("/events", json={"events": [event]}).json()["accepted"] == 1


@pytest.fixture
def shop(own):
    client = own.of("shop")
    answered(client.put("/rules/cap", json=CAP))
    return client


@pytest.mark.parametrize("who", [{"user_id": "zoe"}, {"session_id": "s"}])
def test_what_somebody_was_shown_so_often_is_not_shown_again(shop, who):
    top = ids(asked(shop, "popular"))
    shown(shop, top[:2], **who)
    assert ids(asked(shop, "popular", **who)) == top
    shown(shop, top[1:3], **who)

    answer = asked(shop, "popular", explain=True, **who)

    assert top[1] not in ids(answer)
    assert {top[0], top[2]} <= set(ids(answer))
    assert answer["applied_rules"] == ["cap"]
    assert answer["explanation"]["removed"]["rule:cap"] == 1
    assert ids(asked(shop, "popular")) == top
    assert ids(asked(shop, "popular", user_id="yan", session_id="t")) == top


def test_what_was_shown_longer_ago_does_not_count(shop):
    top = ids(asked(shop, "popular"))
    for hours_ago in (25, 24.1, 1):
        shown(shop, top[:1], hours_ago=hours_ago, user_id="zoe")

    assert ids(asked(shop, "popular", user_id="zoe")) == top


def test_a_cap_holds_for_what_was_shown_before_it_was_written(own):
    shop = own.of("shop")
    top = ids(asked(shop, "popular"))
    for _ in range(2):
        shown(shop, top[:1], user_id="zoe")
    assert ids(asked(shop, "popular", user_id="zoe")) == top

    answered(shop.put("/rules/cap", json=CAP))
    answer = asked(shop, "popular", user_id="zoe")

    assert top[0] not in ids(answer)
    assert not codes(answer) & {"cap_skipped", "degraded"}
