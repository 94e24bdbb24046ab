"""A platform to send to: a real HTTP server that answers as it is told and keeps what it got."""

from __future__ import annotations

import gzip
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self


@dataclass(frozen=True)
class Reply:
    """How to answer one request; ``rejected`` are the positions of events to refuse."""

    status: int = 202
    delay_s: float = 0.0
    headers: dict[str, str] = field(default_factory=dict)
    rejected: tuple[int, ...] = ()
    body: bytes | None = None
    hangs_up: bool = False


@dataclass(frozen=True)
class Request:
    path: str
    headers: dict[str, str]
    events: list[dict]
    status: int
    at_s: float


Plan = Callable[[int], Reply]


def always(status: int, **headers: str) -> Plan:
    return lambda _number: Reply(
        status, headers={k.replace("_", "-"): v for k, v in headers.items()}
    )


def failing_for(seconds: float, status: int = 503) -> Plan:
    """Answer with ``status`` until ``seconds`` after the first request."""
    began_s: list[float] = []

    def plan(_number: int) -> Reply:
        began_s.append(time.monotonic())
        return Reply(status if time.monotonic() - began_s[0] < seconds else 202)

    return plan


class Receiver:
    """``plan`` answers the n-th request, n from 0; requests are kept in order of arrival."""

    def __init__(self, plan: Plan | None = None) -> None:
        self.plan: Plan = plan or (lambda _number: Reply())
        self.requests: list[Request] = []
        self.connections = 0
        self._lock = threading.Lock()
        self._count = 0
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._make_handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def accepted(self) -> list[dict]:
        """Events in order of arrival, each as often as it was accepted."""
        with self._lock:
            return [
                event
                for request in self.requests
                if request.status == 202
                for event in request.events
            ]

    def accepted_items(self) -> list[str]:
        return [event["item_id"] for event in self.accepted]

    def _take(self, handler: BaseHTTPRequestHandler) -> Reply:
        body = handler.rfile.read(int(handler.headers["Content-Length"]))
        if handler.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        events = json.loads(body)["events"]
        with self._lock:
            reply = self.plan(self._count)
            self._count += 1
        time.sleep(reply.delay_s)
        status = 0 if reply.hangs_up else reply.status
        with self._lock:
            self.requests.append(
                Request(handler.path, dict(handler.headers), events, status, time.monotonic())
            )
        return reply

    def _make_handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def setup(self) -> None:
                receiver.connections += 1
                super().setup()

            def do_POST(self) -> None:
                reply = receiver._take(self)
                if reply.hangs_up:
                    self.close_connection = True
                    return
                body = receiver_body(reply, receiver.requests[-1].events)
                self.send_response(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_args: object) -> None:
                pass

            def handle_one_request(self) -> None:
                try:
                    super().handle_one_request()
                except (ConnectionError, EOFError, ValueError):  # a client killed half-way
                    self.close_connection = True

        return Handler


def receiver_body(reply: Reply, events: list[dict]) -> bytes:
    if reply.body is not None:
        return reply.body
    rejected = [
        {"index": index, "event_id": events[index]["event_id"], "code": "refused", "detail": "no"}
        for index in reply.rejected
    ]
    accepted = len(events) - len(rejected)
    return json.dumps({"accepted": accepted, "duplicates": 0, "rejected": rejected}).encode()
