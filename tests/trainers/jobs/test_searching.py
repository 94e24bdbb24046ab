"""The platform chooses by itself, goes on after a kill, and keeps to what it chose."""

import pytest

from recommender_store.runs.files import RunFiles
from tests.trainers.jobs.shop import result, shop
from trainers.errors import RecipeUnknown
from trainers.jobs.options import TrainOptions

SEARCH = TrainOptions(recipes=("search",))
CPU_S = 4.0


class Killed(BaseException):
    """The process ended here."""


@pytest.fixture
def trainee(tmp_path):
    return shop(tmp_path, training={"search_cpu_s": CPU_S})


@pytest.mark.slow
def test_what_a_search_chose_goes_live_and_is_fitted_again_until_somebody_asks_otherwise(trainee):
    run = trainee.train(SEARCH)

    found = trainee.manifest().slots["for_you"]
    trials = result(run, "fit:for_you")["trials"]
    tried = {trial["recipe"] for trial in trials}
    assert (found.recipe, found.kind, found.was_searched) == ("blend", "blend", True)
    assert {part["recipe"] for part in found.parameters["parts"]} <= tried
    assert all(trial["cpu_s"] > 0 for trial in trials)

    again = trainee.train()

    kept = trainee.manifest().slots["for_you"]
    assert "trials" not in result(again, "fit:for_you")
    assert (kept.parameters, kept.was_searched) == (found.parameters, True)
    assert kept.files["blend.json"].sha256 == found.files["blend.json"].sha256

    other = trainee.train(TrainOptions(recipes=("for_you=als",)))

    assert result(other, "fit:for_you")["recipe"] == "als"


def test_a_search_that_was_cut_off_goes_on_behind_its_finished_trials(trainee, monkeypatch):
    put, done = RunFiles.put, []

    def dies_after_the_second(self, name, path):
        put(self, name, path)
        done.append(path.read_bytes())
        if len(done) == 2:
            raise Killed

    monkeypatch.setattr(RunFiles, "put", dies_after_the_second)
    with pytest.raises(Killed):
        trainee.train(SEARCH)
    monkeypatch.undo()

    run = trainee.train(SEARCH)

    trials = result(run, "fit:for_you")["trials"]
    assert run.status == "promoted"
    assert [trial["recipe"] for trial in trials[:2]] == ["rp3beta", "graph_filter"]
    assert done[1].count(b"cpu_s") == 2
    assert len(trials) > 2


def test_search_is_a_name_for_one_slot_only(trainee):
    with pytest.raises(RecipeUnknown, match=r"'similar=search': choose among for_you=search"):
        trainee.train(TrainOptions(recipes=("similar=search",)))
