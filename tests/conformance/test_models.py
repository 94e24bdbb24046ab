"""What every kind of model promises, whatever it is made of."""

from pathlib import Path

import numpy as np
import pytest

from recommender_models.bundle import KINDS
from recommender_models.carried import CarriedOver
from recommender_models.protocol import ForYou, History, Ranked, RanksAmong, SimilarItems
from tests.recommender_models.made import (
    blend,
    described_lists,
    factors,
    item_weights,
    item_weights_with_priors,
    mean_factors,
    neighbour_lists,
    popular_ranking,
    session_neighbours,
)

ITEMS = 300
ALL = {
    "neighbours": neighbour_lists(ITEMS, 60),
    "described": described_lists(ITEMS, 60),
    "factors": factors(ITEMS, users=30),
    "mean_factors": mean_factors(ITEMS),
    "popularity": popular_ranking(ITEMS),
    "sessions": session_neighbours(ITEMS, sessions=900),
    "item_weights": item_weights(ITEMS, 60),
    "weights_and_priors": item_weights_with_priors(ITEMS, ranks_all=False),
    "weights_of_all": item_weights_with_priors(ITEMS, ranks_all=True),
    "blend": blend(ITEMS),
}
HERE = np.random.default_rng(5).permutation(ITEMS).astype(np.int32)
HERE[HERE % 7 == 0] = -1


def stored(name: str, folder: Path):
    """The model, opened from its files; carried over where the name says so."""
    kind, _, is_carried = name.partition(" ")
    ALL[kind].save(folder / kind)
    opened = KINDS[ALL[kind].KIND].from_path(folder / kind)
    return CarriedOver(opened, HERE, ITEMS) if is_carried else opened


KINDS_HERE = [f"{kind}{how}" for kind in ALL for how in ("", " carried over")]
NOT_BESIDE = ("factors", "mean_factors", "blend", "sessions")
BESIDE = [name for name in KINDS_HERE if not name.startswith(NOT_BESIDE)]
AMONG = [name for name in KINDS_HERE if name != "popularity"]


@pytest.fixture(params=KINDS_HERE)
def model(request, tmp_path):
    return stored(request.param, tmp_path)


def histories(count: int = 40, seed: int = 3) -> list[History]:
    """Users of all sorts: with and without a past, stored and not."""
    rng = np.random.default_rng(seed)
    made = []
    for number in range(count):
        rows = np.sort(rng.choice(ITEMS, size=number % 9, replace=False)).astype(np.int32)
        made.append(
            History(
                rows=rows,
                weights=rng.integers(1, 6, size=len(rows)).astype(np.float32),
                stored_row=number if number < 30 else -1,
                is_newer=bool(number % 2) or number >= 30,
                excluded=rng.choice(ITEMS, size=number, replace=False).astype(np.int32),
            )
        )
    return made


def files(folder: Path) -> dict[str, bytes]:
    paths = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def told(answers: list[Ranked]) -> list[list[tuple[int, float]]]:
    return [list(zip(one.rows.tolist(), one.scores.tolist(), strict=True)) for one in answers]


def test_scores_descend_and_nothing_comes_twice(model):
    assert isinstance(model, ForYou)
    for answer in told(model.recommend(histories(), 50)):
        scores = [score for _, score in answer]
        assert scores == sorted(scores, reverse=True)
        assert len({row for row, _ in answer}) == len(answer)


def test_nothing_excluded_comes_back(model):
    for history, answer in zip(histories(), model.recommend(histories(), ITEMS), strict=True):
        assert not set(answer.rows.tolist()) & set(history.excluded.tolist())


def test_an_answer_of_ten_is_the_head_of_one_of_a_hundred(model):
    ten, hundred = (told(model.recommend(histories(), n)) for n in (10, 100))

    assert ten == [answer[:10] for answer in hundred]
    assert any(len(answer) > 10 for answer in hundred)


def test_answers_are_exactly_equal_however_the_questions_are_batched(model):
    asked = histories()

    together = told(model.recommend(asked, 30))

    assert together == [told(model.recommend([one], 30))[0] for one in asked]
    assert together[::-1] == told(model.recommend(asked[::-1], 30))


def test_asking_for_nothing_gives_nothing(model):
    assert told(model.recommend(histories(3), 0)) == [[], [], []]
    assert model.recommend([], 5) == []


@pytest.mark.parametrize("model", BESIDE, indirect=True)
def test_similar_items_are_never_the_item_itself_and_heads_of_longer_lists(model):
    assert isinstance(model, SimilarItems)
    rows = np.arange(-1, ITEMS + 5, dtype=np.int32)
    ten, hundred = (told(model.similar_items(rows, n)) for n in (10, 100))

    assert ten == [answer[:10] for answer in hundred]
    for row, answer in zip(rows.tolist(), hundred, strict=True):
        assert row not in [item for item, _ in answer]
    assert ten == [told(model.similar_items(rows[at : at + 1], 10))[0] for at in range(len(rows))]


@pytest.mark.parametrize("model", AMONG, indirect=True)
def test_ranking_among_all_items_is_recommending(model):
    assert isinstance(model, RanksAmong)
    every = np.arange(ITEMS, dtype=np.int32)
    for history in histories():
        among = model.rank_among(history, every, 20)
        assert told([among]) == told(model.recommend([history], 20))


def test_the_files_are_all_that_a_model_is(tmp_path):
    for kind, model in ALL.items():
        opened = stored(kind, tmp_path)

        assert told(opened.recommend(histories(), 40)) == told(model.recommend(histories(), 40))
        opened.save(tmp_path / f"again {kind}")
        first, again = (files(tmp_path / name) for name in (kind, f"again {kind}"))
        assert first == again
