"""Two new models, tried on users of a running server: the better one goes live, the other never."""

from datetime import timedelta
from typing import Any

import pytest

from recommender_api.experiments import canary_judgement
from recommender_api.experiments.canary_watch import Looked, look
from recommender_store.canaries import beginning
from recommender_store.canaries.canary import Canary, canary_of
from recommender_store.tenant_space import TenantSpace
from tests.recommender_api.asking import answered, asked
from tests.recommender_api.served import Served, store_in, until
from tests.trainers.tenant import change_settings
from trainers.jobs.options import TrainOptions
from trainers.jobs.train import train

USERS = [f"user-{number:06d}" for number in range(100)]
CANARY = {
    "enabled": True,
    "share_percent": 50.0,
    "placements": ("for_you",),
    "minimum_answers": 20,
    "minimum_users": 20,
}


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who asks takes part within seconds; a busy machine may not have fetched the model then."""
    monkeypatch.setattr(beginning, "LOADED_WITHIN", timedelta(seconds=2))
    monkeypatch.setattr(canary_judgement, "FAILING_MOST", 1.0)


def space_of(folder: Any) -> TenantSpace:
    return store_in(folder).tenant("shop")


def tried(folder: Any, seed: int) -> Canary:
    """The canary of a new training."""
    store = store_in(folder)
    space = store.tenant("shop")
    canary = space.settings().training.canary.model_copy(update=CANARY)
    gate = {"margin": 0.9, "minimum_test_users": 10}
    change_settings(space, training={"canary": canary}, serving={"trace_share": 1.0}, gate=gate)
    space.announce("settings")
    run = train(space, TrainOptions(seed=seed, threads=1), store.cache)
    assert run.status == "published", run.sentence
    begun = canary_of(run)
    assert begun is not None
    return begun


def variants(own: Served) -> dict[str, list[tuple[str, dict[str, Any]]]]:
    """Variant → who got it, and the answer."""
    shop, found = own.of("shop"), dict[str, list[tuple[str, dict[str, Any]]]]()
    for user in USERS:
        answer = asked(shop, "for_you", user_id=user)
        found.setdefault((answer["experiment"] or {}).get("variant"), []).append((user, answer))
    return found


def versions(own: Served) -> dict[str, set[str]]:
    told = variants(own)
    return {name: {one["model"]["version"] for _, one in some} for name, some in told.items()}


def clicked(own: Served, told: list[tuple[str, dict[str, Any]]]) -> None:
    """Each clicks on the first item of the answer."""
    events = [
        {
            "event_id": f"click-{answer['recommendation_id']}",
            "kind": "click",
            "user_id": user,
            "item_id": answer["items"][0]["item_id"],
            "occurred_at": "2026-11-22T06:00:00Z",
            "recommendation_id": answer["recommendation_id"],
        }
        for user, answer in told
    ]
    response = own.of("shop").post("/events", json={"events": events})
    assert response.status_code == 202, response.text
    assert response.json()["accepted"] == len(events)


def decided(folder: Any, canary: Canary, wanted: int) -> Looked:
    """By whoever looks when its time is up, once the log has so many answers of the new model."""

    def figures() -> dict[str, Any]:
        found = look(space_of(folder), canary.run_id, canary.ends_at, decides=False)
        return found.figures["new"]

    until(lambda: figures()["answers"] >= wanted, timeout_s=60)
    return look(space_of(folder), canary.run_id, canary.ends_at)


def test_the_better_model_goes_live_and_a_worse_one_never_does(own, folder):
    good = tried(folder, 11)
    both = {"live": {good.instead_of}, "new": {good.version}}
    until(lambda: versions(own) == both, timeout_s=60)
    told = variants(own)
    clicked(own, told["new"])

    promoted = decided(folder, good, len(told["new"]))

    assert promoted.run.status == "promoted", promoted.sentence
    until(lambda: versions(own) == {None: {good.version}}, timeout_s=60)
    run = answered(own.of("shop").get(f"/runs/{good.run_id}"))
    assert (run["status"], run["steps"][-1]["result"]["verdict"]) == ("promoted", "promoted")

    bad = tried(folder, 12)
    assert bad.instead_of == good.version
    both = {"live": {good.version}, "new": {bad.version}}
    until(lambda: versions(own) == both, timeout_s=60)
    told = variants(own)
    clicked(own, told["live"])

    refused = decided(folder, bad, len(told["new"]))

    assert (refused.run.status, refused.run.code) == ("refused", "canary_worse"), refused.sentence
    until(lambda: versions(own) == {None: {good.version}}, timeout_s=60)
    run = answered(own.of("shop").get(f"/runs/{bad.run_id}"))
    assert (run["status"], run["code"]) == ("refused", "canary_worse")
    assert "beyond doubt" in run["sentence"]
    assert answered(own.of("shop").get("/models"))["current"] == good.version


def test_what_the_platform_tries_is_no_tenants_to_write_but_to_end(own, folder):
    canary = tried(folder, 13)
    shop = own.of("shop")
    two = [{"id": "a"}, {"id": "b"}]

    def refused(name: str, **more: object) -> dict[str, str]:
        body = {"placements": ["similar"], "variants": two} | more
        response = shop.put(f"/experiments/{name}", json=body)
        assert response.status_code == 422, response.text
        return {one["pointer"]: one["code"] for one in response.json()["errors"]}

    assert refused(canary.experiment_id)["/id"] == "reserved"
    assert refused("own", layer="canary", placements=["popular"])["/layer"] == "reserved"
    assert refused("own", placements=["for_you"]) == {"/placements": "experiment_overlaps"}
    later = {"starts_at": canary.ends_at.isoformat(), "placements": ["for_you"], "variants": two}
    answered(shop.put("/experiments/later", json=later))

    assert shop.delete(f"/experiments/{canary.experiment_id}").status_code == 204
    ended = look(space_of(folder), canary.run_id, canary.ends_at)
    assert (ended.run.status, ended.run.code) == ("refused", "canary_ended")
