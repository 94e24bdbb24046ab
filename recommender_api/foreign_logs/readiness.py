"""
Whether a log is fit to be learned from: counts, and findings that say what to do.

Reads a foreign log as ``read_events`` would, or the one that a tenant has, and writes nothing.
Findings of severity ``error`` mean that nothing useful can come of it; the import itself would
still work.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field

from recommender_store.event_log.reader import LogState
from recommender_store.tenants.settings import TrainingSettings

from .findings.finding import Finding, Severity
from .findings.ids import id_findings
from .findings.kinds import kind_findings
from .findings.lines import line_findings, volume_findings
from .findings.measures import Measures, measure
from .findings.times import time_findings
from .findings.users import user_findings
from .mapping import LogMapping
from .progress import Progress
from .reading import period_of
from .staging.rejects import Reject, all_rejects
from .staging.session import Resources
from .staging.staged import Staged, staged

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

SHOWN_LINES = 20
LEARNED_KINDS = tuple(TrainingSettings().kind_weights)

_OWN_EVENTS = """
    CREATE TEMP VIEW candidates AS
    SELECT 0 AS outcome, kind, user_id, session_id, item_id, occurred_at, received_at,
           hash(kind, user_id, session_id, item_id, items, occurred_at, quantity, value,
                recommendation_id, placement, position, attributes) AS digest
    FROM events WHERE kind NOT IN ('served', 'identify')
"""
"""What the platform wrote itself says nothing of how a tenant sends."""


class Readiness(BaseModel):
    """What a log holds; ``is_ready`` is what a careful import asks."""

    model_config = ConfigDict(frozen=True)

    rows: int
    events: int
    users: int
    sessions: int
    items: int
    period: tuple[datetime, datetime] | None
    kinds: dict[str, int]
    duplicates: int
    """Events alike in every field with an earlier one; each is kept."""
    skipped: dict[str, int] = Field(default_factory=dict)
    rejected: int = 0
    unreadable: int = 0
    reasons: dict[str, int] = Field(default_factory=dict)
    """Unreadable lines and rejected events by code."""
    first_rejects: list[Reject] = Field(default_factory=list)
    findings: list[Finding]

    @property
    def is_ready(self) -> bool:
        return all(finding.severity is not Severity.ERROR for finding in self.findings)


def readiness(
    paths: Sequence[Path],
    mapping: LogMapping,
    *,
    received_at: datetime,
    known_items: Collection[str] | None = None,
    progress: Progress | None = None,
    resources: Resources = Resources(),  # noqa: B008 frozen
) -> Readiness:
    """
    Measure a log; ``known_items`` are the ids of the catalog, if there is one.

    Raises:
        ForeignLogError: a file cannot be read or the mapping does not fit it.
    """
    with (
        TemporaryDirectory(prefix="readiness-") as folder,
        staged(
            paths,
            mapping,
            received_at=received_at,
            work=Path(folder),
            resources=resources,
            progress=progress,
        ) as log,
    ):
        moment = f"'{received_at.isoformat()}'::TIMESTAMPTZ"
        return _report(log, measure(log.connection, known_items, moment))


def readiness_of_log(
    state: LogState,
    *,
    known_items: Collection[str] | None = None,
    learned_kinds: Collection[str] = LEARNED_KINDS,
    memory_limit: str = "512MB",
) -> Readiness:
    """
    Measure the log that a tenant has, however its events came; none of its rows is unreadable.

    Raises:
        LogMoved, LogFileCorrupt, SegmentCorrupt: as reading it does.
    """
    with state.opened(memory_limit=memory_limit) as connection:
        connection.execute(_OWN_EVENTS)
        measures = measure(connection, known_items, "received_at")
        return Readiness(
            **_counts(measures, connection),
            rows=measures.events,
            findings=_by_severity(_findings(measures, {}, learned_kinds)),
        )


def _report(log: Staged, measures: Measures) -> Readiness:
    first = [Reject.model_validate(reject) for reject in islice(all_rejects(log), SHOWN_LINES)]
    found = _findings(measures, log.reasons(), LEARNED_KINDS)
    return Readiness(
        **_counts(measures, log.connection),
        rows=log.rows,
        skipped=log.skipped(),
        rejected=log.rejected,
        unreadable=log.unreadable,
        reasons=log.reasons(),
        first_rejects=first,
        findings=_by_severity([*line_findings(log, first), *found]),
    )


def _counts(measures: Measures, connection: "DuckDBPyConnection") -> dict[str, Any]:
    shared = ("events", "users", "sessions", "items", "kinds", "duplicates")
    counts = {name: getattr(measures, name) for name in shared}
    return counts | {"period": period_of(connection)}


def _findings(
    measures: Measures, reasons: Mapping[str, int], learned: Collection[str]
) -> list[Finding]:
    return [
        *volume_findings(measures),
        *id_findings(measures),
        *time_findings(measures, reasons),
        *kind_findings(measures, learned),
        *user_findings(measures),
    ]


def _by_severity(findings: list[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda finding: list(Severity).index(finding.severity))
