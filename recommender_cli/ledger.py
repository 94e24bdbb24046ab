"""
`recommender events ledger`: whether everything that was logged arrived.
"""

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .options import AsJson, Tenant
from .output import REFUSED, USAGE, emit, fail, say, table
from .stores import tenant_space

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.table import Table

    from recommender_api.accounting.document import Check, LedgerDay, LedgerDocument

_DAYS_A_TABLE = 7
"""So many columns fit an ordinary terminal."""

Day = Annotated[str, typer.Option("--day", help="One UTC day of receipt, YYYY-MM-DD.")]
Days = Annotated[
    int | None, typer.Option("--days", min=1, max=92, help="The last so many; else 7.")
]
Count = Annotated[bool, typer.Option("--count", help="Count the rows of every Parquet file.")]


def ledger(
    tenant: Tenant,
    day: Day = "",
    days: Days = None,
    count: Count = False,
    as_json: AsJson = False,
) -> None:
    """
    Offered, received, kept, trained on: does it add up, and what became of the rest?

    Exit code 3 where events are unaccounted for. A running server writes its counts down every
    few seconds.

    Example: recommender events ledger --tenant shop --day 2026-11-20
    """
    from recommender_api.accounting.days import days_asked
    from recommender_api.accounting.statement import draw_up

    if day and days is not None:
        fail("give --day or --days, not both", USAGE)
    asked = days_asked(_parsed(day) if day else None, days, datetime.now(UTC).date())
    document = draw_up(tenant_space(tenant), asked, count=count)
    for one in document.days:
        if date.fromisoformat(one.day) > datetime.now(UTC).date():
            say(f"{one.day} has not begun: there is nothing to balance yet")
    emit(document.model_dump(mode="json"), as_json=as_json, lines=_lines(document))
    if document.unaccounted:
        fail(
            f"{document.unaccounted:,} events are unaccounted for: docs/runbooks/lost-events.md",
            REFUSED,
        )


def _parsed(day: str) -> date:
    try:
        return date.fromisoformat(day)
    except ValueError:
        fail(f"'{day}' is no day: write it as 2026-11-20", USAGE)


def _lines(document: "LedgerDocument") -> list[Any]:
    days = document.days
    lines: list[Any] = [
        _table(days[start : start + _DAYS_A_TABLE]) for start in range(0, len(days), _DAYS_A_TABLE)
    ]
    for day in document.days:
        lines += [f"{day.day}: {loss.events:,} {loss.what}: {loss.sentence}" for loss in day.losses]
        lines += [f"{day.day}: {_told(check)}" for check in day.checks if check.sentence]
        lines += [f"{day.day}: {note}" for note in day.notes]
    lines += [_told(check) for check in document.checks if check.sentence]
    return [*lines, *document.notes]


def _table(days: "Sequence[LedgerDay]") -> "Table":
    """A column a day."""
    columns = [_figures(day) for day in days]
    rows = [(name, *(column[name] for column in columns)) for name in columns[0]]
    headers = [days[0].day[:4], *(day.day[5:] for day in days)]
    return table(headers, rows)


def _figures(day: "LedgerDay") -> dict[str, str]:
    received, log = day.received, day.log
    figures = {
        "offered": day.offered.offered if day.offered.sessions else None,
        "received": received.events,
        "served": received.served,
        "accepted": log.accepted,
        "repeated": received.duplicates,
        "rejected": received.rejected,
        "imported": log.imported,
        "pending": log.pending,
        "Parquet": log.in_parquet,
        "folded": log.folded,
        "removed": log.expired + log.erased,
        "trained": day.training.used if day.training else None,
        "missing": day.unaccounted,
    }
    told = {name: "–" if count is None else f"{count:,}" for name, count in figures.items()}
    return {**told, "state": day.state}


def _told(check: "Check") -> str:
    return f"{check.state}: {check.sentence} [{check.name}]"
