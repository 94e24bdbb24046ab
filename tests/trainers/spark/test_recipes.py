"""What is fitted on Spark keeps what every recipe promises, and agrees with this machine's."""

import functools
from dataclasses import replace

import numpy as np
import pytest

from recommender_models.bundle import KINDS
from recommender_models.protocol import History
from tests.conformance.test_recipes import digests, no_data, small, world
from tests.worlds.checkerboard import checkerboard
from tests.worlds.long_tail import long_tail
from tests.worlds.two_towns import two_towns
from trainers.errors import RecipeNotOnSpark
from trainers.indexes.build import build_index
from trainers.recipes.table import RECIPES
from trainers.spark.engine import ON_EXECUTORS

pytestmark = [pytest.mark.spark, pytest.mark.xdist_group("spark")]

BESIDE = [name for name in ON_EXECUTORS if "similar" in RECIPES[name].slots]


@pytest.fixture
def fitted(engine):
    def fit(name, data, seed=1, progress=lambda _done, _all: None, **given):
        recipe = engine.recipe_named(name)
        parameters = recipe.parameters.model_validate(small(name) | given)
        return recipe.fit(data, parameters, progress, np.random.default_rng(seed))

    return fit


def local(name, data, **given):
    recipe = RECIPES[name]
    parameters = recipe.parameters.model_validate(small(name) | given)
    return recipe.fit(data, parameters, lambda _done, _all: None, np.random.default_rng(1))


@pytest.mark.parametrize("name", ON_EXECUTORS)
def test_a_recipe_goes_by_the_name_slots_and_parameters_that_it_has_on_this_machine(engine, name):
    here, there = RECIPES[name], engine.recipe_named(name)

    assert there.name == name
    assert (there.slots, there.parameters) == (here.slots, here.parameters)


@pytest.mark.parametrize("name", ["ease", "bpr", "blend", "search", "svd"])
def test_a_recipe_without_a_spark_version_is_told_with_those_that_have_one(engine, name):
    with pytest.raises(RecipeNotOnSpark, match=r"als, bm25, co_purchase.*--engine local"):
        engine.recipe_named(name)


@pytest.mark.parametrize("given", [{}, {"neighbours": 8}, {"minimum_support": 4, "shrinkage": 0.0}])
@pytest.mark.parametrize("name", BESIDE)
def test_neighbours_and_scores_are_those_of_this_machine(fitted, name, given):
    data = world(long_tail(users=150, items=90, events=4_000).interactions).data
    rows = np.arange(90, dtype=np.int32)

    there = fitted(name, data, **given).similar_items(rows, 100)

    here = local(name, data, **given).similar_items(rows, 100)
    for one, other in zip(here, there, strict=True):
        assert len(one.rows) == len(other.rows)
        np.testing.assert_allclose(one.scores, other.scores, rtol=1e-5)
        apart = np.abs(np.diff(one.scores, prepend=np.inf, append=-np.inf)) > 1e-6
        clear = apart[:-1] & apart[1:]
        assert one.rows[clear].tolist() == other.rows[clear].tolist(), "but for ties"


@pytest.mark.parametrize("name", ON_EXECUTORS)
def test_a_recipe_solves_the_checkerboard(fitted, name):
    board = checkerboard(30, 30)
    seen = world(board.interactions)

    model = fitted(name, seen.data)

    histories = [seen.history(user) for user in seen.users]
    first = [seen.items[answer.rows[0]] for answer in model.recommend(histories, 1)]
    assert dict(zip(seen.users, first, strict=True)) == board.withheld


@pytest.mark.parametrize("name", ON_EXECUTORS)
def test_what_is_recommended_to_a_user_is_of_their_town(fitted, name):
    towns = two_towns()
    seen = world(towns.interactions)
    model = fitted(name, seen.data)

    for user in seen.users:
        history = seen.history(user)
        left = len(towns.town_of_item) // 2 - len(history.rows)
        answer = model.recommend([history], left)[0]

        assert len(answer.rows) == left
        assert {towns.town_of_item[seen.items[row]] for row in answer.rows} == {
            towns.town_of_user[user]
        }


@pytest.mark.parametrize("name", ON_EXECUTORS)
def test_on_a_long_tail_a_recipe_finds_the_tastes(fitted, name):
    tail = long_tail(users=160, items=120, events=6_000)
    seen = world(tail.interactions)
    model = fitted(name, seen.data)

    shares = []
    for user in seen.users:
        answer = model.recommend([seen.history(user)], 5)[0]
        tastes = [tail.taste_of_item[seen.items[row]] for row in answer.rows]
        shares.append(np.mean([taste == tail.taste_of_user[user] for taste in tastes]))
    assert np.mean(shares) > 4 / 8, "chance would be one in eight"


@pytest.mark.parametrize("name", ON_EXECUTORS)
@pytest.mark.parametrize(("users", "items"), [(5, 7), (0, 7), (0, 0), (1, 1)])
def test_a_log_in_which_nothing_speaks_for_anything_gives_a_model_that_answers_nothing(
    fitted, name, users, items, tmp_path
):
    model = fitted(name, no_data(users, items))
    model.save(tmp_path)

    opened = KINDS[model.KIND].from_path(tmp_path)
    assert not len(opened.recommend([History()], 5)[0].rows)


@pytest.mark.parametrize("name", ON_EXECUTORS)
def test_one_user_and_one_item_are_no_trouble(fitted, name):
    log = checkerboard(4, 4).interactions[:1]

    model = fitted(name, world(log).data)

    assert not len(model.recommend([world(log).history(log[0].user_id)], 5)[0].rows)


@pytest.mark.parametrize("name", ON_EXECUTORS)
def test_visits_without_a_user_are_enough(fitted, name):
    seen = world(two_towns().interactions, anonymous=True)

    assert len(fitted(name, seen.data).recommend([seen.history(seen.users[0])], 3)[0].rows) == 3


@pytest.mark.parametrize("name", ON_EXECUTORS)
def test_a_fit_leaves_its_data_as_it_was_and_ends_where_it_said_it_would(fitted, name):
    data, told = world(two_towns().interactions).data, []
    before = data.matrix.copy()

    fitted(name, data, progress=lambda *said: told.append(said))

    assert (data.matrix != before).nnz == 0
    assert told[-1][0] == told[-1][1]


def test_a_stored_user_and_one_folded_in_from_the_same_history_have_the_same_vector(fitted):
    seen = world(long_tail(users=60, items=40, events=1_500).interactions)

    model = fitted("als", seen.data)

    for row, user in enumerate(seen.users):
        history = seen.history(user)
        np.testing.assert_array_equal(
            model._user_factors[row], model.fold_in(history.rows, history.weights)
        )


def test_an_index_that_does_not_find_what_its_users_ask_for_gives_way_to_an_exact_one(
    fitted, monkeypatch
):
    data = world(long_tail(users=60, items=40, events=1_500).interactions).data
    of_codes = functools.partial(build_index, exact_limit=0)
    monkeypatch.setattr("trainers.spark.als.build_index", of_codes)

    never_enough = fitted("als", replace(data, least_recall=1.1))
    enough = fitted("als", replace(data, least_recall=0.0))

    assert [model._index.kind for model in (never_enough, enough)] == ["flat", "codes"]


def test_the_same_data_and_seed_give_the_same_lists(fitted, tmp_path):
    data = world(long_tail(users=100, items=60, events=2_000).interactions).data

    for name in ("one", "other"):
        fitted("tfidf", data).save(tmp_path / name)

    assert digests(tmp_path / "one") == digests(tmp_path / "other")
