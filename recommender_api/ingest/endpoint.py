"""
`POST /v1/tenants/{tenant}/events`: 202 when every accepted event is durable and in live history.
"""

import json
import time
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from loggers_sdk.wire import BatchMalformed, read_batch
from recommender_api.errors import BodyMalformed, FieldFault, RequestInvalid
from recommender_api.exchange.asgi import parse_json
from recommender_api.serving.live_tenant import LiveTenant

from .accept import RecentIds, deeds, judge
from .group_commit import GroupCommit


class Intake:
    """Takes in one tenant's events."""

    def __init__(self, tenant: LiveTenant, commit_wait_s: float = 0.0) -> None:
        self._tenant = tenant
        self._recent = RecentIds()
        self.commit = GroupCommit(tenant.space.events, wait_s=commit_wait_s)

    def is_for(self, tenant: LiveTenant) -> bool:
        """Whether this is the very tenant, not one that was loaded anew since."""
        return self._tenant is tenant

    async def accept(self, body: bytes, *, validate_only: bool) -> dict[str, Any]:
        """
        The answer to a batch.

        Raises:
            BodyMalformed, RequestInvalid: where the batch as a whole cannot be read.
            Overloaded, StoreError: where nothing was acknowledged; to be sent again.
        """
        try:
            events = read_batch(_parsed(body))
        except BatchMalformed as error:
            raise RequestInvalid([FieldFault(error.pointer, error.code, error.detail)]) from error
        now_s = time.time()
        received_at = datetime.fromtimestamp(now_s, UTC).isoformat(timespec="milliseconds")
        verdicts = judge(events, now_s, received_at, self._recent)
        if not validate_only and verdicts.accepted:
            await self.commit.append(verdicts.lines)
            self._recent.remember(verdicts.accepted)
            await self._tenant.add(deeds(verdicts.accepted))
        return verdicts.answer()


def _parsed(body: bytes) -> Any:
    """
    The body; what only a lenient parser reads (half surrogates, 1e999) is left to the verdicts.

    One such event must not spoil its batch.
    """
    try:
        return parse_json(body)
    except BodyMalformed:
        with suppress(ValueError, RecursionError):
            batch = json.loads(body)
            if isinstance(batch, dict) and isinstance(batch.get("events"), list):
                return batch
        raise
