"""The tree as it lies on the disk, each file read once and parsed once for all rules."""

import ast
from collections import defaultdict
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = [
    "loggers_sdk",
    "recommender_store",
    "recommender_models",
    "trainers",
    "recommender_api",
    "recommender_cli",
    "airflow_dags",
]
MODULES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
BESIDE = ["benchmarks", "helm", "tests"]
PYTHON = sorted({*MODULES, *(path for folder in BESIDE for path in (ROOT / folder).rglob("*.py"))})


def shown(path: Path) -> str:
    return str(path.relative_to(ROOT))


@cache
def text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(text(path))


@cache
def nodes(path: Path) -> list[ast.AST]:
    return list(ast.walk(parsed(path)))


@cache
def calls() -> dict[str, list[tuple[Path, ast.Call]]]:
    """
    Return the calls of every name in the rooms, and where they stand.

    `(error if bad else warning)(…)` calls either.
    """
    found: dict[str, list[tuple[Path, ast.Call]]] = defaultdict(list)
    for path in MODULES:
        for call in nodes(path):
            if isinstance(call, ast.Call):
                for name in _called(call.func):
                    found[name].append((path, call))
    return found


def _called(function: ast.expr) -> set[str]:
    branches = [function.body, function.orelse] if isinstance(function, ast.IfExp) else [function]
    return {branch.id for branch in branches if isinstance(branch, ast.Name)}


def forget() -> None:
    """Let go of a million nodes, which would slow down whatever the process does next."""
    for remembered in (text, parsed, nodes, calls):
        remembered.cache_clear()
