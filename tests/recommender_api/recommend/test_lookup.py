"""What was answered is written down, for a share of answers, and can be looked up."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from recommender_store.event_log.erasure import Actor
from tests.recommender_api.asking import answered, asked, codes, ids
from tests.recommender_api.served import AUTHOR, Served, serving, store_in, until

SHARE = re.compile(r'recommender_api_traces_total\{tenant="shop",verdict="(\w+)"\} (\S+)')


def sampling(folder, share, tenant="shop"):
    """The store of this folder, in which so many of the tenant's answers are written down."""
    store = store_in(folder)
    space = store.tenant(tenant)
    settings = space.settings()
    serving_settings = settings.serving.model_copy(update={"trace_share": share})
    changed = settings.model_copy(update={"serving": serving_settings})
    space.save_settings(changed, author=AUTHOR)
    return store


@pytest.fixture
def own(folder: Path) -> Iterator[Served]:
    """A server that writes down what is explained, and nothing by chance."""
    with serving(sampling(folder, 0.0)) as running:
        yield running


def looked_up(client, answer, **query):
    return client.get(f"/recommendations/{answer['recommendation_id']}", params=query)


def served_events(space):
    lines = [json.loads(line) for line in space.events.lines_after({})[0]]
    return [line for line in lines if line["kind"] == "served"]


def told_items(document):
    return [(one["item_id"], one["rank"], one["score"], one["source"]) for one in document["items"]]


def test_an_explained_answer_is_always_found_with_everything_that_was_answered(own):
    shop = own.of("shop")
    answer = asked(
        shop,
        "similar",
        item_id="item-000000",
        user_id="ann/1",
        session_id="visit",
        limit=3,
        context={"page": "home"},
        explain=True,
    )

    found = answered(looked_up(shop, answer))

    for same in ("recommendation_id", "placement", "model", "served_by", "degraded"):
        assert found[same] == answer[same]
    for same in ("applied_rules", "experiment", "warnings", "explanation"):
        assert found[same] == answer[same]
    assert told_items(found) == told_items(answer)
    assert [one["propensity"] for one in found["items"]] == [1.0, 1.0, 1.0]
    assert (found["user_id"], found["session_id"]) == ("ann/1", "visit")
    assert found["request"] == {
        "item_id": "item-000000",
        "limit": 3,
        "explain": True,
        "context": {"page": "home"},
    }
    assert found["sampled"] is False


def test_the_id_may_stand_in_the_body(own):
    shop = own.of("shop")
    answer = asked(shop, "popular", explain=True)

    response = shop.post(
        "/recommendations:lookup", json={"recommendation_id": answer["recommendation_id"]}
    )

    assert answered(response) == answered(looked_up(shop, answer))


def test_an_answer_is_found_after_compaction_and_after_its_segments_are_gone(own):
    shop, space = own.of("shop"), own.store.tenant("shop")
    answer = asked(shop, "similar", item_id="item-000001", explain=True)
    before = answered(looked_up(shop, answer))
    assert served_events(space)

    space.events.compact()
    space.events.erase(Actor("user_id", "nobody"))  # leaves out the grace time of segments

    assert not served_events(space)
    assert answered(looked_up(shop, answer)) == before


def test_an_answer_that_is_not_looked_up_is_written_all_the_same(own):
    answer = asked(own.of("shop"), "popular", explain=True)
    space = own.store.tenant("shop")

    until(lambda: bool(served_events(space)))

    (event,) = served_events(space)
    assert event["recommendation_id"] == answer["recommendation_id"]
    assert event["items"] == ids(answer)
    assert event["attributes"]["propensities"] == [1.0] * len(answer["items"])
    assert "user_id" not in event


def test_what_still_waits_is_written_when_the_process_ends(folder):
    store = store_in(folder)
    with serving(store) as running:
        made = [asked(running.of("shop"), "popular", explain=True) for _ in range(5)]

    kept = {one["recommendation_id"] for one in served_events(store.tenant("shop"))}
    assert kept == {one["recommendation_id"] for one in made}


