"""
What every log line says of the request that is worked at: its id, its trace, whose it is.
"""

from structlog.typing import EventDict, WrappedLogger

from recommender_api.exchange.laps import laps_of_now
from recommender_api.exchange.visit import visiting


def name_request(_logger: WrappedLogger, _method: str, line: EventDict) -> EventDict:
    """A processor of structlog; it is asked where a line is written, and costs requests nothing."""
    visit = visiting.get()
    if visit is None:
        return line
    line.setdefault("request_id", visit.request_id)
    if visit.tenant_id is not None:
        line.setdefault("tenant_id", visit.tenant_id)
    laps, sent_from = laps_of_now(), visit.sent_from
    if laps is not None:
        line.setdefault("trace_id", laps.trace_id)
    elif sent_from is not None:
        line.setdefault("trace_id", sent_from.trace_id)
    return line
