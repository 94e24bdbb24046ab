"""How well a tenant is answered, over REST: at the gate, now, and by what came of it."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.recommender_api.looks import looked

NOW = datetime.now(UTC)


def report(client, **asked):
    answer = client.get("/report", params=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_model_that_nobody_measured_tells_what_it_was_at_the_gate(shop):
    told = report(shop)

    assert told["version"] == shop.get("/models").json()["current"]
    slot = told["offline"]["for_you"]
    assert slot["at_gate"]["model"]["ndcg@10"] > slot["at_gate"]["popularity"]["ndcg@10"]
    assert slot["at_gate"]["verdict"]["passed"]
    assert (slot["now"], told["measured"]) == (None, None)


def test_what_was_measured_stands_beside_it(own):
    shop, space = own.of("shop"), own.store.tenant("shop")
    run = looked(space, space.models.current().version)

    told = report(shop)

    assert told["offline"]["for_you"]["now"]["ratio"] == pytest.approx(0.25)
    assert told["offline"]["similar"]["now"] is None
    assert told["measured"]["run_id"] == run.run_id
    assert told["measured"]["drift"][0]["is_finding"]
    assert told["measured"]["findings"][0]["code"] == "kind_psi"


def test_what_was_measured_of_another_version_or_refused_is_not_told_of_this_one(own):
    shop, space = own.of("shop"), own.store.tenant("shop")
    looked(space, "another")
    looked(space, space.models.current().version, status="refused")

    assert report(shop)["measured"] is None


def test_what_came_of_answers_is_counted_over_the_last_days(own):
    shop = own.of("shop")
    events = [
        {
            "event_id": f"{kind}-{days}",
            "kind": kind,
            "user_id": "u",
            "occurred_at": (NOW - timedelta(days=days, minutes=5)).isoformat(),
            "recommendation_id": f"rec-{days}",
            **more,
        }
        for days in (1, 20)
        for kind, more in (
            ("impression", {"items": ["i"], "placement": "home"}),
            ("click", {"item_id": "i"}),
        )
    ]
    assert shop.post("/events", json={"events": events}).json()["accepted"] == 4

    (week,), (month,) = (report(shop, days=days)["online"]["shown"] for days in (7, 30))

    assert (week["placement"], week["answers"], week["clicked"]) == ("home", 1, 1)
    assert (month["answers"], month["click_through"]["value"]) == (2, 1.0)


def test_a_tenant_without_a_model_is_told_so(own):
    told = report(own.of("empty"))

    assert (told["version"], told["offline"], told["measured"]) == (None, {}, None)
    assert told["online"]["answered"] == []


def test_more_days_than_there_are_figures_of_are_refused(shop):
    assert shop.get("/report", params={"days": 91}).status_code == 422
