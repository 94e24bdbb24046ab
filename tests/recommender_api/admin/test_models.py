"""Models and runs over REST: listed, shown, promoted, rolled back."""

import pytest


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
