"""
Findings on clocks: times out of reach, all alike, or without a time of day.
"""

from collections.abc import Mapping

from .finding import Finding, error, note, warning
from .measures import Measures


def time_findings(measures: Measures, reasons: Mapping[str, int]) -> list[Finding]:
    findings = []
    future = reasons.get("time_in_future", 0)
    if future:
        said = (
            f"{future:,} events lie more than a day in the future and are rejected; "
            "check the clock, the unit (epoch_s, epoch_ms) and the zone"
        )
        findings.append(warning("times_in_future", said))
    old = reasons.get("time_too_old", 0)
    if old:
        said = (
            f"{old:,} events lie before 1990 and are rejected; check the unit (epoch_s, epoch_ms) "
            "and whether 0 stands for no time: skip these by {column: …, equals: 0}"
        )
        findings.append(warning("times_too_old", said))
    findings += _skew(measures)
    if measures.moments == 1 and measures.events > 1:
        said = (
            "every event has the same time: what comes later cannot be told from what came "
            "before; map the column that differs"
        )
        findings.append(error("times_all_the_same", said))
    elif measures.events > 1 and measures.midnights == measures.events:
        said = "times are dates only: the order within a day is not known"
        findings.append(note("times_are_dates", said))
    return findings


def _skew(measures: Measures) -> list[Finding]:
    """What comes before it happened, or hours late to the minute, was written by a wrong clock."""
    findings = []
    if measures.ahead:
        said = (
            f"{measures.ahead:,} events occurred after they were received: set the clock of "
            "whoever writes them, and write times with their zone (2026-11-20T10:00:00Z, or zone: "
            "in the mapping)"
        )
        findings.append(warning("clock_ahead", said))
    if measures.hours_behind:
        said = (
            f"most events come {measures.hours_behind} h after they occurred, to the minute: a "
            "local time was probably written as UTC; write times with their zone"
        )
        findings.append(warning("clock_behind", said))
    return findings
