"""
The trace of a job: its steps are spans below the request that asked for it, where `TRACEPARENT`
names one that is recorded, somebody takes traces in, and the extra `otel` is installed.

Log lines of the job name the trace in any case. Nothing here fails a job.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from structlog.contextvars import bound_contextvars
from typing_extensions import override

from recommender_api.exchange.traceparent import VARIABLE, TraceParent, read_traceparent
from recommender_api.telemetry.spans import chosen_processor

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import SpanProcessor
    from opentelemetry.trace import Span

    from trainers.jobs.options import Report

SERVICE = "recommender-job"


class JobTrace:
    """Of a job that nobody records."""

    def over(self, report: "Report") -> "Report":
        """The report, told to the trace as well."""
        return report


class RecordedJob(JobTrace):
    """One span for the job, and one a step below it."""

    def __init__(
        self, processor: "SpanProcessor", parent: TraceParent, name: str, told: dict[str, str]
    ) -> None:
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.sampling import ALWAYS_ON

        from recommender_api.telemetry.trace_ids import context_of

        service = os.environ.get("OTEL_SERVICE_NAME", SERVICE)
        self._provider = TracerProvider(
            sampler=ALWAYS_ON,
            resource=Resource.create({"service.name": service}),
            shutdown_on_exit=False,
        )
        self._provider.add_span_processor(processor)
        self._tracer = self._provider.get_tracer("recommender_cli")
        self._job = self._tracer.start_span(
            name,
            context=context_of(parent.trace_id, parent.span_id),
            attributes={f"recommender.{key}": value for key, value in told.items() if value},
        )
        self._step: Span | None = None

    @override
    def over(self, report: "Report") -> "Report":
        return _ToldToBoth(report, self)

    def step(self, name: str) -> None:
        """The end of the step before, and the beginning of this one."""
        from opentelemetry.trace import set_span_in_context

        self._end_step()
        self._step = self._tracer.start_span(name, context=set_span_in_context(self._job))

    def fail(self, error: BaseException) -> None:
        from opentelemetry.trace import StatusCode

        for span in (self._step, self._job):
            if span is not None:
                span.set_status(StatusCode.ERROR, type(error).__name__)

    def close(self) -> None:
        """Send what waits, and end."""
        self._end_step()
        self._job.end()
        self._provider.shutdown()

    def _end_step(self) -> None:
        if self._step is not None:
            self._step.end()
            self._step = None


class _ToldToBoth:
    """A report that a trace hears too."""

    def __init__(self, report: "Report", trace: RecordedJob) -> None:
        self._report, self._trace = report, trace
        self.resumed, self.progress = report.resumed, report.progress

    def step(self, name: str) -> None:
        self._trace.step(name)
        self._report.step(name)


@contextmanager
def job_trace(name: str, **told: str) -> Iterator[JobTrace]:
    """
    The trace of what is done inside of the block.

    Args:
        name: of the job.
        told: attributes of its span; empty ones are left out.
    """
    parent = read_traceparent(os.environ.get(VARIABLE))
    if parent is None:
        yield JobTrace()
        return
    with bound_contextvars(trace_id=parent.trace_id):
        processor = chosen_processor() if parent.is_sampled else None
        if processor is None:
            yield JobTrace()
            return
        recorded = RecordedJob(processor, parent, name, told)
        try:
            yield recorded
        except BaseException as error:
            recorded.fail(error)
            raise
        finally:
            recorded.close()
