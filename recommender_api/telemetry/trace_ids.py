"""
Ids of traces as OpenTelemetry takes them; to be imported where the extra `otel` is installed.
"""

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from typing_extensions import override

from recommender_api.exchange.laps import Laps


class GivenIds(RandomIdGenerator):
    """
    A trace that begins here has the id that its log lines and exemplars name already; a request's
    span the one that was handed on.
    """

    trace_id = 0
    span_id = 0
    """Of the next span alone."""

    @override
    def generate_trace_id(self) -> int:
        return self.trace_id or super().generate_trace_id()

    @override
    def generate_span_id(self) -> int:
        given, self.span_id = self.span_id, 0
        return given or super().generate_span_id()


def parent_of(laps: Laps) -> Context:
    """The context of the span that a request was sent from; an empty one where it says of none."""
    return Context() if laps.parent_id is None else context_of(laps.trace_id, laps.parent_id)


def context_of(trace_id: str, span_id: str) -> Context:
    """Of a span elsewhere that is recorded; both in hex."""
    sent_from = trace.SpanContext(
        int(trace_id, 16),
        int(span_id, 16),
        is_remote=True,
        trace_flags=trace.TraceFlags(trace.TraceFlags.SAMPLED),
    )
    return trace.set_span_in_context(trace.NonRecordingSpan(sent_from), Context())
