"""
Traces for OpenTelemetry, where the extra `otel` is installed and somebody takes them in.

A request's laps become spans when it has been answered, and are sent behind it, in batches; what
nobody takes in is dropped. Whether a request is recorded depends on its trace's id alone, so that
every replica decides alike and no sender decides for us; a sender can only say that its trace is
not to be recorded.
"""

import asyncio
import os
import secrets
from collections.abc import Mapping
from typing import TYPE_CHECKING

import structlog

from recommender_api.exchange.laps import Laps, record_laps
from recommender_api.exchange.visit import Visit

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import SpanProcessor

ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
SERVICE = "recommender-api"
_LOW_BITS = 2**64

_log = structlog.get_logger()


class Spans:
    """The way of one process to whoever takes traces in; `share` of them are recorded."""

    def __init__(self, processor: "SpanProcessor", share: float) -> None:
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.sampling import ALWAYS_ON

        from .trace_ids import GivenIds

        self._ids = GivenIds()
        name = os.environ.get("OTEL_SERVICE_NAME", SERVICE)
        self._provider = TracerProvider(
            sampler=ALWAYS_ON,
            resource=Resource.create({"service.name": name}),
            id_generator=self._ids,
            shutdown_on_exit=False,
        )
        self._provider.add_span_processor(processor)
        self._tracer = self._provider.get_tracer("recommender_api")
        self._bound = int(share * _LOW_BITS)

    def begin(self, visit: Visit) -> Laps | None:
        """The laps of a request that is recorded, to be noted from now on; None for others."""
        sent_from = visit.sent_from
        if sent_from is None:
            trace_id, parent_id = secrets.token_hex(16), None
        else:
            trace_id, parent_id, is_sampled = sent_from
            if not is_sampled:
                return None
        if int(trace_id, 16) % _LOW_BITS >= self._bound:
            return None
        laps = Laps(trace_id, parent_id)
        record_laps(laps)
        visit.exemplar = {"trace_id": trace_id}
        return laps

    def end(self, visit: Visit, laps: Laps) -> None:
        """The request was answered: its spans go on their way."""
        from opentelemetry import trace

        from .trace_ids import parent_of

        laps.reached("response")
        self._ids.trace_id, self._ids.span_id = int(laps.trace_id, 16), int(laps.span_id, 16)
        span = self._tracer.start_span(
            f"{visit.method} {visit.route}",
            context=parent_of(laps),
            kind=trace.SpanKind.SERVER,
            attributes=_told_of(visit),
            start_time=laps.began_ns,
        )
        inside = trace.set_span_in_context(span)
        for name, began_ns, ended_ns, detail in laps.passed:
            stage = self._tracer.start_span(name, context=inside, start_time=began_ns)
            if detail is not None:
                stage.set_attribute("recommender.detail", str(detail))
            stage.end(ended_ns)
        if (visit.status or 500) >= 500:
            span.set_status(trace.StatusCode.ERROR)
        span.end(laps.passed[-1].ended_ns)

    async def close(self) -> None:
        """Send what waits, and end."""
        await asyncio.to_thread(self._provider.shutdown)


def chosen_spans(share: float, environment: Mapping[str, str] = os.environ) -> Spans | None:
    """As the environment says where traces are taken in; None: nowhere, or nothing can send."""
    processor = chosen_processor(environment) if share else None
    return None if processor is None else Spans(processor, share)


def chosen_processor(environment: Mapping[str, str] = os.environ) -> "SpanProcessor | None":
    """What sends spans in batches to where they are taken in; None as above."""
    if not any(environment.get(name) for name in ENDPOINTS):
        return None
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        # Clusters set the variable for everybody: it must not keep anybody from starting.
        _log.warning("spans_off", detail="to send traces, install recommender-platform[otel]")
        return None
    return BatchSpanProcessor(OTLPSpanExporter())


def _told_of(visit: Visit) -> dict[str, str | int]:
    return {
        "http.request.method": visit.method,
        "http.response.status_code": visit.status or 500,
        "recommender.route": visit.route,
        "recommender.tenant": visit.owner,
        "recommender.tier": visit.tier,
        "recommender.request_id": visit.request_id,
    }
