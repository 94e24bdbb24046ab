"""
Stands where no job can be started from here, and says why.
"""

from recommender_store.runs.pulse import origin
from recommender_store.tenants.identity import TenantId

from .errors import LauncherAbsent
from .protocol import Order, Sighting


class Absent:
    """A launcher that starts nothing."""

    def __init__(self, name: str, reason: str) -> None:
        self.name = name
        self._reason = reason

    @property
    def origin(self) -> str:
        return origin()

    def start(self, order: Order) -> None:  # noqa: ARG002 - whatever it is
        raise LauncherAbsent(self._reason)

    def look(self, tenant_id: TenantId, run_id: str) -> Sighting:  # noqa: ARG002 - the same
        return Sighting("unknown")

    def cancel(self, tenant_id: TenantId, run_id: str) -> None:
        """Nothing goes."""
