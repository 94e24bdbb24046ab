"""Hooks in the answers of a real server: applied, or named and gone without."""

import ast
import asyncio
import concurrent.futures
import time

import msgspec
import pytest

from recommender_api.history.in_memory import InMemoryHistory
from recommender_api.recommend import endpoint
from recommender_api.recommend.request import from_body
from recommender_api.serving.live_tenant import LiveTenant
from tests.recommender_api.asking import answered, asked, codes, ids
from tests.recommender_api.rules.hooks.installed import hooks
from tests.recommender_api.served import AUTHOR, PATIENCE_S, serving, store_in
from tests.recommender_api.shops import NEVER_SHOWN
from tests.trainers.tenant import change_settings

PATIENT = {"allowed": tuple(hooks()), "budget_ms": 1000}


@pytest.fixture
def patient(folder):
    """A server whose tenant `shop` may call every hook, and has a second for it."""
    change_settings(store_in(folder).tenant("shop"), hooks=PATIENT)
    with serving(store_in(folder)) as running:
        yield running


def calling(client, name, rule_id="h", **fields):
    """Write a rule that calls a hook, and return when its process is there."""
    rule = {"kind": "hook", "name": name, **fields}
    written = answered(client.put(f"/rules/{rule_id}", json=rule))
    give_up = time.monotonic() + PATIENCE_S
    while "hook_skipped" in codes(asked(client, "popular", context={"sleep_s": 0})):
        assert time.monotonic() < give_up, "the process does not come"
        time.sleep(0.02)
    return written


def run_of(answer):
    return answer["explanation"]["hooks"][0]


def test_a_hook_reorders_the_answer_and_is_named_in_it(patient):
    shop = patient.of("shop")
    before = asked(shop, "popular")
    calling(shop, "last-first")

    answer = asked(shop, "popular", explain=True)

    assert ids(answer) != ids(before)
    assert answer["applied_rules"] == ["h"]
    assert answer["warnings"] == before["warnings"]
    run = run_of(answer)
    assert (run["rule"], run["hook"], run["outcome"]) == ("h", "last-first", "applied")
    assert run["dropped"] == run["ignored"] == 0
    assert answer["items"][0]["score"] == run["given"]
    assert answer["explanation"]["scores"][ids(answer)[0]]["hooks"] == {"h": run["given"]}


def test_what_a_hook_drops_is_told_of_whoever_asks_why_it_is_not_there(patient):
    shop = patient.of("shop")
    calling(shop, "no-even", attributes=["tags"])
    wanted = ids(asked(shop, "popular", limit=200))
    dropped = next(f"item-{n:06d}" for n in range(10, 200, 2) if f"item-{n:06d}" not in wanted)

    answer = asked(shop, "popular", limit=200, explain=True, why_not=[dropped])
    path = f"/recommendations/{answer['recommendation_id']}"
    again = answered(shop.get(path, params={"why_not": dropped}))

    (told,) = answer["explanation"]["why_not"]
    assert (told["stage"], told["by"]) == ("hook", "rule:h")
    assert "no-even" in told["detail"]
    assert again["why_not"]["moved"] == []
    assert [one["stage"] for one in again["why_not"]["items"]] == ["hook"]


def test_what_a_hook_drops_is_in_no_tier_and_is_told(patient):
    shop = patient.of("shop")
    calling(shop, "no-even", attributes=["tags"])

    for placement in ("popular", "similar", "for_you", "newest"):
        answer = asked(shop, placement, user_id="user-000001", item_id="item-000001", explain=True)

        assert all(int(one[-6:]) % 2 for one in ids(answer) if one.startswith("item"))
        assert answer["explanation"]["removed"]["rule:h"] > 0
        assert answer["explanation"]["rules"][-1]["removed"] > 0


def test_what_a_hook_dropped_is_told_with_the_rule_that_called_it(patient):
    shop = patient.of("shop")
    (top, *_) = ids(asked(shop, "popular"))
    calling(shop, "nothing")

    answer = asked(shop, "popular", explain=True, why_not=[top])

    (told,) = answer["explanation"]["why_not"]
    assert (told["stage"], told["by"]) == ("hook", "rule:h")
    assert "'nothing'" in told["detail"]


