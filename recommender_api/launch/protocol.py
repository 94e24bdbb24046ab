"""
What every launcher does: start this command line for this tenant, tell how it goes, end it.

It knows nothing of trainings or imports. What a run did lies in the store; a launcher tells only
of the process: that it goes, that it went, and what it said.
"""

from typing import Literal, NamedTuple, Protocol

from recommender_api.exchange.traceparent import VARIABLE as TRACEPARENT
from recommender_store.tenants.identity import TenantId

LOG_LINES = 100
LOG_BYTES = 16 * 2**10
"""Of what a job said, this much of the end is told."""


class Order(NamedTuple):
    """One job; its id is that of the run, and is never given twice."""

    tenant_id: TenantId
    run_id: str
    arguments: tuple[str, ...]
    """Of the command `recommender`."""
    resources: str = "small"
    """The class that its tenant is of: `training.resources`."""
    traceparent: str = ""
    """Of the request that asked for it; it is told as the variable `TRACEPARENT`."""

    @property
    def environment(self) -> dict[str, str]:
        """What its process is told beside what every job is told."""
        return {TRACEPARENT: self.traceparent} if self.traceparent else {}


class Reason(NamedTuple):
    """Why a job ended, where its exit code does not say."""

    code: str
    sentence: str


class Sighting(NamedTuple):
    """What is seen of a job's process."""

    state: Literal["running", "ended", "lost", "unknown", "unseen"]
    """
    `lost`: it is gone, without an exit code; `unknown`: nothing is known of it here; `unseen`: its
    place cannot be asked at the moment.
    """
    exit_code: int | None = None
    """Of one that ended; 128 and a signal's number where a signal ended it."""
    log: tuple[str, ...] = ()
    """Its last lines."""
    reason: Reason | None = None
    """Where more is known than the exit code."""


class Launcher(Protocol):
    """Safe to share between threads; every method may block for a moment."""

    @property
    def name(self) -> str:
        """As in `RECOMMENDER_LAUNCHER`."""

    @property
    def origin(self) -> str:
        """Where its processes run: only a launcher of the same origin can tell of them."""

    def start(self, order: Order) -> None:
        """
        Give the order; the process goes on when the one that gave it ends.

        Raises:
            LaunchFailed: nothing was started.
        """

    def look(self, tenant_id: TenantId, run_id: str) -> Sighting: ...

    def cancel(self, tenant_id: TenantId, run_id: str) -> None:
        """End it, and all that it started, soon; of one that is gone, nothing happens."""
