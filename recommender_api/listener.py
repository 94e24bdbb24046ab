"""
The public listener: uvicorn, with patience for the network and none for those who use it up.

Who does not send headers, or does not take an answer, is hung up on after a while: looked for every
second rather than timed request by request, which would cost each of them. Told to end, it is no
longer ready at once, takes requests until that is known, and answers what is under way.
"""

import asyncio
import time
from typing import TYPE_CHECKING, Any

import msgspec
import uvicorn
from typing_extensions import override
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

if TYPE_CHECKING:
    from .app import Applications

HEADERS_LIMIT_S = 10.0
"""From a connection, or the first byte of a request, to the end of its headers."""
HEADERS_LIMIT_BYTES = 64 * 1024
"""Of a path and headers; an id in a path has at most 3 KiB."""
UNREAD_LIMIT_S = 30.0
"""In which a client takes something of what waits for it."""
UNWANTED_LIMIT_BYTES = 32 * 2**20
"""Of a body that goes on after its answer: read and dropped, so that the answer is heard."""
LOOK_EVERY_S = 1.0
DRAIN_S = 20
"""For requests under way, once it takes no more."""

_TOO_LARGE = msgspec.json.encode(
    {
        "type": "urn:recommender:problem:headers_too_large",
        "title": "Request header fields too large",
        "status": 431,
        "detail": f"a path and its headers have at most {HEADERS_LIMIT_BYTES} bytes together",
        "code": "headers_too_large",
        "request_id": "",
    }
)
_HEADERS_TOO_LARGE = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-type: application/problem+json\r\n"
    b"content-length: %d\r\nconnection: close\r\n\r\n%b" % (len(_TOO_LARGE), _TOO_LARGE)
)


class BoundedHttp(HttpToolsProtocol):
    """One connection; what it sends outside of a request's body is bounded."""

    unanswered_bytes = 0

    @override
    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        cycle: RequestResponseCycle | None = self.cycle
        if cycle is not None and not cycle.response_complete:
            self.unanswered_bytes = 0
            return
        self.unanswered_bytes += len(data)
        is_unwanted = cycle is not None and cycle.more_body
        limit_bytes = UNWANTED_LIMIT_BYTES if is_unwanted else HEADERS_LIMIT_BYTES
        if self.unanswered_bytes > limit_bytes and not self.transport.is_closing():
            self.transport.write(_HEADERS_TOO_LARGE)
            self.transport.close()

    @property
    def stalls(self) -> tuple[str, float, object] | None:
        """
        What its client is waited for, how long at most, and what changes where it goes on.

        None while it is ours to act, or nothing was begun.
        """
        unread_bytes = self.transport.get_write_buffer_size()
        if unread_bytes:
            return "reader_slow", UNREAD_LIMIT_S, unread_bytes
        cycle: RequestResponseCycle | None = self.cycle
        is_answered = cycle is None or cycle.response_complete
        if is_answered and self.timeout_keep_alive_task is None:
            return "headers_slow", HEADERS_LIMIT_S, id(cycle)
        return None


class Listener(uvicorn.Server):
    """Serves the public application."""

    def __init__(
        self, config: uvicorn.Config, applications: "Applications", announce_s: float = 0.0
    ) -> None:
        super().__init__(config)
        self._applications = applications
        self._announce_s = announce_s
        self._stalling: dict[Any, tuple[tuple[str, float, object], float]] = {}
        self._look_at_s = 0.0

    @override
    async def on_tick(self, counter: int) -> bool:
        now_s = time.monotonic()
        if now_s >= self._look_at_s:
            self._look_at_s = now_s + LOOK_EVERY_S
            self._hang_up(now_s)
        return await super().on_tick(counter)

    @override
    async def shutdown(self, *arguments: Any, **named: Any) -> None:
        self._applications.readiness.end()
        looking = asyncio.create_task(self._keep_looking())
        try:
            await self._announce()
            await super().shutdown(*arguments, **named)
        finally:
            looking.cancel()

    async def _announce(self) -> None:
        """
        Until everybody has heard that it ends; each answer meanwhile is its connection's last.

        To close a connection that is in use would lose the request that is on its way in it.
        """
        headers = self.server_state.default_headers
        self.server_state.default_headers = [*headers, (b"connection", b"close")]
        began_s = time.monotonic()
        # uvicorn says that it is to hurry by an attribute, and has no event for it.
        while time.monotonic() - began_s < self._announce_s and not self.force_exit:  # noqa: ASYNC110
            await asyncio.sleep(0.1)

    async def _keep_looking(self) -> None:
        """Who stalls is not waited for at the end either."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            self._hang_up(time.monotonic())

    def _hang_up(self, now_s: float) -> None:
        """On whoever has stalled for too long, and has not gone on since it was looked at."""
        before, self._stalling = self._stalling, {}
        for connection in list(self.server_state.connections):
            stall = connection.stalls if isinstance(connection, BoundedHttp) else None
            if stall is None:
                continue
            known = before.get(connection)
            since_s = known[1] if known is not None and known[0] == stall else now_s
            cause, limit_s, _ = stall
            if now_s - since_s > limit_s:
                self._applications.metrics.count_shed("", cause)
                connection.transport.abort()
            else:
                self._stalling[connection] = stall, since_s
