"""
Log lines of the process: for people on a terminal, JSON elsewhere, always on stderr.
"""

import logging
import os
import sys

import structlog

from recommender_api.telemetry.log_lines import name_request


def configure_logs(*, debug: bool) -> None:
    """`RECOMMENDER_LOG_FORMAT` is `console` or `json`; by default, whatever stderr is."""
    wanted = os.environ.get("RECOMMENDER_LOG_FORMAT") or (
        "console" if sys.stderr.isatty() else "json"
    )
    renderer: structlog.typing.Processor = structlog.processors.JSONRenderer()
    if wanted == "console":
        renderer = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            name_request,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.DEBUG if debug else logging.INFO
        ),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def leave_out_what_is_told() -> None:
    """For verbs that end with a sentence where a server would write a line and serve on."""
    if "--debug" not in sys.argv:
        level = logging.CRITICAL
        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(level))
