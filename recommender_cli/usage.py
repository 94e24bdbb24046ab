"""
`recommender usage`: what tenants used, by day, and what it costs.
"""

import os
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .options import AsJson
from .output import USAGE, emit, fail, say, table
from .stores import opened

if TYPE_CHECKING:
    from recommender_api.usage.document import UsageDocument, Use

_GB = 10**9


def usage(
    tenant: Annotated[str, typer.Option("--tenant", help="The tenant's id; left out: all.")] = "",
    first: Annotated[str, typer.Option("--from", help="The first UTC day, YYYY-MM-DD.")] = "",
    last: Annotated[str, typer.Option("--to", help="The last; left out: today.")] = "",
    as_csv: Annotated[bool, typer.Option("--csv", help="A line a tenant and day.")] = False,
    as_json: AsJson = False,
) -> None:
    """
    Requests, events, bytes and trainings of each day; with RECOMMENDER_PRICES what they cost.

    The last seven days where nothing is said. `GB in` are events' bytes, `GB h` memory. Servers
    write their counts down every half minute.

    Example: recommender usage --tenant shop --from 2026-11-01 --to 2026-11-30 --csv
    """
    from recommender_api.usage.prices import read_prices
    from recommender_api.usage.sheet import csv_of
    from recommender_api.usage.statement import days_between, draw_up

    if as_csv and as_json:
        fail("give --csv or --json, not both", USAGE)
    now = datetime.now(UTC)
    try:
        days = days_between(_parsed(first), _parsed(last), now.date())
    except (ValueError, OverflowError) as error:
        fail(str(error), USAGE)
    table_of_prices = os.environ.get("RECOMMENDER_PRICES")
    prices = read_prices(Path(table_of_prices) if table_of_prices else None)
    store = opened()
    names = [tenant] if tenant else [one.id for one in store.tenants()]
    documents = [draw_up(store.tenant(name), days, prices, now) for name in names]
    for document in documents:
        for note in document.notes:
            say(f"{document.tenant}: {note}")
    if as_csv:
        sys.stdout.write(csv_of(documents))
        return
    told = {"tenants": [one.model_dump(mode="json") for one in documents]}
    emit(told, as_json=as_json, lines=map(_table, documents))


def _parsed(day: str) -> date | None:
    if not day:
        return None
    try:
        return date.fromisoformat(day)
    except ValueError:
        fail(f"'{day}' is no day: write it as 2026-11-20", USAGE)


def _table(document: "UsageDocument") -> Any:
    """A row a day, and one for all of them where there are several."""
    headers = ["day", "requests", "answers", "events", "GB in", "GB kept", "CPU h", "GB h"]
    headers += ["refused", *([document.currency] if document.currency else [])]
    rows = [(day.day, *_figures(day)) for day in document.days]
    if len(rows) > 1:
        rows.append(("total", *_figures(document.total)))
    return table(headers, rows, title=document.tenant)


def _figures(use: "Use") -> list[str]:
    figures = [
        f"{use.requests:,}",
        f"{sum(use.answers.values()):,}",
        f"{use.events:,}",
        f"{use.event_bytes / _GB:.3f}",
        f"{use.stored_bytes / _GB:.3f}",
        f"{use.training_cpu_s / 3600:.3f}",
        f"{use.shelf_gb_h:.3f}",
        f"{sum(use.refused.values()):,}",
    ]
    return [*figures, f"{use.cost.total:,.2f}"] if use.cost is not None else figures
