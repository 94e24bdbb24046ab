"""
What an exit code means to Airflow: done, skipped for a reason, failed for good, try again, or look
again later. Pure.
"""

import re
from collections.abc import Sequence
from typing import Literal, NamedTuple

DONE, FAILED, USAGE, REFUSED, WAITING = 0, 1, 2, 3, 4

TRANSIENT = frozenset(
    {
        "log_moved",
        "log_unreachable",
        "revision_conflict",
        "spark_unavailable",
        "store_unavailable",
        "workspace_full",
    }
)
"""Codes of what may go well on another try, or on another machine; any other code says the same."""

_CODED = re.compile(r"\[([a-z_]+)\]\s*$")


class Outcome(NamedTuple):
    """What becomes of a task, and why."""

    verdict: Literal["done", "skip", "fail", "retry", "later"]
    reason: str


def outcome(exit_code: int | None, said: Sequence[str]) -> Outcome:
    """
    Of a command that ended with a code and said these lines last.

    None: nobody knows its code, for the machine or the pod went with it.
    """
    reason = next((line.strip() for line in reversed(said) if line.strip()), "it said nothing")
    if exit_code == DONE:
        return Outcome("done", reason)
    if exit_code == REFUSED:
        return Outcome("skip", reason)
    if exit_code == WAITING:
        return Outcome("later", reason)
    coded = _CODED.search(reason)
    is_known = exit_code == FAILED and coded is not None and coded[1] not in TRANSIENT
    if is_known or exit_code == USAGE:
        return Outcome("fail", reason)
    return Outcome("retry", f"ended with {exit_code}: {reason}")
