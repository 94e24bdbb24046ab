"""
What a fit that goes on from yesterday's factors loses against one from nothing, and what it saves.

    python benchmarks/warm_start.py [--log OnlineRetail.csv.gz] [--days 7] [--iterations 1 3 5]

The log is imported by the command line into a store in a temporary folder, and cut at midnight of
its last days, leaving a week to test on. ALS is fitted from nothing on each day; and, from the fit
of the first day on, warm: day after day, each from the one before. Printed are NDCG@10 on the week
after each cut, on the average over the days, against the cold fit with all its iterations, the
same for the last day of the chain alone, and the seconds of one fit. Cold fits with as few
iterations stand beside.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from training import LOG, TENANT, import_log

from recommender_models.factors import Factors
from recommender_models.weighting import Weighting
from recommender_store.opening import open_store
from recommender_store.settings import StoreSettings
from trainers.datasets.interactions import US_PER_DAY
from trainers.datasets.questions import Questions, ask_for_you
from trainers.datasets.snapshot import Snapshot, take_snapshot
from trainers.datasets.split import Split, split_at
from trainers.evaluation.full_ranking import history_of
from trainers.evaluation.measure import answer_all
from trainers.evaluation.ranking import accuracy, among, shown
from trainers.recipes.als import Als, AlsParameters
from trainers.recipes.protocol import Start, TrainingData

SETS: dict[str, dict[str, Any]] = {
    "als": {},
    "in the blend": {"factors": 256, "regularization": 40.0, "alpha": 40.0, "iterations": 10},
}
"""ALS by itself, and as the default blend's part."""
TEST_DAYS = 7


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("--log", type=Path, default=LOG)
    parser.add_argument("--days", type=int, default=7)
    parser.add_argument("--iterations", type=int, nargs="+", default=[1, 2, 3, 5, 8])
    parser.add_argument("--json", action="store_true", dest="as_json")
    asked = parser.parse_args()
    if not asked.log.exists():
        print(f"skipped: there is no log at {asked.log}", file=sys.stderr)
        return
    with tempfile.TemporaryDirectory(prefix="benchmark-warm-") as folder:
        taken = snapshot_of(Path(folder), asked.log)
    rows = []
    for name, given in SETS.items():
        days = [Day(taken, back) for back in range(TEST_DAYS + asked.days, TEST_DAYS - 1, -1)]
        rows += measured(name, AlsParameters(**given), days, asked.iterations)
    if asked.as_json:
        print(json.dumps({"rows": rows}))
        return
    names = ("ndcg@10", "to_cold", "last_day_to_cold", "fit_s")
    print(f"{'parameters':<14}{'fit':<18}" + "".join(f"{name:>18}" for name in names))
    for row in rows:
        values = "".join(f"{row[name]:>18.4f}" for name in names)
        print(f"{row['parameters']:<14}{row['fit']:<18}{values}")


def snapshot_of(folder: Path, log: Path) -> Snapshot:
    environment = {**os.environ, "RECOMMENDER_STORE_URL": f"file://{folder}/store"}
    import_log(log, environment)
    space = open_store(StoreSettings.from_environment(environment)).tenant(TENANT)
    asked = space.settings().training
    weighting = Weighting(dict(asked.kind_weights), asked.positive_rating)
    return take_snapshot(space.events.state(), weighting, space.digests(), window_days=None)


class Day:
    """The log up to a midnight, and what was new in the week after it."""

    def __init__(self, taken: Snapshot, days_back: int) -> None:
        last = int(taken.interactions.at_us[-1]) // US_PER_DAY + 1
        at_us = (last - days_back) * US_PER_DAY
        until_us = at_us + TEST_DAYS * US_PER_DAY
        cut = split_at(taken.interactions, at_us)
        week = split_at(cut.test, until_us).train
        half_life_days = (taken.statistics.until_us - taken.statistics.since_us) / US_PER_DAY / 2
        matrix = cut.train.matrix(taken.shape, half_life_days)
        self.data = TrainingData(matrix, len(taken.users), cut.train, at_us)
        self.questions = ask_for_you(
            Split(cut.train, week, at_us), len(taken.users), lambda user: history_of(matrix, user)
        )


def measured(
    name: str, parameters: AlsParameters, days: list[Day], iterations: list[int]
) -> list[dict[str, Any]]:
    cold = [fitted(day.data, parameters) for day in days]
    best = [ndcg(model, day.questions) for (model, _), day in zip(cold, days, strict=True)]
    rows = [told(name, f"cold {parameters.iterations}", best, best, cold[-1][1])]
    for count in iterations:
        few = parameters.model_copy(update={"iterations": count, "warm_iterations": count})
        alone = [fitted(day.data, few) for day in days]
        values = [ndcg(model, day.questions) for (model, _), day in zip(alone, days, strict=True)]
        rows.append(told(name, f"cold {count}", values, best, alone[-1][1]))
        for what in ("users and items", "items"):
            values, fit_s = chained(days, few, cold[0][0], with_users=what != "items")
            rows.append(told(name, f"warm {count} {what[:5]}", values, best, fit_s))
    return rows


def chained(
    days: list[Day], parameters: AlsParameters, first: Factors, *, with_users: bool
) -> tuple[list[float], float]:
    """NDCG@10 of each day but the first, each fit begun where the one of the day before ended."""
    values, model, fit_s = [], first, 0.0
    for day in days[1:]:
        users = np.asarray(model._user_factors)  # noqa: SLF001 - as they lie in its files
        start = Start(model.item_factors, users if with_users else np.zeros_like(users))
        model, fit_s = fitted(replace(day.data, starts={"": start}), parameters)
        values.append(ndcg(model, day.questions))
    return values, fit_s


def fitted(data: TrainingData, parameters: AlsParameters) -> tuple[Factors, float]:
    started = time.perf_counter()
    model = Als().fit(data, parameters, lambda *_: None, np.random.default_rng(0))
    return model, time.perf_counter() - started


def ndcg(model: Factors, questions: Questions) -> float:
    table = shown(answer_all(model, questions, 10, lambda *_: None), 10)
    return float(
        accuracy(among(table, questions.relevant), questions.counts, (10,))["ndcg@10"].mean()
    )


def told(
    name: str, fit: str, values: list[float], best: list[float], fit_s: float
) -> dict[str, Any]:
    beside = best[-len(values) :]
    return {
        "parameters": name,
        "fit": fit,
        "ndcg@10": round(float(np.mean(values)), 5),
        "to_cold": round(float(np.mean(values) / np.mean(beside)), 4),
        "last_day_to_cold": round(values[-1] / beside[-1], 4),
        "fit_s": round(fit_s, 3),
    }


if __name__ == "__main__":
    main()
