"""Exports of the tenant `shop` of a folder, and their rows."""

from pathlib import Path
from typing import Any

import duckdb

from recommender_api.export.exporter import Exporter
from recommender_api.export.ids import parts
from recommender_api.export.parquet import Written, together
from recommender_api.export.place import begun
from recommender_api.export.planning import Wanted, planned
from recommender_store.objects.folder import FolderObjects
from tests.recommender_api.served import store_in


def wanted(folder: Path, placement: str = "for_you", **more: Any) -> Wanted:
    version = store_in(folder).tenant("shop").models.current().version
    assert version is not None
    request = more.pop("request", {})
    return Wanted(version=version, placement=placement, request=request, **more)


def export(folder: Path, to: Path, asked: Wanted, most_parts: int = 1000) -> Written:
    """The parts that are missing, at most so many of them, in this process."""
    store = store_in(folder)
    space, place = store.tenant("shop"), FolderObjects(to)
    plan, ids = planned(space, store.cache, asked)
    there = begun(place, plan, str(to))
    exporter = Exporter(space, store.cache, plan, place)
    missing = [*parts(plan, ids, there)][:most_parts]
    return together(exporter.export(part) for part in missing)


def rows_of(to: Path, who: str = "user_id") -> dict[str, list[dict[str, Any]]]:
    """Who is asked about → the items, as an answer of the server has them."""
    columns = ("item_id", "score", "rank", "source", "reason")
    found: dict[str, list[dict[str, Any]]] = {}
    query = f"SELECT {who}, {', '.join(columns)} FROM '{to}/*.parquet' ORDER BY {who}, rank"
    for one, *values in duckdb.sql(query).fetchall():
        found.setdefault(one, []).append(dict(zip(columns, values, strict=True)))
    return found


def metadata_of(file: Path) -> dict[str, str]:
    query = f"SELECT decode(key), decode(value) FROM parquet_kv_metadata('{file}')"
    return dict(duckdb.sql(query).fetchall())
