"""VS-KNN keeps sessions: which ones, whose, and how rare the items are."""

from dataclasses import replace

import numpy as np
import pytest

from recommender_store.artifacts.digests import Digests
from recommender_store.artifacts.session_rows import Owner, SessionRows
from tests.conformance.test_recipes import fitted
from tests.recommender_models.made import history
from trainers.datasets.interactions import Interactions
from trainers.datasets.visits import SESSION_LENGTH_LIMIT
from trainers.errors import ParameterInvalid
from trainers.recipes.protocol import Owners, TrainingData
from trainers.recipes.table import parameters_of

ITEMS = 8
DIGESTS = Digests(b"k" * 32)
USERS = DIGESTS.short_of_all("user", ["anna", "bert"])
NAMED = DIGESTS.short_of_all("session", ["s0", "s1", "s2"])


def log(*events: tuple[int, int, int], at_s=None) -> TrainingData:
    """Events are (actor, item, session), a second apart; actors beyond `USERS` are anonymous."""
    actor, item, session = (np.array(one, dtype=np.int32) for one in zip(*events, strict=True))
    times = np.arange(len(events)) if at_s is None else np.array(at_s)
    interactions = Interactions(
        actor=actor,
        item=item,
        weight=np.ones(len(events), dtype=np.float32),
        kind=np.ones(len(events), dtype=np.uint8),
        at_us=times.astype(np.int64) * 1_000_000,
        session=session,
    )
    owners = Owners(USERS, NAMED)
    matrix = interactions.matrix((int(actor.max()) + 1, ITEMS))
    until_us = int(interactions.at_us[-1]) + 1
    return TrainingData(matrix, len(USERS), interactions, until_us, owners=lambda: owners)


def kept(data: TrainingData, folder, **given) -> SessionRows:
    fitted("vs_knn", data, **given).save(folder)
    return SessionRows.from_path(folder)


def contents(rows: SessionRows) -> list[list[int]]:
    return [
        rows.items[start:end].tolist()
        for start, end in zip(rows.starts[:-1], rows.starts[1:], strict=True)
    ]


def test_sessions_of_several_items_are_kept_oldest_first_each_item_once(tmp_path):
    data = log((0, 3, 0), (1, 5, 1), (1, 4, 1), (2, 6, 2), (0, 1, 0), (0, 3, 0))

    assert contents(kept(data, tmp_path)) == [[4, 5], [1, 3]]


def test_a_session_knows_its_user_and_its_name_and_an_anonymous_one_its_name(tmp_path):
    data = log((0, 1, -1), (0, 2, -1), (1, 1, 1), (1, 3, 1), (2, 4, 2), (2, 5, 2))

    owners = kept(data, tmp_path).owners.tolist()

    (anna, bert), (_, s1, s2) = USERS.tolist(), NAMED.tolist()
    assert owners == [[anna, 0], [bert, s1], [0, s2]]


def test_without_owners_sessions_are_nobodys(tmp_path):
    data = replace(log((0, 1, 0), (0, 2, 0)), owners=None)

    assert kept(data, tmp_path).owners.tolist() == [[0, 0]]


def test_only_the_newest_sessions_are_kept(tmp_path):
    data = log(*((0, item, session) for session in range(3) for item in (session, 7)))

    rows = kept(data, tmp_path, sessions=2)

    assert contents(rows) == [[1, 7], [2, 7]]
    assert rows.without(Owner("session_id", "s1").found_by(DIGESTS)).items.tolist() == [2, 7]


def test_a_script_is_no_session(tmp_path):
    script = [(0, n % 2, 0) for n in range(SESSION_LENGTH_LIMIT + 1)]

    assert contents(kept(log(*script, (1, 1, 1), (1, 2, 1)), tmp_path)) == [[1, 2]]


def test_an_item_is_rare_by_all_sessions_also_by_those_that_are_not_kept():
    pairs = [
        (0, item, session) for session, other in enumerate((5, 5, 5, 6)) for item in (1, other)
    ]
    data = replace(log(*pairs), owners=None)

    model = fitted("vs_knn", data, sessions=2)

    answer = model.recommend([history(1, excluded=(1,))], 5)[0]
    assert dict(zip(answer.rows.tolist(), answer.scores.tolist(), strict=True)) == pytest.approx(
        {6: 1 + np.log(4), 5: 1 + np.log(4 / 3)}
    )


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"sessions": 0}, "sessions .* 1"),
        ({"sessions_per_item": 10_001}, "sessions_per_item .* 10000"),
        ({"sampled": 0}, "sampled .* 1"),
        ({"neighbours": 0}, "neighbours .* 1"),
        ({"rarity": -1}, "rarity .* 0"),
    ],
)
def test_a_parameter_out_of_its_range_is_named_with_the_range(given, says):
    with pytest.raises(ParameterInvalid, match=says):
        parameters_of("vs_knn", given)
