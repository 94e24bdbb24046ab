"""Whatever was answered, and written down, a training learns the same."""

from recommender_models.weighting import Weighting
from tests.recommender_api.asking import answered, ids
from tests.recommender_api.served import AUTHOR, copied, serving, store_in
from tests.recommender_api.shops import trained
from trainers.datasets.exposures import read_exposures
from trainers.datasets.snapshot import take_snapshot


def snapshot_of(space):
    weighting = Weighting({"view": 1.0, "purchase": 5.0}, 3.0)
    state = space.events.state()
    return take_snapshot(state, weighting, space.digests(), window_days=30, threads=1)


def left_out(snapshot):
    reasons = (day.left_out for day in snapshot.statistics.received.values())
    return sum(one.get("written_by_the_platform", 0) for one in reasons)


def test_a_dataset_is_the_same_with_answers_written_down_and_without(tmp_path):
    store = store_in(copied(trained(), tmp_path / "copy"))
    space = store.tenant("shop")
    settings = space.settings()
    everything = settings.serving.model_copy(update={"trace_share": 1.0})
    space.save_settings(settings.model_copy(update={"serving": everything}), author=AUTHOR)
    before = snapshot_of(space)

    with serving(store) as running:
        shop = running.of("shop")
        made = [
            answered(shop.get(f"/users/user-{number:06d}/recommendations?session_id=s{number}"))
            for number in range(25)
        ]
        made.append(answered(shop.get("/popular")))
    pending = snapshot_of(space)
    space.events.compact()
    compacted = snapshot_of(space)

    assert pending.fingerprint == compacted.fingerprint == before.fingerprint
    assert [left_out(one) for one in (before, pending, compacted)] == [0, 26, 26]
    exposures = read_exposures(space.events.state())
    assert len(exposures.item_id) == sum(len(ids(one)) for one in made)
    assert set(exposures.propensity.tolist()) == {1.0}
