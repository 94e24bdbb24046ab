"""
How fast a foreign log becomes canonical Parquet: rows a second, on one core unless told otherwise.

    python benchmarks/import_speed.py [--rows 2700000] [--days 365] [--threads 1] [--json]

Makes a CSV of user, item and time in a temporary folder (seeded), and the same rows as gzip, with
every value in quotes, and as JSON lines; imports each, and the first one twice: reading it again
must give the same ids. Prints a table, and with --json one line for machines.
"""

import argparse
import gzip
import json
import resource
import shutil
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from recommender_api.foreign_logs.mapping import LogMapping
from recommender_api.foreign_logs.reading import read_events
from recommender_api.foreign_logs.staging.session import Resources

RECEIVED_AT = datetime(2040, 1, 1, tzinfo=UTC)
START_S = 1_300_000_000
DAY_S = 86_400
MAPPING = """
file: {format: %s}
kind: view
time: {column: time, format: epoch_s}
fields: {user_id: user_id, item_id: item_id}
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--rows", type=int, default=2_700_000)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="where to work; default: a temporary folder")
    parser.add_argument("--json", action="store_true", help="print one line of JSON")
    options = parser.parse_args()
    with TemporaryDirectory(dir=options.folder) as folder:
        rows = [measured(case, make, Path(folder), options) for case, make in CASES.items()]
        same = again(Path(folder), options)
    if options.json:
        print(json.dumps({"rows": rows, "same_ids_when_read_again": same}))
    else:
        show(rows, same, options)


def measured(
    case: str,
    make: Callable[[Path, argparse.Namespace], Path],
    folder: Path,
    options: argparse.Namespace,
) -> dict[str, object]:
    path = make(folder, options)
    form = "jsonl" if case == "json lines" else "csv"
    into = folder / case
    before_s = time.process_time()
    report = read_events(
        [path],
        LogMapping.from_yaml(MAPPING % form),
        into=into,
        received_at=RECEIVED_AT,
        resources=Resources(threads=options.threads),
    )
    cpu_s = time.process_time() - before_s
    if case != "csv":
        shutil.rmtree(into)
    return {
        "case": case,
        "rows": report.rows,
        "events": report.events,
        "mb": round(path.stat().st_size / 1e6, 1),
        "seconds": round(report.seconds, 2),
        "cpu_s": round(cpu_s, 2),
        "rows_per_s": round(report.rows / report.seconds),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3),
    }


def again(folder: Path, options: argparse.Namespace) -> bool:
    """Whether the CSV, its rows turned around, gives the ids that it gave before."""
    path = folder / "log.csv"
    head, *lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(head + b"".join(reversed(lines)))
    mapping = LogMapping.from_yaml(MAPPING % "csv")
    read_events(
        [path],
        mapping,
        into=folder / "again",
        received_at=datetime(2041, 1, 1, tzinfo=UTC),
        resources=Resources(threads=options.threads),
    )
    first, second = (
        duckdb.execute(
            "SELECT count(*), bit_xor(hash(event_id)) FROM read_parquet($1)",
            [str(folder / name / "events-*.parquet")],
        ).fetchall()
        for name in ("csv", "again")
    )
    return first == second


def make_csv(folder: Path, options: argparse.Namespace) -> Path:
    rng = np.random.default_rng(1)
    users = rng.zipf(1.3, options.rows) % 200_000
    items = rng.zipf(1.2, options.rows) % 50_000
    times = rng.integers(START_S, START_S + options.days * DAY_S, options.rows)
    path = folder / "log.csv"
    rows = np.stack([users, items, times], axis=1)
    np.savetxt(path, rows, fmt="%d,%d,%d", header="user_id,item_id,time", comments="")
    return path


def make_gzip(folder: Path, _: argparse.Namespace) -> Path:
    path = folder / "log.csv.gz"
    with (folder / "log.csv").open("rb") as plain, gzip.open(path, "wb", 1) as packed:
        shutil.copyfileobj(plain, packed)
    return path


def make_quoted(folder: Path, _: argparse.Namespace) -> Path:
    path = folder / "quoted.csv"
    with (folder / "log.csv").open() as plain, path.open("w") as quoted:
        quoted.writelines('"' + line.rstrip("\n").replace(",", '","') + '"\n' for line in plain)
    return path


def make_json_lines(folder: Path, _: argparse.Namespace) -> Path:
    path = folder / "log.jsonl"
    with (folder / "log.csv").open() as plain, path.open("w") as lines:
        next(plain)
        for line in plain:
            user, item, moment = line.rstrip("\n").split(",")
            lines.write(f'{{"user_id": "{user}", "item_id": "{item}", "time": {moment}}}\n')
    return path


CASES = {
    "csv": make_csv,
    "csv.gz": make_gzip,
    "quoted csv": make_quoted,
    "json lines": make_json_lines,
}


def show(rows: list[dict[str, object]], same: bool, options: argparse.Namespace) -> None:  # noqa: FBT001 a fact
    print(f"{options.threads} thread(s), memory limit 1 GiB")
    heads = {"case": "<12", "rows": ">11", "MB": ">8", "s": ">8", "CPU s": ">8"}
    heads |= {"rows/s": ">10", "peak MB": ">9"}
    print("".join(f"{head:{width}}" for head, width in heads.items()))
    for row in rows:
        print(
            f"{row['case']:<12}{row['rows']:>11,}{row['mb']:>8}{row['seconds']:>8}"
            f"{row['cpu_s']:>8}{row['rows_per_s']:>10,}{row['peak_mb']:>9}"
        )
    print(f"read again in another order: {'the same ids' if same else 'OTHER IDS'}")


if __name__ == "__main__":
    main()
