"""A training tells how it did for whom, in a record that a report can read."""

from recommender_store.runs.measures import slot_measures
from tests.trainers.jobs.shop import result
from tests.trainers.tenant import change_settings
from tests.worlds.long_tail import long_tail


def test_each_slot_is_measured_by_cohort(trainee):
    run = trainee.train()

    measured = slot_measures(result(run, "measure"))
    names = {slot: [(one.by, one.name) for one in it.cohorts] for slot, it in measured.items()}
    items = [("item", "new"), ("item", "head"), ("item", "tail")]
    assert names["similar"] == items
    assert names["for_you"] == [("user", "new"), ("user", "light"), ("user", "heavy"), *items]
    for_you = measured["for_you"]
    users = [one.owners for one in for_you.cohorts if one.by == "user"]
    assert sum(users) == for_you.test_users
    assert {who for one in for_you.cohorts for who in one.figures} == {"model", "popularity"}


def test_an_attribute_that_the_tenant_names_tells_items_apart(trainee):
    change_settings(trainee.space, training={"cohort_attribute": "shelves"})
    items = sorted(
        {one.item_id for one in long_tail(users=120, items=80, events=3_000).interactions}
    )
    shelves = [["all", "even" if number % 2 == 0 else "odd"] for number in range(len(items))]
    trainee.space.catalog.write(
        [(item, {"shelves": one}) for item, one in zip(items, shelves, strict=True)]
    )

    run = trainee.train()

    for_you = slot_measures(result(run, "measure"))["for_you"]
    by_name = {one.name: one for one in for_you.cohorts if one.by == "attribute"}
    assert set(by_name) == {"all", "even", "odd"}
    assert by_name["all"].owners == for_you.test_users
    assert by_name["all"].figures["model"]["recall@10"] <= for_you.model["recall@10"]
