"""What every recipe promises: it solves the worlds whose right answer is known."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from pydantic import ValidationError
from scipy import sparse

from recommender_models.bundle import KINDS
from recommender_models.protocol import History
from recommender_models.seen import KIND_BITS
from recommender_store.artifacts.manifest import SLOTS
from recommender_store.artifacts.vocabulary import Vocabulary
from tests.worlds.checkerboard import checkerboard
from tests.worlds.interaction import Interaction
from tests.worlds.long_tail import long_tail
from tests.worlds.two_towns import two_towns
from trainers.datasets.descriptions import Descriptions, describe
from trainers.datasets.interactions import Interactions
from trainers.recipes.protocol import TrainingData
from trainers.recipes.table import DEFAULTS, RECIPES

PERSONAL = [name for name, recipe in RECIPES.items() if "for_you" in recipe.slots]
BESIDE = [
    name
    for name, recipe in RECIPES.items()
    if {"similar", "bought_together", "content"} & set(recipe.slots)
]


SMALL: dict[str, dict[str, Any]] = {
    "als": {"factors": 8, "regularization": 5.0},
    "graph_filter": {"factors": 8},
    "ease": {"regularization": 5.0},
}
SMALL["blend"] = {
    "parts": [
        {"recipe": name, "weight": 0.5, "parameters": SMALL[name]}
        for name in ("graph_filter", "als")
    ]
}


class World(NamedTuple):
    """A log as a recipe gets it, with its ids: each user bought everything in one session."""

    data: TrainingData
    users: list[str]
    items: list[str]

    def history(self, user: str) -> History:
        """The user as fitted: all items excluded that were seen."""
        row = self.data.matrix[self.users.index(user)]
        return History(
            rows=row.indices.astype(np.int32),
            weights=row.data.astype(np.float32),
            excluded=row.indices.astype(np.int32),
        )


def world(
    log: list[Interaction],
    *,
    anonymous: bool = False,
    threads: int = 1,
    told: Mapping[str, object] | None = None,
) -> World:
    """The log, and of each item what is `told` of it."""
    users, who = np.unique([one.user_id for one in log], return_inverse=True)
    items, what = np.unique([one.item_id for one in log], return_inverse=True)
    count = len(log)
    interactions = Interactions(
        actor=who.astype(np.int32),
        item=what.astype(np.int32),
        weight=np.ones(count, dtype=np.float32),
        kind=np.full(count, KIND_BITS["purchase"], dtype=np.uint8),
        at_us=np.array([int(one.occurred_at.timestamp() * 1e6) for one in log], dtype=np.int64),
        session=who.astype(np.int32),
    )
    return World(
        TrainingData(
            matrix=interactions.matrix((len(users), len(items))),
            user_count=0 if anonymous else len(users),
            interactions=interactions,
            until_us=int(interactions.at_us[-1]) + 1,
            descriptions=descriptions(items.tolist(), told or {}),
            threads=threads,
        ),
        users.tolist(),
        items.tolist(),
    )


def descriptions(items: list[str], told: Mapping[str, object]) -> Descriptions | None:
    catalog = {item: {"told": f"{one}"} for item, one in told.items() if item in items}
    return describe(Vocabulary.of(items), catalog, {})


def no_data(users: int, items: int) -> TrainingData:
    types = (np.int32, np.int32, np.float32, np.uint8, np.int64, np.int32)
    nothing = Interactions(*(np.empty(0, dtype=one) for one in types))
    matrix = sparse.csr_matrix((users, items), dtype=np.float32)
    return TrainingData(matrix, users, nothing, until_us=1)


def fitted(
    name: str, data: TrainingData, seed: int = 1, progress=lambda _done, _all: None, **given
):
    recipe = RECIPES[name]
    parameters = recipe.parameters.model_validate(given)
    return recipe.fit(data, parameters, progress, np.random.default_rng(seed))


def small(name: str) -> dict[str, Any]:
    """Parameters for a small world, which would otherwise be learned by heart, noise and all."""
    return SMALL.get(name, {})


def digests(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
    }


@pytest.mark.parametrize("name", PERSONAL)
def test_a_recipe_solves_the_checkerboard(name):
    board = checkerboard(30, 30)
    seen = world(board.interactions)

    model = fitted(name, seen.data, **small(name))

    histories = [seen.history(user) for user in seen.users]
    first = [seen.items[answer.rows[0]] for answer in model.recommend(histories, 1)]
    assert dict(zip(seen.users, first, strict=True)) == board.withheld


@pytest.mark.parametrize("name", BESIDE)
def test_beside_a_square_of_the_checkerboard_stand_squares_of_its_colour(name):
    board = checkerboard(30, 30)
    seen = world(board.interactions, told=board.colours)

    answers = fitted(name, seen.data, **small(name)).similar_items(
        np.arange(30, dtype=np.int32), 14
    )

    for item, answer in zip(seen.items, answers, strict=True):
        assert len(answer.rows) == 14
        assert {board.colours[seen.items[row]] for row in answer.rows} == {board.colours[item]}


@pytest.mark.parametrize("name", PERSONAL)
def test_what_is_recommended_to_a_user_is_of_their_town(name):
    towns = two_towns()
    seen = world(towns.interactions)
    model = fitted(name, seen.data, **small(name))

    for user in seen.users:
        history = seen.history(user)
        left = len(towns.town_of_item) // 2 - len(history.rows)
        answer = model.recommend([history], left)[0]

        assert len(answer.rows) == left
        assert {towns.town_of_item[seen.items[row]] for row in answer.rows} == {
            towns.town_of_user[user]
        }


@pytest.mark.parametrize("name", BESIDE)
def test_what_stands_beside_an_item_is_of_its_town(name):
    towns = two_towns()
    seen = world(towns.interactions, told=towns.town_of_item)
    answers = fitted(name, seen.data, **small(name)).similar_items(
        np.arange(len(seen.items), dtype=np.int32), 50
    )

    for item, answer in zip(seen.items, answers, strict=True):
        assert len(answer.rows)
        assert {towns.town_of_item[seen.items[row]] for row in answer.rows} == {
            towns.town_of_item[item]
        }


@pytest.mark.parametrize("name", PERSONAL)
def test_on_a_long_tail_a_recipe_finds_the_tastes(name):
    tail = long_tail(users=160, items=120, events=6_000)
    seen = world(tail.interactions)
    model = fitted(name, seen.data, **small(name))

    shares = []
    for user in seen.users:
        answer = model.recommend([seen.history(user)], 5)[0]
        tastes = [tail.taste_of_item[seen.items[row]] for row in answer.rows]
        shares.append(np.mean([taste == tail.taste_of_user[user] for taste in tastes]))
    assert np.mean(shares) > 4 / 8, "chance would be one in eight"


def test_popularity_ranks_by_how_many_people_did_something():
    tail = long_tail(users=60, items=16, events=3_000)
    seen = world(tail.interactions)
    people = np.asarray((seen.data.matrix > 0).sum(axis=0)).ravel()

    ranking = fitted("popularity", seen.data, half_life_days=1e9)

    counted = people[ranking.top(16).rows]
    assert counted.tolist() == sorted(people.tolist(), reverse=True)


@pytest.mark.parametrize("name", RECIPES)
@pytest.mark.parametrize(("users", "items"), [(5, 7), (0, 7), (0, 0), (1, 1)])
def test_a_log_in_which_nothing_speaks_for_anything_gives_a_model_that_answers_nothing(
    name, users, items, tmp_path
):
    model = fitted(name, no_data(users, items))
    model.save(tmp_path)
    opened = KINDS[model.KIND].from_path(tmp_path)

    assert not len(opened.recommend([History()], 5)[0].rows)


@pytest.mark.parametrize("name", RECIPES)
def test_one_user_and_one_item_are_no_trouble(name):
    log = checkerboard(4, 4).interactions[:1]

    model = fitted(name, world(log).data)

    answer = model.recommend([world(log).history(log[0].user_id)], 5)[0]
    assert not len(answer.rows), "the one item was seen"


# Without a trend nothing is trending.
@pytest.mark.parametrize("name", [name for name in RECIPES if name != "trending"])
def test_visits_without_a_user_are_enough(name):
    towns = two_towns()
    seen = world(towns.interactions, anonymous=True, told=towns.town_of_item)

    model = fitted(name, seen.data, **small(name))

    assert len(model.recommend([seen.history(seen.users[0])], 3)[0].rows) == 3


@pytest.mark.parametrize("name", RECIPES)
def test_the_same_data_and_seed_give_the_same_bytes_on_any_number_of_threads(name, tmp_path):
    tail = long_tail(users=200, items=100, events=4_000)

    for threads in (1, 2):
        seen = world(tail.interactions, threads=threads, told=tail.taste_of_item)
        fitted(name, seen.data, seed=4).save(tmp_path / str(threads))

    assert digests(tmp_path / "1") == digests(tmp_path / "2")


@pytest.mark.parametrize("name", RECIPES)
def test_a_fit_leaves_its_data_as_it_was(name):
    towns = two_towns()
    data = world(towns.interactions, told=towns.town_of_item).data
    before = data.matrix.copy(), data.interactions.fingerprint(), data.descriptions.counts.copy()

    fitted(name, data, **small(name))

    assert (data.matrix != before[0]).nnz == 0
    assert data.interactions.fingerprint() == before[1]
    assert (data.descriptions.counts != before[2]).nnz == 0


@pytest.mark.parametrize("name", RECIPES)
def test_progress_ends_where_it_said_it_would(name):
    told: list[tuple[int, int]] = []

    fitted(name, world(two_towns().interactions).data, progress=lambda *said: told.append(said))

    assert told
    assert told[-1][0] == told[-1][1]
    assert [done for done, _ in told] == sorted(done for done, _ in told)


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_goes_by_its_name_and_fills_slots_that_there_are(name):
    recipe = RECIPES[name]

    assert recipe.name == name
    assert recipe.slots
    assert set(recipe.slots) <= set(SLOTS)


@pytest.mark.parametrize("name", RECIPES)
def test_parameters_have_defaults_go_into_a_manifest_and_take_no_unknown_name(name):
    parameters = RECIPES[name].parameters

    assert parameters.model_validate(json.loads(parameters().model_dump_json())) == parameters()
    with pytest.raises(ValidationError):
        parameters.model_validate({"faktors": 3})


def test_every_default_can_fill_its_slot():
    assert all(slot in RECIPES[name].slots for slot, name in DEFAULTS.items())
