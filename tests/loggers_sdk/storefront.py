"""A tenant's service under test: its logger, and what arrived."""

from __future__ import annotations

from loggers_sdk import Answer, EventLogger
from loggers_sdk.testing import RecordingTransport


class Storefront:
    def __init__(self, *answers: Answer | Exception, **settings):
        self.transport = RecordingTransport(answers)
        self.events = EventLogger(
            "http://test", "shop", "key", transport=self.transport, **settings
        )

    def arrived(self):
        self.events.flush(timeout_s=60)
        return self.transport.events
