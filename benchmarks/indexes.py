"""
What an index over item vectors finds, takes and costs to build, by kind and number of items.

    python benchmarks/indexes.py [--items 50000 500000 1000000] [--kind flat codes ivf] [--json]

Vectors are made: 64 numbers, 300 tastes, a long tail of lengths; users are sums of eight items and
three tastes. Asked is as a server asks: one vector at a time, for 256 candidates. Times are those
of one core's CPU, so that a busy machine changes little; an index is built on one thread anyway.
"""

import argparse
import json
import time
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from recommender_models.item_vectors import CANDIDATES
from trainers.indexes.build import build_index
from trainers.indexes.recall import K, index_recall

Vectors = NDArray[np.float32]

WIDTH, TASTES, USERS, BLOCK = 64, 300, 300, 100_000
NONE, ALL = 0, 2**40
LIMITS = {"flat": (ALL, ALL), "codes": (NONE, ALL), "ivf": (NONE, NONE)}
"""Of exact search and of going through codes, so that this kind is taken."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("--items", type=int, nargs="+", default=[50_000, 500_000, 1_000_000])
    parser.add_argument("--kind", nargs="+", choices=list(LIMITS), default=list(LIMITS))
    parser.add_argument("--json", action="store_true", dest="as_json")
    asked = parser.parse_args()
    faiss.omp_set_num_threads(1)
    rows = []
    for count in asked.items:
        vectors, users = made(count)
        for kind in asked.kind:
            rows.append(measured(kind, vectors, users))
            if not asked.as_json:
                print("  ".join(f"{name} {value}" for name, value in rows[-1].items()), flush=True)
    if asked.as_json:
        print(json.dumps({"rows": rows}))


def made(count: int) -> tuple[Vectors, Vectors]:
    rng = np.random.default_rng(0)
    tastes = rng.normal(size=(TASTES, WIDTH)).astype(np.float32)
    lengths = 0.05 + (1 + 50 * rng.permutation(count) / count) ** -0.5
    vectors = np.empty((count, WIDTH), dtype=np.float32)
    for start in range(0, count, BLOCK):
        size = min(BLOCK, count - start)
        drawn = tastes[rng.integers(TASTES, size=size)] + 0.8 * rng.normal(size=(size, WIDTH))
        vectors[start : start + size] = drawn / np.linalg.norm(drawn, axis=1, keepdims=True)
    vectors *= lengths[:, None].astype(np.float32)
    users = [
        vectors[rng.integers(count, size=8)].sum(axis=0)
        + 0.3 * tastes[rng.integers(TASTES, size=3)].sum(axis=0)
        for _ in range(USERS)
    ]
    return vectors, np.array(users, dtype=np.float32)


def measured(kind: str, vectors: Vectors, users: Vectors) -> dict[str, Any]:
    exact_limit, scan_limit = LIMITS[kind]
    began = time.process_time()
    index = build_index(vectors, exact_limit=exact_limit, scan_limit=scan_limit)
    build_s = time.process_time() - began
    began = time.process_time()
    for user in users:
        index.search(user, CANDIDATES)
    query_us = (time.process_time() - began) / len(users) * 1e6
    return {
        "items": len(vectors),
        "kind": kind,
        f"recall@{K}": round(index_recall(index, vectors, users), 4),
        "query_us": round(query_us),
        "build_s": round(build_s, 1),
    }


if __name__ == "__main__":
    main()
