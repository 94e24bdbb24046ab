"""
Carry one request body to the platform and bring its answer back.

Bytes and headers go in, a status and a body come out, or ``TransportFailed``. Knows nothing of
events, never tries twice but for a kept connection the server had closed, and follows no redirect.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import NamedTuple, Protocol
from urllib.parse import quote, urlsplit

from .errors import TransportFailed
from .retry import read_retry_after
from .wire import SDK_VERSION

_ANSWER_LIMIT_BYTES = 4 * 1024 * 1024
"""A thousand verdicts take a fifth of a megabyte; what is longer is not the platform's answer."""


class Answer(NamedTuple):
    """What the platform said; ``retry_after_s`` as its header asked for it."""

    status: int
    body: bytes = b""
    retry_after_s: float | None = None


class Transport(Protocol):
    """The seam to the network; used by one thread at a time."""

    def send(self, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Send a batch; raises TransportFailed when no answer came."""
        ...

    def close(self) -> None:
        """Let go of connections without a word on them: a forked child does this to its copy."""
        ...


class HttpTransport:
    """One kept-alive HTTP/1.1 connection; ``timeout_s`` holds for each wait on the socket."""

    def __init__(
        self,
        endpoint: str,
        tenant: str,
        api_key: str,
        timeout_s: float,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self._endpoint = urlsplit(endpoint)
        self._path = f"{self._endpoint.path.rstrip('/')}/v1/tenants/{quote(tenant, safe='')}/events"
        self._timeout_s = timeout_s
        self._ssl_context = ssl_context
        self._connection: HTTPConnection | None = None
        self._headers = {
            "Authorization": f"Bearer {api_key}",
            "Content-Type": "application/json",
            "Accept": "application/json",
            "User-Agent": f"recommender-loggers-sdk/{SDK_VERSION}",
        }

    def send(self, body: bytes, headers: Mapping[str, str]) -> Answer:
        kept = self._connection
        try:
            return self._exchange(kept or self._connect(), body, headers)
        except (ConnectionResetError, BrokenPipeError) as error:
            self.close()
            if kept is None:
                raise TransportFailed(_sentence(error)) from error
        except (OSError, HTTPException) as error:
            self.close()
            raise TransportFailed(_sentence(error)) from error
        # The server had closed the kept connection while it was idle.
        return self.send(body, headers)

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _connect(self) -> HTTPConnection:
        host = self._endpoint.hostname or ""
        port = self._endpoint.port
        if self._endpoint.scheme == "https":
            context = self._ssl_context or ssl.create_default_context()
            self._connection = HTTPSConnection(host, port, timeout=self._timeout_s, context=context)
        else:
            self._connection = HTTPConnection(host, port, timeout=self._timeout_s)
        return self._connection

    def _exchange(
        self, connection: HTTPConnection, body: bytes, headers: Mapping[str, str]
    ) -> Answer:
        connection.request("POST", self._path, body, {**self._headers, **headers})
        response = connection.getresponse()
        text = response.read(_ANSWER_LIMIT_BYTES)
        if response.will_close or not response.isclosed():
            self.close()
        return Answer(response.status, text, _retry_after_s(response))


def _retry_after_s(response: HTTPResponse) -> float | None:
    return read_retry_after(response.getheader("Retry-After"), time.time())


def _sentence(error: Exception) -> str:
    reason = getattr(error, "strerror", None) or str(error)
    return f"no answer from the endpoint ({type(error).__name__}: {reason})"
