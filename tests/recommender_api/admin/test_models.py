"""Models and runs over REST: listed, shown, promoted, rolled back."""

import pytest

from tests.recommender_api.served import store_in
from tests.trainers.tenant import change_settings
from trainers.jobs.options import TrainOptions
from trainers.jobs.train import train


def versions(client):
    """All of them, the live one last, and which is said to be live."""
    answer = client.get("/models").json()
    found = [one["version"] for one in answer["models"]]
    return sorted(found, key=lambda version: version == answer["current"]), answer["current"]


def serving(client):
    return client.get("/popular").json()["model"]["version"]


def test_models_are_listed_with_the_one_that_is_live(shop):
    both, current = versions(shop)

    assert len(both) == 2
    assert current == both[1] == serving(shop)


def test_a_model_tells_its_lineage_and_its_verdicts(shop):
    version = versions(shop)[1]
    told = shop.get(f"/models/{version}").json()

    assert told["version"] == version
    assert {"similar", "for_you", "popular"} <= set(told["slots"])


def test_a_promotion_and_a_rollback_count_from_the_next_request_on(own):
    shop = own.of("shop")
    (older, newer), _ = versions(shop)

    answer = shop.post(f"/models/{older}:promote", json={"reason": "because"}).json()
    assert answer["current"] == older == serving(shop)
    answer = shop.post("/models:rollback").json()
    assert answer["current"] == newer == serving(shop)


@pytest.fixture
def refused(folder):
    """Of the shop, whose gate let nothing in tonight: the version that holds what it refused."""
    space = store_in(folder).tenant("shop")
    change_settings(space, gate={"minimum_test_users": 10_000})
    store = store_in(folder)
    run = train(store.tenant("shop"), TrainOptions(threads=1), store.cache)
    return run.steps[-1].result["refused_version"]


def test_what_the_gate_refused_is_told_as_refused_and_goes_live_by_force_only(own, refused):
    shop = own.of("shop")
    path = f"/models/{refused}:promote"
    listed = {one["version"]: one["status"] for one in shop.get("/models").json()["models"]}
    assert listed[refused] == "refused"
    assert sorted(listed.values()).count("live") == 1

    unforced = shop.post(path, json={"reason": "please"})
    assert (unforced.status_code, unforced.json()["code"]) == (409, "model_refused")
    assert "for_you: the test period holds only" in unforced.json()["detail"]
    for reason in ({}, {"reason": ""}, {"reason": " "}):
        unsaid = shop.post(path, json={"force": True} | reason)
        assert (unsaid.status_code, unsaid.json()["code"]) == (422, "request_invalid")
        assert unsaid.json()["errors"][0]["pointer"] == "/reason"
    assert serving(shop) != refused

    forced = shop.post(path, json={"force": True, "reason": "a holiday"})
    assert (forced.status_code, forced.json()["forced"]) == (200, True)
    assert serving(shop) == refused
    told = shop.get(f"/models/{refused}").json()
    assert (told["status"], told["forced"]) == ("live", True)
    (decision,) = told["decisions"]
    assert (decision["reason"], decision["forced"]) == ("a holiday", True)
    assert decision["by"].startswith("key:")


def test_there_is_an_end_to_going_back(own):
    twin = own.of("twin")
    response = twin.post("/models:rollback")

    assert response.status_code == 409
    assert response.json()["code"] == "nothing_to_roll_back"
    assert serving(twin) == versions(twin)[1]


@pytest.mark.parametrize("version", ["nothing", "a%20b", "..%2F..%2Ftwin", "%00", "x" * 300, "..."])
def test_a_version_that_does_not_exist_is_unknown_however_it_is_spelt(shop, version):
    for response in (shop.get(f"/models/{version}"), shop.post(f"/models/{version}:promote")):
        assert response.status_code == 404, response.text
        assert response.json()["code"] == "artifact_missing"


@pytest.mark.parametrize("run_id", ["nothing", "a%20b", "..%2F..%2Ftwin", "%00"])
def test_a_run_that_does_not_exist_is_unknown_however_it_is_spelt(shop, run_id):
    response = shop.get(f"/runs/{run_id}")

    assert response.status_code == 404
    assert response.json()["code"] == "run_unknown"


def test_runs_are_listed_and_told(shop):
    runs = shop.get("/runs").json()["runs"]
    told = shop.get(f"/runs/{runs[0]['run_id']}").json()

    assert [one["status"] for one in runs] == ["promoted", "promoted"]
    assert [step["name"] for step in told["steps"]][-1] == "publish"


def test_a_reason_with_a_typing_mistake_decides_nothing(own):
    shop = own.of("shop")
    older, current = versions(shop)[0][0], versions(shop)[1]
    response = shop.post(f"/models/{older}:promote", json={"raeson": "x"})

    assert response.status_code == 422
    assert versions(shop)[1] == current