def test_an_answer_that_was_not_chosen_is_told_so(folder):
    with serving(sampling(folder, 0.0)) as running:
        shop = running.of("shop")
        response = looked_up(shop, asked(shop, "popular"))

    assert response.status_code == 404
    assert response.json()["code"] == "trace_not_sampled"


@pytest.mark.parametrize(
    ("method", "path", "sent", "placement", "asked_for"),
    [
        ("GET", "/popular?limit=4", None, "popular", {"limit": 4}),
        ("GET", "/popular?trend=true", None, "trending", {}),
        ("GET", "/items/item-000000/similar", None, "similar", {"item_id": "item-000000"}),
        ("GET", "/items/a%2Fb/similar?limit=4", None, "similar", {"item_id": "a/b", "limit": 4}),
        ("GET", "/users/user-000001/recommendations?session_id=s", None, "for_you", {}),
        ("POST", "/placements/similar:recommend", {"item_id": "item-000000"}, "similar", None),
        ("POST", "/placements/newest:recommend", {"context": {"a": [1]}}, "newest", None),
    ],
)
def test_every_answer_is_found_where_all_are_written_down_remembered_ones_too(
    folder, method, path, sent, placement, asked_for
):
    with serving(sampling(folder, 1.0)) as running:
        shop = running.of("shop")
        made = [answered(shop.request(method, path, json=sent)) for _ in range(3)]
        found = [answered(looked_up(shop, one)) for one in made]

    assert [ids(one) for one in found] == [ids(one) for one in made]
    assert len({one["recommendation_id"] for one in found}) == 3
    wanted = sent if asked_for is None else asked_for
    assert [(one["request"], one["placement"]) for one in found] == [(wanted, placement)] * 3
    assert all(one["sampled"] for one in found)
    if "/users/" in path:
        assert {(one["user_id"], one["session_id"]) for one in found} == {("user-000001", "s")}


def test_about_the_share_that_a_tenant_sets_is_written_down(folder):
    with serving(sampling(folder, 0.3)) as running:
        shop = running.of("shop")
        answered(shop.get("/popular"))
        kept = [answered(shop.get("/popular"))["recommendation_id"][-1] for _ in range(400)]

    assert 60 < kept.count("1") < 180  # 120 and six standard deviations


def test_each_answer_of_a_batch_is_written_down_for_itself(folder):
    with serving(sampling(folder, 1.0)) as running:
        shop = running.of("shop")
        requests = [{"placement": "popular"}, {"placement": "similar", "item_id": "item-000000"}]
        made = answered(shop.post("/recommendations:batch", json={"requests": requests}))
        found = [answered(looked_up(shop, one)) for one in made["answers"]]

    assert [one["placement"] for one in found] == ["popular", "similar"]


def test_what_only_was_validated_is_not_written_down(own):
    shop = own.of("shop")
    answer = asked(shop, "popular", explain=True, validate_only=True)

    assert looked_up(shop, answer).json()["code"] == "trace_not_sampled"


@pytest.mark.parametrize(
    "made_up", ["x", "rec_", "rec_zz", "rec_" + "0" * 32 + "2", "REC_" + "0" * 32, "rec_/0"]
)
def test_an_id_that_no_answer_ever_had_is_malformed(shop, made_up):
    for response in (
        shop.get(f"/recommendations/{made_up.replace('/', '%2F')}"),
        shop.post("/recommendations:lookup", json={"recommendation_id": made_up}),
    ):
        assert response.status_code == 422
        assert response.json()["code"] == "recommendation_id_malformed"


@pytest.mark.parametrize(
    ("method", "path", "sent", "pointer"),
    [
        ("GET", "/recommendations/rec_1?whynot=x", None, "/whynot"),
        ("POST", "/recommendations:lookup", {}, "/recommendation_id"),
        ("POST", "/recommendations:lookup", {"recommendation_id": 7}, "/recommendation_id"),
        ("POST", "/recommendations:lookup", [], ""),
    ],
)
def test_a_field_that_is_wrong_is_named(shop, method, path, sent, pointer):
    response = shop.request(method, path, json=sent)

    assert response.status_code == 422
    assert response.json()["errors"][0]["pointer"] == pointer


