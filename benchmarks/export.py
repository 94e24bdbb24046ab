"""
What exports cost: users a second by the real command, with one process and with one a core.

    python benchmarks/export.py [--users 100000] [--items 30000] [--events 1000000] [--shop FOLDER]
        [--json]

`--shop` keeps the trained shop for the next run. Prints a table, or one line `{"rows": [{"case": …,
"processes": …, "answers_per_s": …, "elapsed_s": …, "peak_mb": …}]}`; the peak is that of the
largest process. The time is that of the export alone, loading the tenant included.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import shop_world

COLUMNS = ("case", "processes", "answers_per_s", "elapsed_s", "peak_mb")


def measured(world: shop_world.Shop, placement: str, processes: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="export-") as folder:
        command = [sys.executable, "-m", "recommender_cli", "export", "--tenant", shop_world.TENANT]
        command += ["--placement", placement, "--processes", str(processes), "--json"]
        command += ["--output", str(Path(folder) / "out")]
        with subprocess.Popen(command, env=world.environment, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            told = process.stdout.read()
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(process.returncode)
    document = json.loads(told)
    return {
        "case": placement,
        "processes": processes,
        "answers_per_s": document["answers_per_s"],
        "elapsed_s": document["elapsed_s"],
        "peak_mb": usage.ru_maxrss // 1024,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--users", type=int, default=100_000)
    parser.add_argument("--items", type=int, default=30_000)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--shop", type=Path)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="shop-") as made:
        folder = asked.shop or Path(made)
        world = shop_world.shop(folder, users=asked.users, items=asked.items, events=asked.events)
        rows = [
            measured(world, placement, processes)
            for placement in ("for_you", "similar")
            for processes in sorted({1, os.cpu_count() or 1})
        ]
    if asked.json:
        print(json.dumps({"rows": rows}))
        return
    print("| " + " | ".join(COLUMNS) + " |")
    for row in rows:
        print("| " + " | ".join(str(row[column]) for column in COLUMNS) + " |")


if __name__ == "__main__":
    main()
