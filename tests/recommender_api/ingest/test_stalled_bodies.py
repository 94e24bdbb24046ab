"""Senders that begin a body and stop: they hold room, for a while, and only so much."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator

import pytest

from recommender_api.exchange import asgi
from recommender_api.ingest.backlog import TENANT_LIMIT_BYTES
from tests.recommender_api.served import AUTHOR, Served, serving, store_in, until

LARGEST = 2 * 2**20


@pytest.fixture
def served(tmp_path) -> Iterator[Served]:
    store = store_in(tmp_path, create=True)
    for tenant in ("shop", "other"):
        store.create_tenant(tenant, tenant, author=AUTHOR)
    with serving(store) as running:
        yield running


def begin(served: Served, key: str, size_bytes: int) -> socket.socket:
    """A request whose body never comes."""
    url = served.client().base_url
    connection = socket.create_connection((url.host, url.port))
    head = f"POST /v1/tenants/shop/events HTTP/1.1\r\nhost: x\r\ncontent-length: {size_bytes}\r\n"
    connection.sendall(f"{head}authorization: Bearer {key}\r\n\r\n".encode())
    return connection


def test_bodies_that_are_being_read_hold_room_until_they_end(served):
    key, shop, other = served.key("shop"), served.of("shop"), served.of("other")
    empty = {"events": []}
    shop.post("/events", json=empty)
    with contextlib.ExitStack() as stalled:

        def is_full() -> bool:
            """Where it is not, one more begins: what asks may have been in another's way."""
            if shop.post("/events", json=empty).status_code == 503:
                return True
            stalled.enter_context(begin(served, key, LARGEST))
            return False

        for _ in range(TENANT_LIMIT_BYTES // LARGEST):
            stalled.enter_context(begin(served, key, LARGEST))
        until(is_full)
        refused = shop.post("/events", json=empty)

        assert refused.json()["code"] == "overloaded"
        assert refused.headers["retry-after"] == "1"
        assert other.post("/events", json=empty).status_code == 202

    until(lambda: shop.post("/events", json=empty).status_code == 202)


def test_a_body_that_does_not_come_whole_in_time_gives_its_place_back(served, monkeypatch):
    monkeypatch.setattr(asgi, "BODY_LIMIT_S", 0.05)
    with begin(served, served.key("shop"), 100) as connection:
        answer = b""
        while more := connection.recv(65536):
            answer += more
            if b"body_too_slow" in answer:
                break

    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b'"code":"body_too_slow"' in answer


def test_what_came_in_time_is_read_however_many_parts_it_has():
    parts = iter([b"a", b"", b"bc", b"d"])

    async def receive():
        body = next(parts)
        return {"type": "http.request", "body": body, "more_body": body != b"d"}

    assert asyncio.run(asgi.read_body({"headers": []}, receive, 10)) == b"abcd"
