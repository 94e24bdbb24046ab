"""
Where an event is born: the logger SDK. Standard library only.

    from loggers_sdk import EventLogger
    events = EventLogger(endpoint="https://recommender.internal", tenant="shop", api_key="…")
    events.view(user_id="u1", item_id="sku-1")
"""

from .config import Config
from .errors import (
    ConfigInvalid,
    DeliveryFailed,
    EventRejected,
    EventsDropped,
    LoggersSdkError,
    SpoolFailed,
    TransportFailed,
)
from .event_logger import EventLogger
from .ledger import FlushResult, Stats
from .retry import RetryPolicy
from .transport import Answer, HttpTransport, Transport
from .wire import SDK_VERSION

__all__ = [
    "Answer",
    "Config",
    "ConfigInvalid",
    "DeliveryFailed",
    "EventLogger",
    "EventRejected",
    "EventsDropped",
    "FlushResult",
    "HttpTransport",
    "LoggersSdkError",
    "RetryPolicy",
    "SpoolFailed",
    "Stats",
    "Transport",
    "TransportFailed",
]

__version__ = SDK_VERSION
