"""
Whether a log is fit to be learned from: counts, and findings that say what to do.

Reads the log as ``read_events`` would and writes nothing. Findings of severity ``error`` mean
that nothing useful can come of it; the import itself would still work.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from pydantic import BaseModel, ConfigDict

from .findings.finding import Finding, Severity
from .findings.ids import id_findings
from .findings.lines import line_findings
from .findings.measures import Measures, measure
from .findings.times import time_findings
from .findings.users import user_findings
from .mapping import LogMapping
from .progress import Progress
from .reading import period_of
from .staging.rejects import Reject, all_rejects
from .staging.session import Resources
from .staging.staged import Staged, staged

SHOWN_LINES = 20


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
    skipped: dict[str, int]
    rejected: int
    unreadable: int
    reasons: dict[str, int]
    """Unreadable lines and rejected events by code."""
    first_rejects: list[Reject]
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
        measures = measure(log, known_items)
        return _report(log, measures)


def _report(log: Staged, measures: Measures) -> Readiness:
    first = [Reject.model_validate(reject) for reject in islice(all_rejects(log), SHOWN_LINES)]
    findings = [
        *line_findings(log, measures, first),
        *id_findings(measures),
        *time_findings(measures, log.reasons()),
        *user_findings(measures),
    ]
    return Readiness(
        rows=log.rows,
        events=log.events,
        users=measures.users,
        sessions=measures.sessions,
        items=measures.items,
        period=period_of(log.connection),
        kinds=measures.kinds,
        duplicates=measures.duplicates,
        skipped=log.skipped(),
        rejected=log.rejected,
        unreadable=log.unreadable,
        reasons=log.reasons(),
        first_rejects=first,
        findings=sorted(findings, key=lambda finding: list(Severity).index(finding.severity)),
    )
