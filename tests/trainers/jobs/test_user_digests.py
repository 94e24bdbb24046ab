"""No artifact tells who a tenant's users are, and what older ones told goes on being of use."""

from datetime import UTC, datetime

import pytest

from recommender_models.opening import open_bundle
from recommender_store.artifacts.session_rows import Owner
from recommender_store.care.prune import prune_tenant
from recommender_store.opening import open_store
from recommender_store.tenants.errors import DigestKeyUnreadable
from tests.recommender_store.care.unpacked import traces
from tests.trainers.jobs.plain_bundle import made_plain
from tests.trainers.jobs.shop import Shop, result
from tests.trainers.jobs.test_warm_start import WHATEVER_IT_IS, one_day_more, warmed
from tests.trainers.tenant import OPTIONS

USER = "user-000001"
EVERYTHING = OPTIONS.model_copy(update={"recipes": ("next=vs_knn",)})


def under(trainee: Shop, secrets: str) -> Shop:
    """The same store, opened by these secrets."""
    settings = trainee.store.settings.model_copy(update={"secret_key": secrets})
    store = open_store(settings)
    return Shop(store, store.tenant("shop"))


def knows(trainee: Shop, user: str = USER):
    bundle, _ = open_bundle(trainee.space.models, trainee.version(), trainee.store.cache)
    history = bundle.history(user)
    items = bundle.items.ids(history.rows)
    answer = bundle.for_you.recommend([history], 10)[0]
    weights = dict(zip(items, history.weights.tolist(), strict=True))
    return history.stored_row >= 0, weights, bundle.items.ids(answer.rows)


def test_no_file_of_a_model_or_of_a_training_under_way_tells_who_somebody_is(trainee):
    trainee.train(EVERYTHING)
    for step in ("snapshot", "check", "fit:for_you"):
        trainee.step(step, "under-way")
    tenant = trainee.store.settings.folder / "tenants" / "shop"

    assert traces(tenant / "events", USER)
    assert list((tenant / "runs" / "under-way").rglob("work/*"))
    for folder in ("artifacts", "models", "runs", "digests"):
        assert list((tenant / folder).rglob("*"))
        assert traces(tenant / folder, "user-0000") == []
    assert knows(trainee)[0]
    assert traces(trainee.store.settings.folder / "cache", "user-0000") == []


def test_what_a_model_says_of_a_user_outlives_the_secret(trainee):
    trainee.train()
    before = knows(trainee)
    assert before[0]

    for secrets in ("newer,secret", "newer"):
        trainee = under(trainee, secrets)
        assert knows(trainee) == before
        prune_tenant(trainee.space, datetime.now(UTC))

    assert trainee.train().status == "promoted"


def test_without_a_secret_that_opens_the_key_a_model_and_a_training_say_so(trainee):
    trainee.train()
    other = under(trainee, "another")

    with pytest.raises(DigestKeyUnreadable, match="put the older secret back"):
        knows(other)
    with pytest.raises(DigestKeyUnreadable):
        other.train()
    newest = max(other.space.runs.all(), key=lambda run: run.started_at)
    assert [newest.status, newest.code] == ["failed", "digest_key_unreadable"]


def test_a_bundle_with_plain_ids_goes_on_serving_and_forgets_whom_it_is_to_forget(trainee):
    trainee.train()
    before = knows(trainee)
    made_plain(trainee)

    assert trainee.manifest().user_ids == "plain"
    assert knows(trainee) == before

    erased = list(trainee.space.models.erase(Owner("user_id", USER), trainee.store.cache))

    assert [one.knew_user for one in erased] == [True]
    assert not knows(trainee)[0]
    assert knows(trainee, "user-000002")[0]
    assert trainee.manifest().user_ids == "plain"


def test_a_training_goes_on_from_a_bundle_with_plain_ids(trainee):
    warmed(trainee).train()
    made_plain(trainee)
    one_day_more(trainee)

    run = trainee.train(WHATEVER_IT_IS)

    assert result(run, "fit:for_you")["warm_start"]["in_a_row"] == 1
    assert trainee.manifest().user_ids == "digest"
    assert knows(trainee)[0]


def test_an_erased_user_is_gone_from_every_model_by_digest(trainee):
    trainee.train(EVERYTHING)
    before = knows(trainee, "user-000002")

    erased = list(trainee.space.models.erase(Owner("user_id", USER), trainee.store.cache))

    assert [one.knew_user for one in erased] == [True]
    assert not knows(trainee)[0]
    assert knows(trainee, "user-000002") == before
    again = list(trainee.space.models.erase(Owner("user_id", USER), trainee.store.cache))
    assert [one.knew_user for one in again] == [False]
