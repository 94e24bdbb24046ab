"""
The settings of one logger: argument, then environment, then default; checked once at the start.

Frozen. A contradiction raises ``ConfigInvalid`` here, since nothing raises later.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypedDict
from urllib.parse import quote, urlsplit

from .errors import ConfigInvalid
from .events import BATCH_BYTES_LIMIT, EVENTS_PER_BATCH_LIMIT
from .retry import RetryPolicy

DURABILITIES = ("memory", "spool_on_failure", "spool_always")
ENVIRONMENT = {
    "endpoint": "RECOMMENDER_ENDPOINT",
    "tenant": "RECOMMENDER_TENANT",
    "api_key": "RECOMMENDER_API_KEY",
    "spool_dir": "RECOMMENDER_SPOOL_DIR",
}


@dataclass(frozen=True)
class Config:
    """Everything a logger can be told; the defaults suit a web service."""

    endpoint: str
    tenant: str
    api_key: str = field(repr=False)
    spool_dir: str | os.PathLike[str] | None = None
    """A folder on a local disk, shared by any number of processes. None: memory only."""
    durability: str = "spool_on_failure"
    """``memory``; ``spool_on_failure``: to disk as soon as a try fails or the process ends;
    ``spool_always``: to disk within the call."""
    buffer_limit_events: int = 20_000
    buffer_limit_bytes: int = 32 * 1024 * 1024
    spool_limit_bytes: int = 256 * 1024 * 1024
    batch_limit_events: int = 500
    batch_limit_bytes: int = 1024 * 1024
    linger_s: float = 0.5
    """How long an event may wait for others to share its request."""
    request_timeout_s: float = 10.0
    exit_timeout_s: float = 5.0
    """How long the end of the process may be held up to deliver what is left."""
    retry: RetryPolicy = field(default_factory=RetryPolicy)

    def __post_init__(self) -> None:
        self._check_endpoint()
        self._check_identity()
        if self.durability not in DURABILITIES:
            raise ConfigInvalid("durability", f"choose one of {', '.join(DURABILITIES)}")
        if self.durability == "spool_always" and self.spool_dir is None:
            raise ConfigInvalid("spool_dir", "spool_always needs a folder; name one")
        self._check_limits()

    @property
    def spool_folder(self) -> Path | None:
        """The tenant's own corner of the spool: no other tenant's key ever sends from it."""
        if self.spool_dir is None or self.durability == "memory":
            return None
        return Path(self.spool_dir) / f"tenant-{quote(self.tenant, safe='')}"

    def _check_endpoint(self) -> None:
        try:
            parts = urlsplit(self.endpoint)
            is_usable = parts.scheme in ("http", "https") and bool(parts.hostname)
            is_usable = is_usable and (parts.port is None or parts.port > 0)
        except (ValueError, AttributeError, TypeError):
            is_usable = False
        if not is_usable:
            raise ConfigInvalid("endpoint", "write it like https://recommender.internal")

    def _check_identity(self) -> None:
        for setting in ("tenant", "api_key"):
            value = getattr(self, setting)
            if not isinstance(value, str) or not value:
                raise ConfigInvalid(setting, "give a text that is not empty")
            if not (value.isascii() and value.isprintable()):
                raise ConfigInvalid(setting, "only printable ASCII can travel in a request")

    def _check_limits(self) -> None:
        for setting in (
            "buffer_limit_events",
            "buffer_limit_bytes",
            "spool_limit_bytes",
            "batch_limit_events",
            "batch_limit_bytes",
            "request_timeout_s",
        ):
            if not getattr(self, setting) > 0:
                raise ConfigInvalid(setting, "give a number above 0")
        if self.batch_limit_events > EVENTS_PER_BATCH_LIMIT:
            raise ConfigInvalid("batch_limit_events", f"at most {EVENTS_PER_BATCH_LIMIT}")
        if self.batch_limit_bytes > BATCH_BYTES_LIMIT // 2:
            raise ConfigInvalid("batch_limit_bytes", f"at most {BATCH_BYTES_LIMIT // 2}")


class Settings(TypedDict, total=False):
    """What may be given to a logger by keyword, beside where it sends and as whom."""

    durability: str
    buffer_limit_events: int
    buffer_limit_bytes: int
    spool_limit_bytes: int
    batch_limit_events: int
    batch_limit_bytes: int
    linger_s: float
    request_timeout_s: float
    exit_timeout_s: float
    retry: RetryPolicy


def read_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Settings that the environment holds; an empty variable counts as absent."""
    return {
        setting: environment[variable]
        for setting, variable in ENVIRONMENT.items()
        if environment.get(variable)
    }
