"""
Findings on lines and rows: what could not be read, was refused, was skipped, stands twice.
"""

from collections.abc import Sequence

from recommender_api.foreign_logs.staging.rejects import Reject
from recommender_api.foreign_logs.staging.staged import Staged
from recommender_api.foreign_logs.tables.line_faults import LINE_FAULTS

from .finding import Finding, error, note, warning
from .measures import Measures

_MANY = 0.1
_SHOWN_LINES = 5
FEW_EVENTS = 1000


def line_findings(log: Staged, first: Sequence[Reject]) -> list[Finding]:
    findings = [*_unreadable(log, first), *_rejected(log, first)]
    skipped = log.skipped()
    if skipped:
        each = ", ".join(f"{name} ({count:,})" for name, count in skipped.items())
        findings.append(note("rows_skipped", f"left out by the mapping: {each}"))
    return findings


def volume_findings(measures: Measures) -> list[Finding]:
    """Too little, or too much of the same."""
    return [*_volume(measures), *([_duplicates(measures)] if measures.duplicates else [])]


def _volume(measures: Measures) -> list[Finding]:
    if measures.events == 0:
        said = "there are no events; of a foreign log, see what was skipped and rejected"
        return [error("no_events", said)]
    if measures.events < FEW_EVENTS:
        said = f"only {measures.events:,} events: models need thousands; add more of the log"
        return [warning("few_events", said)]
    return []


def _unreadable(log: Staged, first: Sequence[Reject]) -> list[Finding]:
    if log.unreadable == 0:
        return []
    shown = [reject for reject in first if reject.code in LINE_FAULTS]
    reason = shown[0].reason if shown else "see the reject file"
    total = log.rows + log.unreadable
    said = f"{log.unreadable:,} of {total:,} lines cannot be read{_at(shown)}: {reason}"
    many = log.unreadable > _MANY * total
    return [(error if many else warning)("lines_unreadable", said)]


def _rejected(log: Staged, first: Sequence[Reject]) -> list[Finding]:
    if log.rejected == 0:
        return []
    shown = [reject for reject in first if reject.code not in LINE_FAULTS]
    reason = f"{shown[0].field}: {shown[0].reason}" if shown else "see the reject file"
    total = log.rows * log.templates
    said = f"{log.rejected:,} of {total:,} events break a rule{_at(shown)}: {reason}"
    many = log.rejected > _MANY * total
    return [(error if many else warning)("events_rejected", said)]


def _at(rejects: Sequence[Reject]) -> str:
    lines = ", ".join(str(reject.line) for reject in rejects[:_SHOWN_LINES])
    return f" (line {lines}{', …' if len(rejects) > _SHOWN_LINES else ''})" if lines else ""


def _duplicates(measures: Measures) -> Finding:
    said = (
        f"{measures.duplicates:,} events are alike in every field with an earlier one; each is "
        "kept: take them out of the log if they were written twice by mistake"
    )
    many = measures.duplicates > _MANY * measures.events
    return (warning if many else note)("duplicates", said)
