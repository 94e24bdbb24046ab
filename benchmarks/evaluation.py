"""
How long a full ranking takes: every user asked over the whole catalog, every figure at 5, 10, 20.

    python benchmarks/evaluation.py [--split DIR] [--recipe NAME …] [--processes N] [--json]

The split is Gowalla's as LightGCN published it (29,858 users, 40,981 items); without it the same
size is made up. `ranked_s` is all of it: the model saved, opened in each process, asked for 20
items for each user, held against what was right. `figures_s` is what all figures, those of breadth
too, take in one process once the answers are there.
"""

import argparse
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from recommender_models.protocol import ForYou
from trainers.datasets.interactions import Interactions
from trainers.datasets.questions import Questions
from trainers.evaluation.full_ranking import history_of, rank_all, tested_users
from trainers.evaluation.given_lines import Events
from trainers.evaluation.given_split import GivenSplit, read_split, split_between
from trainers.evaluation.measure import CUTS, answer_all, figures_of
from trainers.evaluation.past import Past
from trainers.evaluation.ranking import shown
from trainers.recipes.protocol import TrainingData
from trainers.recipes.table import parameters_of, recipe_named

SPLIT = Path(__file__).parents[2] / "shared/data/gowalla"
USERS, ITEMS, EVENTS = 30_000, 41_000, 1_000_000
RECIPES = ("popularity", "cosine", "als")
"""A ranking for all, neighbour lists, factors with an index."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("--split", type=Path, default=SPLIT)
    parser.add_argument("--recipe", action="append", help=f"of {', '.join(RECIPES)}, if not given")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--json", action="store_true", dest="as_json")
    asked = parser.parse_args()
    split = read_split(asked.split) if asked.split.exists() else made_up()
    rows = [measured(name, split, asked.processes) for name in asked.recipe or RECIPES]
    if asked.as_json:
        print(json.dumps({"rows": rows}))
        return
    print(f"{'recipe':<14}{'users':>8}{'items':>8}{'ndcg@20':>10}{'ranked_s':>10}{'figures_s':>11}")
    for row in rows:
        print(
            f"{row['recipe']:<14}{row['users']:>8}{row['items']:>8}{row['ndcg@20']:>10.4f}"
            f"{row['ranked_s']:>10.1f}{row['figures_s']:>11.1f}"
        )


def measured(name: str, split: GivenSplit, processes: int) -> dict[str, Any]:
    data = training_data(split)
    rng = np.random.default_rng(0)
    model = recipe_named(name).fit(data, parameters_of(name, {}), lambda *_: None, rng)
    began = time.perf_counter()
    means = rank_all(model, split, CUTS, processes)
    ranked_s = time.perf_counter() - began
    assert isinstance(model, ForYou)
    return {
        "recipe": name,
        "users": means.users,
        "items": split.train.shape[1],
        "processes": processes,
        "ndcg@20": round(means.figures["ndcg@20"], 5),
        "ranked_s": round(ranked_s, 2),
        "figures_s": round(figures_alone_s(model, split), 2),
    }


def figures_alone_s(model: ForYou, split: GivenSplit) -> float:
    """The answers are there already, and not counted."""
    users = tested_users(split)
    test = split.test
    asked = Questions(
        [test.indices[test.indptr[user] : test.indptr[user + 1]] for user in users],
        users,
        [history_of(split.train, int(user)) for user in users],
        np.empty(0, dtype=np.int32),
    )
    entries = split.train.tocoo()
    past = Past.of(entries.col, entries.row, entries.col, split.train.shape)
    answers = answer_all(model, asked, max(CUTS), lambda *_: None)
    began = time.perf_counter()
    figures_of(shown(answers, max(CUTS)), asked, past)
    return time.perf_counter() - began


def training_data(split: GivenSplit) -> TrainingData:
    """The training side as a log without times: every event weighs 1."""
    user, item, _ = split.events
    ones = np.ones(len(user))
    interactions = Interactions(
        user,
        item,
        ones.astype(np.float32),
        ones.astype(np.uint8),
        np.zeros(len(user), np.int64),
        np.full(len(user), -1, dtype=np.int32),
    )
    return TrainingData(split.train, split.train.shape[0], interactions, 1)


def made_up() -> GivenSplit:
    """As many users and items, a long tail, no taste."""
    print("there is no split: one of that size is made up", file=sys.stderr)
    rng = np.random.default_rng(0)
    user = rng.integers(0, USERS, EVENTS, dtype=np.int32)
    item = np.minimum(rng.pareto(1.0, EVENTS) * 300, ITEMS - 1).astype(np.int32)
    pairs = np.unique(user.astype(np.int64) * ITEMS + item)
    events = Events(
        (pairs // ITEMS).astype(np.int32), (pairs % ITEMS).astype(np.int32), np.zeros(len(pairs))
    )
    is_held = rng.random(len(pairs)) < 0.2
    return split_between(events.where(~is_held), events.where(is_held), SPLIT)


if __name__ == "__main__":
    main()
