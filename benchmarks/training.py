"""
Train on a log, end to end: seconds a step, peak memory, and the ratio to the bare fit.

    python benchmarks/training.py [--log OnlineRetail.csv.gz] [--json]
    python benchmarks/training.py --made 10000000 [--engine spark] [--json]

The log is the UCI Online Retail one, without which the benchmark says so and ends in 0; or one that
is made, of so many events. It is imported by the command line into a store in a temporary folder,
then trained on in this process. The bare fit is `implicit`'s own, on the very matrix that the
training fits, with the same parameters. With the engine `spark` (on RECOMMENDER_SPARK_MASTER) there
is no bare fit, and the peak of its Java process is told beside that of the training's own.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, get_args

from implicit.cpu.als import AlternatingLeastSquares
from made_log import make_log
from threadpoolctl import threadpool_limits

from recommender_models.factors import Confidence
from recommender_models.weighting import Weighting
from recommender_store.opening import Store, open_store
from recommender_store.runs.record import Run
from recommender_store.settings import StoreSettings
from recommender_store.tenant_space import TenantSpace
from trainers.datasets.interactions import US_PER_DAY
from trainers.datasets.snapshot import take_snapshot
from trainers.datasets.split import split_by_time
from trainers.jobs.engines import EngineName
from trainers.jobs.options import TrainOptions
from trainers.jobs.train import train
from trainers.recipes.als import AlsParameters

LOG = Path(__file__).parents[2] / "shared/data/online-retail/OnlineRetail.csv.gz"
TENANT = "retail"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("--log", type=Path, default=LOG)
    parser.add_argument("--made", type=int, metavar="EVENTS", help="a made log of so many events")
    parser.add_argument("--engine", choices=get_args(EngineName), default="local")
    parser.add_argument("--json", action="store_true", dest="as_json")
    asked = parser.parse_args()
    if not asked.made and not asked.log.exists():
        print(f"skipped: there is no log at {asked.log}", file=sys.stderr)
        return
    with tempfile.TemporaryDirectory(prefix="benchmark-training-") as folder:
        log = asked.log
        if asked.made:
            log = Path(folder) / f"made-{asked.made}.parquet"
            make_log(log, asked.made)
        row = measured(Path(folder), log, asked.engine)
    show(row, as_json=asked.as_json)


def measured(folder: Path, log: Path, engine: EngineName) -> dict[str, Any]:
    """Import, train, and fit bare; the peak is that of the training's steps."""
    environment = {**os.environ, "RECOMMENDER_STORE_URL": f"file://{folder}/store"}
    imported_s = import_log(log, environment)
    store = open_store(StoreSettings.from_environment(environment))
    space = store.tenant(TENANT)
    started, cpu_before_s = time.perf_counter(), cpu_s()
    run = trained(store, space, engine)
    total_s, used_s = time.perf_counter() - started, cpu_s() - cpu_before_s
    peaks = {step.name: round(step.peak_mb or 0) for step in run.steps}
    steps = {step.name: step.duration_s for step in run.steps}
    row = {
        "log": log.name,
        "engine": engine,
        "status": run.status,
        "events": run.steps[0].result["events"],
        "import_s": round(imported_s, 2),
        "steps_s": steps,
        "total_s": round(total_s, 2),
        "cpu_s": round(used_s, 1),
        "peak_mb": max(peaks.values()),
        "peaks_mb": peaks,
    }
    if engine == "spark":
        return row | {"java_peak_mb": java_peak_mb()}
    bare_s, bare_cpu_s = bare_fit(space)
    return row | {
        "bare_fit_s": round(bare_s, 2),
        "bare_fit_cpu_s": round(bare_cpu_s, 1),
        "fit_to_bare": round(steps["fit:for_you"] / bare_s, 2),
        "total_to_bare": round(total_s / bare_s, 2),
        "cpu_to_bare": round(used_s / bare_cpu_s, 2),
    }


def import_log(log: Path, environment: dict[str, str]) -> float:
    """In another process, so that its memory is not counted."""
    command = [sys.executable, "-m", "recommender_cli"]
    options = ["--tenant", TENANT]
    options += ["--format", "online-retail"] if log == LOG else []
    subprocess.run(
        [*command, "tenants", "create", TENANT],
        env=environment,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    started = time.perf_counter()
    subprocess.run(
        [*command, "events", "import", str(log), *options],
        env=environment,
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    return time.perf_counter() - started


def trained(store: Store, space: TenantSpace, engine: EngineName) -> Run:
    return train(space, TrainOptions(recipes=("for_you=als",), engine=engine), store.cache)


def cpu_s() -> float:
    """Of this process and its children, living and dead: what a busy machine does not stretch."""
    ticks = 0
    for pid in ("self", *children()):
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        ticks += sum(map(int, fields[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK")


def java_peak_mb() -> int:
    """Of the driver and, on a local master, of the executors in it."""
    status = [Path(f"/proc/{child}/status").read_text(encoding="utf-8") for child in children()]
    java = next(one for one in status if one.startswith("Name:\tjava"))
    peak = next(line for line in java.splitlines() if line.startswith("VmHWM:"))
    return int(peak.split()[1]) // 1024


def children() -> list[str]:
    """Of any of this process' threads; Linux only."""
    lists = Path("/proc/self/task").glob("*/children")
    return [pid for one in lists for pid in one.read_text(encoding="ascii").split()]


def bare_fit(space: TenantSpace) -> tuple[float, float]:
    """Seconds, of the clock and of CPU, that `implicit` takes for the same factorization alone."""
    asked, parameters = space.settings().training, AlsParameters()
    weighting = Weighting(dict(asked.kind_weights), asked.positive_rating)
    taken = take_snapshot(
        space.events.state(), weighting, space.digests(), window_days=asked.window_days
    )
    train_events = split_by_time(taken.interactions, asked.test_share).train
    period_days = (taken.statistics.until_us - taken.statistics.since_us) / US_PER_DAY
    half_life_days = asked.age_half_life_days or period_days / 2
    matrix = train_events.matrix(taken.shape, half_life_days)[: len(taken.users)]
    matrix.data = Confidence(alpha=parameters.alpha).of(matrix.data)
    model = AlternatingLeastSquares(
        factors=parameters.factors,
        regularization=parameters.regularization,
        iterations=parameters.iterations,
        random_state=0,
    )
    with threadpool_limits(limits=1, user_api="blas"):
        started, cpu_before_s = time.perf_counter(), cpu_s()
        model.fit(matrix, show_progress=False)
        return time.perf_counter() - started, cpu_s() - cpu_before_s


def show(row: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"rows": [row]}))
        return
    print(
        f"{row['log']}: {row['events']:,} events, imported in {row['import_s']} s: {row['status']}"
    )
    for name, seconds in row["steps_s"].items():
        print(f"  {name:<12} {seconds:8.2f} s")
    print(
        f"  {'all':<12} {row['total_s']:8.2f} s, {row['cpu_s']} CPU-seconds, "
        f"peak {row['peak_mb']} MB"
    )
    if "bare_fit_s" not in row:
        print(f"  peak of the Java process {row['java_peak_mb']} MB")
        return
    print(
        f"  bare implicit fit {row['bare_fit_s']} s: the step fit:for_you takes "
        f"{row['fit_to_bare']} times that, everything {row['total_to_bare']} times; of CPU-seconds "
        f"{row['cpu_to_bare']} times its {row['bare_fit_cpu_s']}"
    )


if __name__ == "__main__":
    main()
