"""
The W3C's `traceparent`: which trace a request belongs to, as its sender says.
"""

import re
from typing import NamedTuple

from typing_extensions import override

NAME = b"traceparent"
VARIABLE = "TRACEPARENT"
"""Of the environment, where the trace of a process is handed on."""
_SAMPLED = 0x01
_FORM = re.compile(
    r"(?!ff)[0-9a-f]{2}-(?!0{32})(?P<trace>[0-9a-f]{32})-(?!0{16})(?P<span>[0-9a-f]{16})"
    r"-(?P<flags>[0-9a-f]{2})(?:-.*)?"
)


class TraceParent(NamedTuple):
    """Both ids in hex, as they are written."""

    trace_id: str
    span_id: str
    is_sampled: bool

    @override
    def __str__(self) -> str:
        """As it is sent on."""
        return f"00-{self.trace_id}-{self.span_id}-{_SAMPLED if self.is_sampled else 0:02x}"


def read_traceparent(text: str | None) -> TraceParent | None:
    """None where there is none, or nothing that can be read: then the request is as without."""
    found = _FORM.fullmatch(text) if text is not None else None
    if found is None:
        return None
    return TraceParent(found["trace"], found["span"], bool(int(found["flags"], 16) & _SAMPLED))
