"""
A shop of any size to ask for recommendations: catalog, log, trained twice, three rules.

Made once in a folder, found again there: training takes longer than asking.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from made_log import make_log

from loggers_sdk.events import format_time

ROOT = Path(__file__).parents[1]
TENANT = "shop"
UNLIMITED = Path(__file__).parent / "unlimited.yaml"
ADMIN = "benchmark-admin"
CATEGORIES = 40
GROUPS = 50
"""Tastes: fewer than a model has factors, so that it can learn them."""


@dataclass(frozen=True)
class Shop:
    """A store with one trained tenant, and how to ask it."""

    environment: dict[str, str]
    key: str
    users: int
    items: int
    versions: list[str]
    """Two models, the current one first."""
    tenant: str = TENANT

    @property
    def base(self) -> str:
        return f"/v1/tenants/{self.tenant}"


def shop(folder: Path, *, users: int, items: int, events: int, tenant: str = TENANT) -> Shop:
    """The shop that lies in the folder, made where there is none; several may share its store."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "RECOMMENDER_STORE_URL": f"file://{folder / 'store'}",
        "RECOMMENDER_CACHE_DIR": str(folder / "cache"),
        "RECOMMENDER_ADMIN_TOKEN": f"benchmark={ADMIN}",
    }
    told = folder / f"{tenant}.json"
    if not told.exists():
        folder.mkdir(parents=True, exist_ok=True)
        size = {"users": users, "items": items}
        made = _make(folder, environment, tenant, events, size)
        told.write_text(json.dumps(made))
    return Shop(environment, tenant=tenant, **json.loads(told.read_text()))


def _make(
    folder: Path, environment: dict[str, str], tenant: str, events: int, size: dict[str, int]
) -> dict[str, Any]:
    make_log(folder / "log.parquet", events, **size, groups=GROUPS)
    _write_catalog(folder / "items.jsonl", size["items"])
    unlimited = folder / f"{tenant}.yaml"
    unlimited.write_text(UNLIMITED.read_text().replace(TENANT, tenant))
    _recommender(environment, "tenants", "create", tenant)
    _recommender(environment, "tenants", "apply", str(unlimited))
    key = _recommender(
        environment,
        *("keys", "create", "--tenant", tenant),
        *(word for scope in ("ingest", "serve", "manage") for word in ("--scope", scope)),
    )["secret"]
    _recommender(environment, "items", "import", "--tenant", tenant, str(folder / "items.jsonl"))
    _recommender(environment, "events", "import", "--tenant", tenant, str(folder / "log.parquet"))
    train = ("train", "--tenant", tenant, "--recipe", "for_you=als")
    train += ("--promote-despite", "speed is measured here, not taste", "--seed")
    runs = [_recommender(environment, *train, seed) for seed in ("1", "2")]
    versions = [run["version"] for run in reversed(runs)]
    return {"key": key, **size, "versions": versions}


def _write_catalog(path: Path, items: int) -> None:
    random_ = random.Random(3)
    with path.open("w") as file:
        for number in range(items):
            record = {
                "item_id": item(number),
                "title": f"Thing {number}",
                "category": f"category-{number % CATEGORIES}",
                "brand": f"brand-{random_.randrange(500)}",
                "price": round(random_.lognormvariate(3, 1), 2),
                "adult": random_.random() < 0.01,
                "available": random_.random() > 0.02,
            }
            file.write(json.dumps(record) + "\n")


RULES: dict[str, dict[str, Any]] = {
    "no-adult": {"kind": "exclude", "filter": "adult = true"},
    "house-brands": {"kind": "boost", "filter": "brand IN ('brand-1', 'brand-2')", "factor": 1.5},
    "no-trifles": {"kind": "exclude", "filter": "price < 1"},
}


def item(number: int) -> str:
    return f"item-{number:06d}"


def user(number: int) -> str:
    return f"user-{number:07d}"


def zipf(random_: random.Random, count: int) -> int:
    """A number below count; few of them most of the time (about Zipf's law with exponent 1)."""
    return min(int(count ** random_.random()), count) - 1


def event(
    random_: random.Random, world: Shop, *, who: dict[str, str], event_id: str
) -> dict[str, Any]:
    """A view of a moment ago."""
    return {
        "event_id": event_id,
        "kind": "view",
        "item_id": item(zipf(random_, world.items)),
        "occurred_at": format_time(time.time()),
        **who,
    }


def _recommender(environment: dict[str, str], *arguments: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "recommender_cli", *arguments, "--json"]
    done = subprocess.run(command, env=environment, cwd=ROOT, check=False, capture_output=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(arguments)} failed: {done.stderr.decode()[-2000:]}")
    document: dict[str, Any] = json.loads(done.stdout)
    return document
