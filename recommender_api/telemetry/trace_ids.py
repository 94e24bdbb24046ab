"""
Ids of traces as OpenTelemetry takes them; to be imported where the extra `otel` is installed.
"""

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from typing_extensions import override

from recommender_api.exchange.laps import Laps


class GivenIds(RandomIdGenerator):
    """A trace that begins here has the id that its log lines and exemplars name already."""

    trace_id = 0

    @override
    def generate_trace_id(self) -> int:
        return self.trace_id or super().generate_trace_id()


def parent_of(laps: Laps) -> Context:
    """The context of the span that a request was sent from; an empty one where it says of none."""
    if laps.parent_id is None:
        return Context()
    sent_from = trace.SpanContext(
        int(laps.trace_id, 16),
        int(laps.parent_id, 16),
        is_remote=True,
        trace_flags=trace.TraceFlags(trace.TraceFlags.SAMPLED),
    )
    return trace.set_span_in_context(trace.NonRecordingSpan(sent_from), Context())
