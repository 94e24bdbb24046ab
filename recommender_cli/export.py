"""
`recommender export`: what everybody would be recommended, in bulk, as Parquet.

On this machine it is the pipeline that serves, asked for each user or item; on Spark the live model
alone.
"""

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from .logs import leave_out_what_is_told
from .options import AsJson, Engine, Tenant
from .output import counted, emit, fail, say
from .stores import opened

if TYPE_CHECKING:
    from collections.abc import Callable

    from recommender_api.export.ids import Ids
    from recommender_api.export.plan import Plan
    from recommender_store.opening import Store

    from .import_progress import ImportProgress

LIMIT_MOST = 200
SPARK_LIMIT = 100
_Fewer = Literal["fill", "fewer"]


def export(
    tenant: Tenant,
    output: Annotated[str, typer.Option(help="A folder, or s3://bucket/prefix (gs, az).")],
    placement: Annotated[str, typer.Option(help="What is asked.")] = "for_you",
    users: Annotated[Path | None, typer.Option(help="User ids, one a line.")] = None,
    items: Annotated[Path | None, typer.Option(help="Seed items' ids, one a line.")] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, max=1000, help="Items each; else the placement's.")
    ] = None,
    filter_text: Annotated[str, typer.Option("--filter", help="Over item attributes.")] = "",
    when_short: Annotated[
        _Fewer | None, typer.Option(help="Whether short answers are completed.")
    ] = None,
    part_size: Annotated[
        int | None, typer.Option(min=1, help="Users (or items) a file; else some 100,000 rows.")
    ] = None,
    processes: Annotated[
        int, typer.Option(min=0, help="At once, each with the tenant in memory; 0: one a core.")
    ] = 0,
    engine: Engine = "local",
    as_json: AsJson = False,
) -> None:
    """
    Write the answers for all users of the live model (or those of a file), as a server gives them.

    Killed and started again, it goes on with the parts that are missing.

    Example: recommender export --tenant shop --output for-you --limit 50
    """
    if users is not None and items is not None:
        raise typer.BadParameter("give --users or --items, not both", param_hint="--items")
    if engine == "spark":
        given = (users, items, filter_text, when_short, part_size, processes)
        if placement != "for_you" or any(given):
            raise typer.BadParameter(
                "with --engine spark there is --limit alone: it knows for_you of the model, and "
                "no placements, rules or lists",
                param_hint="--engine",
            )
        _export_on_spark(tenant, output, limit or SPARK_LIMIT, as_json=as_json)
        return
    if limit is not None and limit > LIMIT_MOST:
        raise typer.BadParameter(f"at most {LIMIT_MOST}, as served", param_hint="--limit")
    from recommender_api.export.planning import Wanted, planned

    asked: dict[str, Any] = {"limit": limit, "filter": filter_text, "when_short": when_short}
    store = opened()
    wanted = Wanted(
        version=_live_version(store, tenant),
        placement=placement,
        request={name: value for name, value in asked.items() if value},
        by="user" if users else "item" if items else None,
        file=users or items,
        part_size=part_size,
    )
    plan, ids = planned(store.tenant(tenant), store.cache, wanted)
    _export_here(store, plan, ids, output, processes or os.cpu_count() or 1, as_json=as_json)


def _export_here(
    store: "Store", plan: "Plan", ids: "Ids", output: str, processes: int, *, as_json: bool
) -> None:
    from recommender_api.export.ids import parts
    from recommender_api.export.parquet import together
    from recommender_api.export.place import DONE, begun

    from .export_places import place_at, tidy
    from .export_workers import Work, written
    from .import_progress import import_progress

    leave_out_what_is_told()
    place = place_at(output, store.settings)
    there = begun(place, plan, output)
    missing = plan.part_count - len(there)
    if there and missing:
        say(f"{len(there)} of {counted(plan.part_count, 'part')} are there: going on")
    began = time.monotonic()
    with import_progress(wanted=not as_json, noun=f"{plan.by}s") as progress:
        work = Work(plan, output, min(processes, missing), _told_to(progress, plan, len(there)))
        parts_done = written(store, place, work, parts(plan, ids, there))
    elapsed_s = time.monotonic() - began
    place.put(DONE, b"")
    tidy(output)
    done = together(parts_done)
    document = {
        "output": output,
        "engine": "local",
        "tenant": plan.tenant,
        "version": plan.version,
        "placement": plan.placement,
        "by": plan.by,
        f"{plan.by}s": plan.count,
        "parts": plan.part_count,
        "parts_there_before": len(there),
        **done._asdict(),
        "elapsed_s": round(elapsed_s, 3),
        "answers_per_s": round(done.answers / max(elapsed_s, 1e-3), 1),
    }
    emit(document, as_json=as_json, lines=_lines(document, plan))


def _lines(document: dict[str, Any], plan: "Plan") -> list[str]:
    if document["parts_there_before"] == plan.part_count > 0:
        return [f"nothing is missing: {counted(plan.part_count, 'part')} in {document['output']}"]
    told = f"{counted(document['rows'], 'row')} for {counted(document['answers'], plan.by)}"
    lines = [f"{told} of {plan.version}: {document['output']}"]
    if document["empty"]:
        lines.append(f"note: {counted(document['empty'], plan.by)} without any item")
    warned = document["warnings"].items()
    return [*lines, *(f"note: {counted(count, 'answer')} with [{code}]" for code, count in warned)]


def _told_to(
    progress: "ImportProgress", plan: "Plan", parts_before: int
) -> "Callable[[int], None]":
    """Hears how many answers there are."""
    before = parts_before * plan.part_size

    def tell(answers: int) -> None:
        progress("exporting", min(1.0, (before + answers) / max(plan.count, 1)), answers)

    return tell


def _live_version(store: "Store", tenant: str) -> str:
    version = store.tenant(tenant).models.current().version
    if version is None:
        fail(f"no model is live for '{tenant}' yet: `recommender train --tenant {tenant}`")
    return version


def _export_on_spark(tenant: str, output: str, limit: int, *, as_json: bool) -> None:
    from datetime import UTC, datetime

    from recommender_models.opening import open_bundle
    from trainers.spark.session import opened_session
    from trainers.spark.settings import SparkSettings

    if "://" not in output and Path(output).exists():
        raise typer.BadParameter(f"{output} is there already: name a new folder")
    store = opened()
    space = store.tenant(tenant)
    version = _live_version(store, tenant)
    live = open_bundle(space.models, version, store.cache)
    now = datetime.now(UTC)
    hidden = [item_id for item_id, item in space.catalog.state() if not item.is_shown(now)]
    where = output if "://" in output else str(Path(output).absolute())
    with opened_session(SparkSettings.from_environment()) as session:
        from recommender_api.export.parquet import PSEUDONYMS
        from trainers.spark.export import export_for_you

        done = export_for_you(
            session,
            space,
            live,
            where,
            limit=limit,
            hidden=hidden,
            asked_as="user_id" if space.pseudonyms() is None else PSEUDONYMS,
        )
    document = {"output": where} | done._asdict()
    told = f"{counted(done.rows, 'row')} for {counted(done.users, 'user')} of {done.version}"
    emit(document, as_json=as_json, lines=[f"{told}: {where}"])