def test_an_answer_that_is_in_no_log_is_not_found(own):
    shop = own.of("shop")
    answer = asked(shop, "popular", explain=True)
    real = answer["recommendation_id"]
    never = f"{real[:27]}{'0' * 8}1" if real[27:35] != "0" * 8 else f"{real[:27]}{'1' * 8}1"

    response = shop.get(f"/recommendations/{never}")

    assert response.status_code == 404
    assert response.json()["code"] == "trace_not_found"


def test_no_tenant_finds_what_another_was_answered(own):
    answer = asked(own.of("shop"), "popular", explain=True)
    assert looked_up(own.of("shop"), answer).status_code == 200

    for compact in (False, True):
        if compact:
            own.store.tenant("shop").events.compact()
        response = looked_up(own.of("twin"), answer)

        assert response.status_code == 404
        assert response.json()["code"] == "trace_not_found"
    elsewhere = own.client(own.key("twin"), "shop")
    assert looked_up(elsewhere, answer).status_code == 403


def test_a_key_without_the_scope_serve_looks_nothing_up(own):
    answer = asked(own.of("shop"), "popular", explain=True)

    assert looked_up(own.client(own.key("shop", "ingest"), "shop"), answer).status_code == 403


@pytest.mark.parametrize("is_compacted", [False, True])
def test_what_is_written_down_is_nothing_that_the_user_did(folder, is_compacted):
    with serving(store_in(folder)) as running:
        shop = running.of("shop")
        answer = asked(shop, "for_you", user_id="ann", session_id="visit", explain=True)
        assert ids(answer)
        assert looked_up(shop, answer).status_code == 200
        unseen_at_once = ids(asked(shop, "recently_viewed", user_id="ann"))
        if is_compacted:
            running.store.tenant("shop").events.compact()
    with serving(store_in(folder)) as restarted:
        shop = restarted.of("shop")
        seen = [
            ids(asked(shop, "recently_viewed", **who))
            for who in ({"user_id": "ann"}, {"session_id": "visit"})
        ]
        again = asked(shop, "for_you", user_id="ann", session_id="visit")

    assert [unseen_at_once, *seen] == [[], [], []]
    assert ids(again) == ids(answer)
    assert "user_unknown" in codes(again)


@pytest.mark.parametrize("is_compacted", [False, True])
def test_what_is_written_down_makes_nothing_popular(folder, is_compacted):
    with serving(store_in(folder)) as running:
        empty = running.of("empty")
        empty.put("/items/alone", json={"title": "alone"})
        answer = asked(empty, "popular", explain=True)
        assert ids(answer) == ["alone"]
        assert looked_up(empty, answer).status_code == 200
        if is_compacted:
            running.store.tenant("empty").events.compact()
    with serving(store_in(folder)) as restarted:
        assert asked(restarted.of("empty"), "popular")["served_by"] == "newest"


def test_an_erased_users_answers_are_erased(own):
    shop, space = own.of("shop"), own.store.tenant("shop")
    hers = asked(shop, "for_you", user_id="ann", explain=True)
    his = asked(shop, "for_you", user_id="bob", explain=True)
    assert looked_up(shop, hers).status_code == looked_up(shop, his).status_code == 200

    assert space.events.erase(Actor("user_id", "ann")).events == 1

    assert looked_up(shop, hers).json()["code"] == "trace_not_found"
    assert looked_up(shop, his).status_code == 200


