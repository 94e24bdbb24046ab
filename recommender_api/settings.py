"""
How one API process runs: read once from the command line and the environment, then handed down.
"""

import os
import re
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

REDIS_SCHEMES = ("redis", "rediss", "redis+cluster", "rediss+cluster")
VARIABLES = {
    "admin_tokens": "RECOMMENDER_ADMIN_TOKEN",
    "redis_url": "RECOMMENDER_REDIS_URL",
    "history_budget_ms": "RECOMMENDER_HISTORY_BUDGET_MS",
    "history_days": "RECOMMENDER_HISTORY_DAYS",
    "answers_at_once": "RECOMMENDER_ANSWERS_AT_ONCE",
    "events_at_once": "RECOMMENDER_EVENTS_AT_ONCE",
    "others_at_once": "RECOMMENDER_OTHERS_AT_ONCE",
    "answer_limit_ms": "RECOMMENDER_ANSWER_LIMIT_MS",
    "request_limit_s": "RECOMMENDER_REQUEST_LIMIT_S",
    "shelf_bytes": "RECOMMENDER_SHELF_BYTES",
    "launcher": "RECOMMENDER_LAUNCHER",
    "prices": "RECOMMENDER_PRICES",
    "otel_share": "RECOMMENDER_OTEL_SHARE",
}
"""Field → the variable that it is read from."""


class ApiSettings(BaseModel):
    """Argument, then environment, then default; contradictions are errors at start."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    internal_port: int = Field(default=9100, ge=0, le=65535)
    """Health and metrics; never the public port."""
    workers: int = Field(default=1, ge=1)
    dev: bool = False
    """Admin routes without a token, on loopback only."""
    admin_tokens: dict[str, str] = Field(default_factory=dict)
    """Token → the name that the audit trail shows."""
    redis_url: str = Field(default="", repr=False)
    """Where live history is shared; empty: each process keeps its own. It may hold a password."""
    history_budget_ms: int = Field(default=15, ge=1, le=10_000)
    """How long an answer waits for live history in Redis; then it goes on without, marked."""
    history_days: int = Field(default=30, ge=1, le=3650)
    """How long Redis keeps a user or session of whom nothing new comes."""
    answers_at_once: int = Field(default=1024, ge=2)
    """Recommendations under way in one worker; a tenant alone holds at most half of them."""
    events_at_once: int = Field(default=4096, ge=2)
    """Requests that bring events, waiting for their write, in one worker."""
    others_at_once: int = Field(default=64, ge=2)
    """Every other request: catalog, rules, models; they take threads."""
    answer_limit_ms: int = Field(default=5000, ge=10)
    """How long a recommendation may take."""
    request_limit_s: float = Field(default=30.0, ge=0.1)
    """How long any other request may take, once its body is there."""
    shelf_bytes: int = Field(default_factory=lambda: memory_bytes() // 2, ge=1)
    """What loaded tenants may weigh in one worker before the longest unused leave."""
    launcher: Literal["local", "kubernetes", "airflow"] = "local"
    """Who runs a job that is asked for by REST."""
    prices: Path | None = None
    """A YAML file that says what usage costs; None: nothing is told of cost."""
    otel_share: float = Field(default=0.01, ge=0, le=1)
    """Of the requests, whose traces are sent to where `OTEL_EXPORTER_OTLP_ENDPOINT` says."""
    compact_every_s: float = Field(default=600.0, ge=0)
    """How often small segments are packed in the background; 0 leaves it to others."""
    commit_wait_ms: int = Field(default=500, ge=0)
    """How long events wait for company before a write to a bucket; a folder is written at once."""

    @classmethod
    def from_environment(
        cls, environment: Mapping[str, str] = os.environ, **arguments: object
    ) -> Self:
        """
        Raises:
            ValidationError: names what is wrong or contradicts itself.
        """
        given = {field: environment.get(name) for field, name in VARIABLES.items()}
        return cls.model_validate(
            {**{field: text for field, text in given.items() if text}, **arguments}
        )

    @field_validator("redis_url")
    @classmethod
    def _is_of_redis(cls, given: str) -> str:
        if given and given.partition("://")[0] not in REDIS_SCHEMES:
            raise ValueError(
                "RECOMMENDER_REDIS_URL: write redis://host:6379/0, rediss://… for TLS, or "
                "redis+cluster://… (rediss+cluster://…) with any node of a cluster"
            )
        return given

    @field_validator("admin_tokens", mode="before")
    @classmethod
    def _read_tokens(cls, given: object) -> object:
        return read_tokens(given) if isinstance(given, str) else given

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        if self.dev and not _is_loopback(self.host):
            raise ValueError(
                f"--dev opens the admin routes, so it listens on loopback only, not on {self.host}:"
                " leave out --host, or set RECOMMENDER_ADMIN_TOKEN instead of --dev"
            )
        if self.workers > 1 and not self.redis_url:
            raise ValueError(
                "more than one worker needs a history that they share: set RECOMMENDER_REDIS_URL "
                "(redis://host:6379), or use --workers 1"
            )
        if self.port and self.port == self.internal_port:
            raise ValueError("--port and --internal-port must differ: metrics are never public")
        return self


CGROUP_LIMIT = Path("/sys/fs/cgroup/memory.max")


def memory_bytes() -> int:
    """What this machine has, or what the container may use where that is less."""
    has_bytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    try:
        said = CGROUP_LIMIT.read_text(encoding="ascii").strip()
    except OSError:
        return has_bytes
    return min(has_bytes, int(said)) if said.isdigit() else has_bytes


_TOKEN = re.compile(r"(?P<name>[^=\s]+)=(?P<token>[^=\s]+=*)|(?P<unnamed>[^=\s]+)")
"""`ann=` is never a token: a name whose secret was left out must not become one."""


def read_tokens(text: str) -> dict[str, str]:
    """
    `token` or `name=token,…` as token → name; an unnamed token is the admin's.

    Raises:
        ValueError: where an entry is neither; its text is not repeated.
    """
    tokens = {}
    for number, entry in enumerate(text.split(","), start=1):
        if not entry.strip():
            continue
        match = _TOKEN.fullmatch(entry.strip())
        if match is None:
            raise ValueError(
                f"RECOMMENDER_ADMIN_TOKEN: entry {number} is neither a token nor a name, '=' and a "
                "token (one that ends with '=' needs a name)"
            )
        tokens[match["token"] or match["unnamed"]] = match["name"] or "admin"
    return tokens


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
