"""
Log what users do: an event is checked, encoded and taken in microseconds, and sent later.

No call raises into its caller or waits for the network, whatever it is given: an event that cannot
be valid is counted as ``rejected`` and said once in the log. Everything else is the courier's.
"""

from __future__ import annotations

import os
import time
import weakref
from collections.abc import Mapping
from datetime import datetime
from types import TracebackType
from typing import TYPE_CHECKING

from .complaints import Complaints, ErrorHook
from .config import Config, Settings, read_environment
from .courier import Courier
from .errors import ConfigInvalid, EventRejected
from .events import KINDS, Fault, check_event, format_time, new_event_id
from .keywords import ImpressionKeywords, ItemKeywords, RatingKeywords, TrackKeywords
from .ledger import FlushResult, Stats
from .transport import HttpTransport, Transport
from .wire import encode_event

if TYPE_CHECKING:
    from typing import Any, Self, Unpack


class EventLogger:
    """
    The one object a service holds; safe to use from any thread, task or forked child.

    ``settings`` are the fields of ``Config``. Raises ``ConfigInvalid`` here and nothing later.
    """

    def __init__(
        self,
        endpoint: str,
        tenant: str,
        api_key: str,
        *,
        spool_dir: str | os.PathLike[str] | None = None,
        transport: Transport | None = None,
        on_error: ErrorHook | None = None,
        **settings: Unpack[Settings],
    ) -> None:
        config = Config(endpoint, tenant, api_key, spool_dir, **settings)
        carrier = transport or HttpTransport(endpoint, tenant, api_key, config.request_timeout_s)
        self._courier = Courier(config, carrier, Complaints(on_error))
        weakref.finalize(self, self._courier.abandon).atexit = False

    @classmethod
    def from_env(
        cls,
        *,
        transport: Transport | None = None,
        on_error: ErrorHook | None = None,
        **settings: Unpack[Settings],
    ) -> EventLogger:
        """Read RECOMMENDER_ENDPOINT, _TENANT, _API_KEY and _SPOOL_DIR from the environment."""
        found = read_environment(os.environ)
        for setting in ("endpoint", "tenant", "api_key"):
            if setting not in found:
                raise ConfigInvalid(setting, f"set RECOMMENDER_{setting.upper()}")
        return cls(**found, transport=transport, on_error=on_error, **settings)

    def view(self, **fields: Unpack[ItemKeywords]) -> None:
        """A user looked at an item."""
        self._log("view", fields)

    def impression(self, **fields: Unpack[ImpressionKeywords]) -> None:
        """A page showed ``items``, in this order."""
        self._log("impression", fields)

    def click(self, **fields: Unpack[ItemKeywords]) -> None:
        """A user clicked on an item that was shown."""
        self._log("click", fields)

    def cart(self, **fields: Unpack[ItemKeywords]) -> None:
        """A user put an item into the basket."""
        self._log("cart", fields)

    def favorite(self, **fields: Unpack[ItemKeywords]) -> None:
        """A user marked an item to come back to."""
        self._log("favorite", fields)

    def purchase(self, **fields: Unpack[ItemKeywords]) -> None:
        """A user bought ``quantity`` of an item for ``value`` in all."""
        self._log("purchase", fields)

    def rating(self, **fields: Unpack[RatingKeywords]) -> None:
        """A user gave an item ``value`` on the tenant's scale."""
        self._log("rating", fields)

    def dislike(self, **fields: Unpack[ItemKeywords]) -> None:
        """A user wants to see no more of an item."""
        self._log("dislike", fields)

    def track(self, kind: str, **fields: Unpack[TrackKeywords]) -> None:
        """Log an event of any kind, ``custom:<name>`` among them."""
        self._log(kind, fields)

    def flush(self, timeout_s: float = 5.0) -> FlushResult:
        """
        Try to deliver everything, and say where everything is after at most ``timeout_s``.

        The numbers are totals of this process. Waits, so ``await asyncio.to_thread(events.flush)``.
        """
        return self._courier.flush(timeout_s)

    def stats(self) -> Stats:
        """``offered`` is the sum of ``delivered, spooled, pending, dropped, rejected``, always."""
        return self._courier.stats()

    def close(self, timeout_s: float = 5.0) -> FlushResult:
        """Flush, then take no more events; what is not sent stays in the spool, if there is one."""
        return self._courier.close(timeout_s)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _log(self, kind: str, fields: Any) -> None:
        try:
            now = time.time()
            fields["kind"] = kind
            if fields.get("event_id") is None:
                fields["event_id"] = new_event_id()
            occurred_at = fields.get("occurred_at")
            if occurred_at is None:
                fields["occurred_at"] = format_time(now)
            elif isinstance(occurred_at, datetime):
                fields["occurred_at"] = occurred_at.isoformat()
            fault = check_event(fields, now)
            if fault is not None:
                fault = check_event(_as_json_types(fields), now)
            if fault is None:
                self._courier.offer(encode_event(fields))
            else:
                self._courier.reject(_rejection(fault, kind))
        except Exception as error:  # noqa: BLE001 nothing may reach the caller
            self._courier.reject(EventRejected("not_encodable", type(error).__name__))


def _as_json_types(fields: dict[str, Any]) -> dict[str, Any]:
    """Turn decimals, numpy numbers and other mappings into what JSON has; ids stay as they are."""
    for name, value in fields.items():
        if name in ("quantity", "value") and hasattr(value, "__float__"):
            fields[name] = value if isinstance(value, (int, float)) else float(value)
        elif name == "position" and hasattr(value, "__index__") and not isinstance(value, bool):
            fields[name] = int(value)
        elif name == "attributes" and isinstance(value, Mapping):
            fields[name] = dict(value)
    return fields


def _rejection(fault: Fault, kind: object) -> EventRejected:
    named = kind if isinstance(kind, str) and kind in KINDS else "custom"
    return EventRejected(fault.code, f"{fault.detail} (in a {named} event)")