def test_the_ledger_adds_up_and_counts_no_answer_as_received(own):
    shop = own.of("shop")
    event = {"event_id": "v", "kind": "view", "user_id": "ann", "item_id": "item-000001"}
    at = "2026-02-10T10:00:00Z"
    assert shop.post("/events", json={"events": [event | {"occurred_at": at}]}).status_code == 202
    for _ in range(3):
        answer = asked(shop, "popular", explain=True)
    looked_up(shop, answer)

    ledger = answered(shop.get("/events:ledger", params={"days": 2}))

    assert ledger["unaccounted"] == 0
    today = max(ledger["days"], key=lambda day: day["received"]["served"])
    assert today["received"]["served"] == 3
    assert today["received"]["events"] <= 1
    (received,) = [check for check in today["checks"] if check["name"] == "received"]
    assert (received["state"], received["difference"]) == ("balanced", 0)


def test_traces_are_counted_by_what_became_of_them(own):
    shop = own.of("shop")
    looked_up(shop, asked(shop, "popular", explain=True))

    text = own.client().get(f"{own.internal_url}/metrics").text

    assert dict(SHARE.findall(text)) == {"written": "1.0", "dropped": "0.0"}


def test_where_nothing_can_be_written_answers_go_out_and_traces_are_dropped(own):
    shop = own.of("shop")
    folder = own.store.settings.folder / "tenants" / "shop" / "events" / "segments"
    asked(shop, "popular")
    folder.rename(folder.with_name("away"))
    folder.write_text("in the way")

    answer = asked(shop, "popular", explain=True)

    assert looked_up(shop, answer).status_code in {404, 503}
    assert ids(asked(shop, "popular"))
    folder.unlink()
    folder.with_name("away").rename(folder)
    assert looked_up(shop, answer).json()["code"] == "trace_not_found"
    text = own.client().get(f"{own.internal_url}/metrics").text
    assert dict(SHARE.findall(text)) == {"written": "0.0", "dropped": "1.0"}


def test_a_full_queue_neither_slows_nor_fails_an_answer(own):
    """The answers of one batch are made in one go: nothing is written in between."""
    shop = own.of("shop")
    one = {"placement": "popular", "limit": 200, "fields": ["title", "tags"], "explain": True}

    made = answered(shop.post("/recommendations:batch", json={"requests": [one] * 100}))["answers"]

    assert {len(answer["items"]) for answer in made} == {len(made[0]["items"])}
    kept = [answer for answer in made if answer["recommendation_id"].endswith("1")]
    assert 0 < len(kept) < len(made)
    assert looked_up(shop, made[-1]).json()["code"] == "trace_not_sampled"
    assert ids(answered(looked_up(shop, kept[-1]))) == ids(kept[-1])
    assert len(served_events(own.store.tenant("shop"))) == len(kept)
    text = own.client().get(f"{own.internal_url}/metrics").text
    told = {name: float(count) for name, count in SHARE.findall(text)}
    assert told == {"written": len(kept), "dropped": len(made) - len(kept)}


@pytest.mark.parametrize("depth", [10, 200, 900])
def test_however_deep_a_request_is_nested_its_answer_goes_out_and_the_log_stays_readable(
    own, depth
):
    shop, space = own.of("shop"), own.store.tenant("shop")
    context = '{"a": ' * depth + "1" + "}" * depth
    body = f'{{"explain": true, "context": {context}}}'

    response = shop.post("/placements/popular:recommend", content=body)
    found = looked_up(shop, answered(response))
    space.events.compact()

    assert found.status_code == 200 or found.json()["code"] == "trace_not_found"
    assert depth > 10 or found.json()["request"]["context"]
    assert len(list(space.events.state().read())) == 6_000 + (found.status_code == 200)


def test_ids_and_texts_of_any_kind_come_back_as_they_were_asked(own):
    shop = own.of("shop")
    user = 'ü/%2F "\\ 漢 \U0001f600' + "x" * 230
    context = {"'": '"; DROP', "\u2028": "\u0000", "n": [None, -0.0, 1e300, 2**53]}
    answer = asked(shop, "popular", user_id=user, context=context, explain=True)

    before = answered(looked_up(shop, answer))
    own.store.tenant("shop").events.compact()
    own.store.tenant("shop").events.erase(Actor("user_id", "nobody"))

    assert answered(looked_up(shop, answer)) == before
    assert (before["user_id"], before["request"]["context"]) == (user, context)
