"""
Recipes against published tables: recall, NDCG, seconds and memory, each recipe in its own process.

    python benchmarks/accuracy.py --split DIR [--recipe NAME …] [--json]
    python benchmarks/accuracy.py --split LOG --by last|random|time [--share 0.2]

DIR holds a split in one of the forms of `trainers/evaluation/given_split.py`; LOG is a file as
`trainers/evaluation/given_log.py` takes it, and is split as `--by` says. With full ranking the
figures are recall@20 and NDCG@20 over all items that the user has not had; with listed negatives
HR@10 and NDCG@10 among those. What answers is what would be served: truncated, indexed, blended.
`search` lets the platform choose, from the training side alone, within `--budget-s` CPU-seconds.
"""

import argparse
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, get_args

import numpy as np

from trainers.datasets.interactions import Interactions
from trainers.errors import MemoryExhausted, TrainerError
from trainers.evaluation.full_ranking import Means, rank_all
from trainers.evaluation.given_log import By, split_log
from trainers.evaluation.given_split import GivenSplit, read_split
from trainers.evaluation.measure import CUTS
from trainers.jobs.shortage import told
from trainers.recipes.protocol import TrainingData
from trainers.recipes.table import RECIPES, parameters_of, recipe_named
from trainers.tuning.search import search
from trainers.tuning.under_way import SearchParameters

SEARCH = "search"
PUBLISHED: dict[str, dict[str, Any]] = {"item_average": {"ranks_all": True}}
"""Run as the tables that they are compared with were, not as we would serve them."""


