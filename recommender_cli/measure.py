"""
`recommender measure`: how good the live model is now, and what changed since it was trained.
"""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

from .options import AsJson, Tenant
from .output import DONE, REFUSED, emit, progress_line, say, table
from .run_summary import summary
from .stores import opened

if TYPE_CHECKING:
    from recommender_store.runs.live import LiveMeasure

_HEADERS = ["slot", "asked", "NDCG@10 now", "between", "at the gate", "now/gate", "popularity now"]


def measure(
    tenant: Tenant,
    days: Annotated[
        float | None,
        typer.Option(
            min=0.01, max=366, help="Foretell the newest so many; else as many as the gate did."
        ),
    ] = None,
    threads: Annotated[int, typer.Option(min=0, help="0: all cores.")] = 0,
    seed: Annotated[int, typer.Option(min=0, help="Where chance begins.")] = 0,
    as_json: AsJson = False,
) -> None:
    """
    Measure the model that serves now on what came since; nothing is trained, nothing goes live.

    Exit 0: measured, whatever was found; 3: no model is live, or too little came since.

    Example: recommender measure --tenant shop
    """
    from recommender_api.experiments.placements import online_figures
    from recommender_store.runs.live import live_measure
    from trainers.jobs.live.look import Look, LookOptions, measure_live

    store = opened()
    space = store.tenant(tenant)

    def online(since: datetime, until: datetime) -> dict[str, Any]:
        return online_figures(space, since, until).model_dump(mode="json")

    options = LookOptions(days=days, threads=threads, seed=seed)
    with progress_line() as line:
        look = Look(space, options, store.cache, datetime.now(UTC), online, line)
        ended = measure_live(look)
    document, found = ended.model_dump(mode="json"), live_measure(ended)
    lines = [*summary(document), *(_told(found) if found else ())]
    emit(document | {"live": msgspec.to_builtins(found)}, as_json=as_json, lines=lines)
    if ended.status == "refused":
        say(f"refused: {ended.sentence} [{ended.code}]")
    raise typer.Exit(REFUSED if ended.status == "refused" else DONE)


def _told(found: "LiveMeasure") -> list[Any]:
    rows = [
        (
            slot,
            one.test_users,
            f"{one.now:.4f}",
            f"{one.now_low:.4f} to {one.now_high:.4f}",
            "" if one.at_gate is None else f"{one.at_gate:.4f}",
            "" if one.ratio is None else f"{one.ratio:.2f}",
            f"{one.popularity_now:.4f}",
        )
        for slot, one in found.quality.items()
    ]
    return [
        table(_HEADERS, rows),
        *(f"{one.name}: {one.sentence}" for one in found.drift if not one.is_finding),
        *(f"FINDING {one.code}: {one.sentence}: {one.advice}" for one in found.findings),
        *([] if found.findings else ["nothing that matters changed since it was trained"]),
    ]