def test_a_hook_that_drops_everything_leaves_an_empty_answer_that_says_so(patient):
    shop = patient.of("shop")
    calling(shop, "nothing")

    answer = asked(shop, "popular")

    assert ids(answer) == []
    assert "hooks took out" in answer["warnings"][-1]["detail"]


@pytest.mark.parametrize(
    ("name", "context", "code", "told"),
    [
        ("raises", {}, "hook_failed", "raised ValueError: the shop is closed"),
        ("rubbish", {}, "hook_failed", "returned no candidates"),
        ("missing-module", {}, "hook_failed", "no_such_module"),
        ("slow", {"sleep_s": 9}, "hook_failed", "took more than 1000 ms"),
        ("dies", {}, "hook_failed", "its process ended"),
    ],
)
def test_a_hook_that_is_of_no_use_is_named_and_the_answer_is_as_without_it(
    patient, name, context, code, told
):
    shop = patient.of("shop")
    before = asked(shop, "popular")
    rule = {"kind": "hook", "name": name, "when": "$context.call = TRUE"}
    answered(shop.put("/rules/h", json=rule))
    context = {"call": True, **context}
    give_up = time.monotonic() + PATIENCE_S
    while "hook_skipped" in codes(answer := asked(shop, "popular", context=context)):
        assert time.monotonic() < give_up, "the process does not come"
        time.sleep(0.02)

    assert ids(answer) == ids(before)
    assert [one["code"] for one in answer["warnings"]] == [code]
    assert told in answer["warnings"][0]["detail"]
    assert answer["applied_rules"] == ["h"]


def test_a_hook_that_never_ends_is_gone_without_and_is_named(folder):
    change_settings(store_in(folder).tenant("shop"), hooks={**PATIENT, "budget_ms": 50})
    with serving(store_in(folder)) as running:
        shop = running.of("shop")
        before = asked(shop, "popular")
        answered(shop.put("/rules/h", json={"kind": "hook", "name": "endless"}))
        give_up = time.monotonic() + PATIENCE_S
        while "is being started" in (answer := asked(shop, "popular"))["warnings"][0]["detail"]:
            assert time.monotonic() < give_up, "the process does not come"
            time.sleep(0.02)

    assert ids(answer) == ids(before)
    assert codes(answer) & {"hook_failed", "hook_skipped"}
    assert "'endless'" in answer["warnings"][0]["detail"]


def test_a_hook_brings_nothing_back_that_was_taken_out(patient):
    shop = patient.of("shop")
    top = ids(asked(shop, "popular"))
    answered(shop.put("/rules/block", json={"kind": "block", "items": top[:3]}))
    calling(shop, "brings-back")
    wanted = [*top[:3], *sorted(NEVER_SHOWN), "somebody-elses"]

    answer = asked(shop, "popular", context={"wanted": wanted}, limit=200)

    assert ids(answer)
    assert not set(wanted) & set(ids(answer))
    assert len(set(ids(answer))) == len(ids(answer))
    assert codes(answer) == {"hook_items_ignored"}


def test_other_requests_go_on_while_a_hook_thinks(patient):
    shop, twin = patient.of("shop"), patient.of("twin")
    calling(shop, "slow")
    asked(twin, "popular")
    with concurrent.futures.ThreadPoolExecutor() as threads:
        slow = threads.submit(asked, shop, "popular", context={"sleep_s": 0.5})
        others = []
        while not slow.done():
            others.append(asked(twin, "popular"))
        answer = slow.result()

    assert len(others) > 1
    assert all(ids(other) for other in others)
    assert answer["warnings"] == []


def test_an_answer_with_a_hook_is_never_remembered(patient):
    shop = patient.of("shop")
    calling(shop, "counts")

    first, second = (asked(shop, "popular")["items"][0]["score"] for _ in range(2))

    assert second == first + 1


def test_a_batch_runs_the_hooks_of_each_of_its_answers(patient):
    shop = patient.of("shop")
    calling(shop, "last-first")
    one = asked(shop, "popular", limit=3)

    requests = [{"placement": "popular", "limit": 3}] * 4
    batch = answered(shop.post("/recommendations:batch", json={"requests": requests}))

    assert [ids(answer) for answer in batch["answers"]] == [ids(one)] * 4