def main() -> int:
    asked = arguments()
    names = asked.recipe or [*RECIPES, SEARCH]
    if asked.child:
        return child(asked, names[0])
    try:
        split_of(asked)
        for name in names:
            if name != SEARCH:
                recipe_named(name)
    except (TrainerError, MemoryError) as error:
        short = MemoryExhausted(detail=str(error) or "reading the split")
        said = short if isinstance(error, MemoryError) else error
        print(f"{said} [{said.code}]", file=sys.stderr)
        return 1
    rows = [row for name in names if (row := in_a_process(asked, name)) is not None]
    if asked.as_json:
        print(json.dumps({"rows": rows}))
    else:
        show(rows)
    return 0 if len(rows) == len(names) else 1


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("--split", type=Path, required=True, help="folder of it, or a log")
    parser.add_argument("--by", choices=get_args(By), default="last", help="how a log is split")
    parser.add_argument("--share", type=share, default=0.2, help="held out, but for --by last")
    parser.add_argument(
        "--recipe", action="append", help="all of them and the search, if not given"
    )
    parser.add_argument(
        "--parameters", type=parameters, default={}, help="a JSON object, of the one recipe"
    )
    parser.add_argument("--budget-s", type=float, default=SearchParameters().budget_s)
    parser.add_argument(
        "--journal", type=Path, help="where a search is kept, to go on after a kill"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--json", action="store_true", dest="as_json")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def parameters(text: str) -> dict[str, Any]:
    """By name."""
    try:
        given = json.loads(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no JSON: {error}") from error
    if not isinstance(given, dict):
        raise argparse.ArgumentTypeError('parameters are a JSON object, as in {"factors": 64}')
    return given


def share(text: str) -> float:
    """Of what is held out."""
    value = float(text)
    if not 0 < value < 1:
        raise argparse.ArgumentTypeError("a share lies between 0 and 1")
    return value


def split_of(asked: argparse.Namespace) -> GivenSplit:
    """
    Raises:
        SplitMalformed: names the file and the line.
    """
    if not asked.split.is_file():
        return read_split(asked.split)
    return split_log(asked.split, asked.by, asked.share, np.random.default_rng(asked.seed))


def in_a_process(asked: argparse.Namespace, name: str) -> dict[str, Any] | None:
    """One recipe's row; None, and its sentence on stderr, where it cannot be run."""
    command = [sys.executable, __file__, "--child", "--split", str(asked.split), "--recipe", name]
    command += ["--parameters", json.dumps(asked.parameters), "--budget-s", str(asked.budget_s)]
    command += ["--seed", str(asked.seed), "--processes", str(asked.processes)]
    command += ["--by", asked.by, "--share", str(asked.share)]
    command += ["--journal", str(asked.journal)] if asked.journal else []
    root = Path(__file__).parents[1]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=False)
    if done.returncode == -signal.SIGKILL:
        killed = MemoryExhausted(detail="the process was killed")
        print(f"{name}: {killed} [{killed.code}]", file=sys.stderr)
    if done.returncode:
        print(f"{name}: no row, see above (exit {done.returncode})", file=sys.stderr)
        return None
    row: dict[str, Any] = json.loads(done.stdout)
    return row


def child(asked: argparse.Namespace, name: str) -> int:
    try:
        with told(Path(tempfile.gettempdir())):
            print(json.dumps(measured(asked, name)))
    except TrainerError as error:
        print(f"{name}: {error} [{error.code}]", file=sys.stderr)
        return 1
    return 0


def measured(asked: argparse.Namespace, name: str) -> dict[str, Any]:
    split = split_of(asked)
    data, rng = training_data(split), np.random.default_rng(asked.seed)
    started = time.perf_counter()
    if name == SEARCH:
        limits = SearchParameters(budget_s=asked.budget_s, journal=asked.journal)
        model, parameters, _ = search(data, limits, rng, tell)
    else:
        given = parameters_of(name, PUBLISHED.get(name, {}) | asked.parameters)
        model = recipe_named(name).fit(data, given, lambda *_: None, rng)
        parameters = given.model_dump(mode="json")
    trained = time.perf_counter()
    means = rank_all(model, split, CUTS, asked.processes)
    return {
        "recipe": name,
        **figures(means, split),
        "train_s": round(trained - started, 2),
        "evaluate_s": round(time.perf_counter() - trained, 2),
        "peak_mb": peak_mb(),
        "users": means.users,
        "parameters": parameters,
    }


def tell(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


def training_data(split: GivenSplit) -> TrainingData:
    """The training side as a log: every event weighs 1."""
    user, item, at_s = split.events
    count = len(user)
    at_us = (at_s * 1_000_000).astype(np.int64)
    interactions = Interactions(
        actor=user,
        item=item,
        weight=np.ones(count, dtype=np.float32),
        kind=np.ones(count, dtype=np.uint8),
        at_us=at_us,
        session=np.full(count, -1, dtype=np.int32),
    )
    until_us = int(at_us[-1]) + 1
    return TrainingData(split.train, split.train.shape[0], interactions, until_us)


def figures(means: Means, split: GivenSplit) -> dict[str, Any]:
    """Those that tables are published with, and all."""
    every = {name: round(value, 5) for name, value in means.figures.items()}
    if split.negatives is not None:
        every["hr@10"] = every["hit_rate@10"]
    shown = ("recall@20", "ndcg@20") if split.negatives is None else ("hr@10", "ndcg@10")
    return {name: every[name] for name in shown} | {"figures": every}


def peak_mb() -> int:
    """Of this process or of one that evaluated, whichever took more."""
    sides = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return round(max(resource.getrusage(side).ru_maxrss for side in sides) / 1024)


def show(rows: list[dict[str, Any]]) -> None:
    if not rows:
        return
    names = [name for name in rows[0] if "@" in name]
    columns = [*names, "train_s", "evaluate_s", "peak_mb"]
    print(f"{'recipe':<14}" + "".join(f"{name:>12}" for name in columns))
    for row in rows:
        figures_shown = "".join(f"{row[name]:>12.4f}" for name in names)
        costs = f"{row['train_s']:>12.1f}{row['evaluate_s']:>12.1f}{row['peak_mb']:>12}"
        print(f"{row['recipe']:<14}{figures_shown}{costs}")


if __name__ == "__main__":
    sys.exit(main())
