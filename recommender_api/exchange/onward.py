"""
The trace that work belongs to which a request starts elsewhere: a job, a hook.
"""

from .laps import laps_of_now
from .traceparent import TraceParent
from .visit import visiting


def traceparent_of_now() -> str:
    """
    As `traceparent` is written; '' where the request belongs to no trace.

    Of a request that is recorded it names the request's own span, of any other what its sender
    said.
    """
    laps = laps_of_now()
    if laps is not None:
        return str(TraceParent(laps.trace_id, laps.span_id, is_sampled=True))
    visit = visiting.get()
    sent_from = visit.sent_from if visit is not None else None
    return "" if sent_from is None else str(sent_from)