def test_what_is_only_validated_calls_no_hook(patient):
    shop = patient.of("shop")
    calling(shop, "raises")

    answer = asked(shop, "popular", validate_only=True)

    assert codes(answer) == {"validate_only"}


def test_a_preview_waits_for_the_hook_and_shows_what_it_does(patient):
    shop = patient.of("shop")
    rule = {"id": "h", "kind": "hook", "name": "last-first"}

    (one,) = answered(
        shop.post(
            "/rules:preview",
            json={"rules": [rule], "requests": [{"placement": "popular", "limit": 5}]},
        )
    )["previews"]

    assert run_of(one["with"])["outcome"] == "applied"
    assert one["without"]["explanation"]["hooks"] == []
    assert ids(one["with"]) != ids(one["without"])


def test_two_hooks_are_asked_one_after_the_other_by_priority(patient):
    shop = patient.of("shop")
    calling(shop, "no-even", "first", priority=2)
    calling(shop, "last-first", "second", priority=1)

    answer = asked(shop, "popular", explain=True)
    runs = answer["explanation"]["hooks"]

    assert [one["rule"] for one in runs[:2]] == ["first", "second"]
    assert runs[1]["given"] == runs[0]["given"] - runs[0]["dropped"]


def test_diversity_keeps_to_the_order_of_the_hook(patient):
    shop = patient.of("shop")
    calling(shop, "reversed")

    plain = asked(shop, "popular")
    varied = asked(shop, "popular", diversity=0.01)

    assert ids(plain)[0] == ids(varied)[0]


def test_a_rule_may_name_only_what_an_admin_listed(own):
    shop = own.of("shop")
    rule = {"kind": "hook", "name": "last-first"}

    refused = shop.put("/rules/h", json=rule)

    assert refused.status_code == 422
    (fault,) = refused.json()["errors"]
    assert (fault["pointer"], fault["code"]) == ("/name", "hook_unknown")
    assert "hooks.allowed" in fault["detail"]


def test_an_attribute_that_no_item_has_cannot_be_asked_for(patient):
    rule = {"kind": "hook", "name": "last-first", "attributes": ["tags", "colour"]}

    refused = patient.of("shop").put("/rules/h", json=rule)

    (fault,) = refused.json()["errors"]
    assert (fault["pointer"], fault["code"]) == ("/attributes/1", "attribute_unknown")


def test_a_hook_that_is_not_listed_any_more_is_idle_and_the_answer_says_so(patient, folder):
    shop = patient.of("shop")
    before = ids(asked(shop, "popular"))
    calling(shop, "last-first")
    space = store_in(folder).tenant("shop")
    change_settings(space, hooks={"allowed": (), "budget_ms": 1000})
    space.announce("settings")

    give_up = time.monotonic() + PATIENCE_S
    while codes(answer := asked(shop, "popular")) != {"hook_not_allowed"}:
        assert time.monotonic() < give_up
        time.sleep(0.05)

    assert ids(answer) == before
    assert answer["applied_rules"] == []
    assert "hooks.allowed" in answer["warnings"][0]["detail"]


def test_without_a_server_an_answer_says_that_its_hook_was_not_run(folder):
    store = store_in(folder)
    space = store.tenant("shop")
    change_settings(space, hooks=PATIENT)
    rule = {"id": "h", "kind": "hook", "name": "last-first"}
    space.policies.rules.put("h", rule, author=AUTHOR)
    live = LiveTenant(space, store.cache, InMemoryHistory())
    live.refresh()

    answer = msgspec.json.decode(asyncio.run(endpoint.answer(live, "popular", from_body({}))).body)

    assert ids(answer)
    assert codes(answer) == {"hook_skipped"}


TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@pytest.mark.parametrize("sent", [TRACE, None])
def test_a_hook_is_told_the_trace_that_the_request_belongs_to(patient, tmp_path, sent):
    shop = patient.of("shop")
    report = tmp_path / "seen"
    calling(shop, "reports")
    headers = {"traceparent": sent} if sent else {}

    answered(
        shop.post(
            "/placements/popular:recommend",
            json={"context": {"report": str(report)}},
            headers=headers,
        )
    )

    assert ast.literal_eval(report.read_text(encoding="utf-8"))["traceparent"] == sent
