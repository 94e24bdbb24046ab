"""Clients that send slowly, too much, or do not take what they asked for."""

import json
import socket

import pytest

from recommender_api import listener
from tests.recommender_api.served import Served, until
from tests.recommender_api.test_shedding import shed


@pytest.fixture
def impatient(own, monkeypatch) -> Served:
    monkeypatch.setattr(listener, "LOOK_EVERY_S", 0.05)
    monkeypatch.setattr(listener, "HEADERS_LIMIT_S", 0.2)
    monkeypatch.setattr(listener, "UNREAD_LIMIT_S", 0.2)
    return own


def connected(served: Served, receive_bytes: int = 0) -> socket.socket:
    url = served.client().base_url
    connection = socket.socket()
    if receive_bytes:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
    connection.settimeout(20)
    connection.connect((url.host, url.port))
    return connection


def told(connection: socket.socket) -> bytes:
    """Everything until the other side hangs up."""
    answer = b""
    try:
        while more := connection.recv(65536):
            answer += more
    except ConnectionResetError:
        pass
    return answer


@pytest.mark.parametrize("begun", [b"", b"GET /none HTTP/1.1\r\nhost: x\r\nx-slow: a"])
def test_headers_that_do_not_come_are_hung_up_on(impatient, begun):
    with connected(impatient) as connection:
        connection.sendall(begun)

        assert told(connection) == b""
    assert shed(impatient, "", "headers_slow") == 1


def test_headers_that_stall_after_an_answer_are_hung_up_on(impatient):
    with connected(impatient) as connection:
        connection.sendall(b"GET /none HTTP/1.1\r\nhost: x\r\n\r\n")
        answer = b""
        while not answer.endswith(b"}"):
            answer += connection.recv(65536)
        connection.sendall(b"GET /none HTTP/1.1\r\nhost:")

        assert told(connection) == b""


def test_a_connection_that_rests_between_requests_is_kept(impatient):
    client = impatient.of("shop")
    assert client.get("/popular").status_code == 200
    with connected(impatient) as connection:  # it is looked at several times meanwhile
        assert told(connection) == b""

    assert client.get("/popular").status_code == 200
    assert shed(impatient, "", "headers_slow") == 1


def test_headers_without_end_are_refused(impatient):
    with connected(impatient) as connection:
        line = b"x-more: " + b"a" * 8_000 + b"\r\n"
        try:
            connection.sendall(b"GET /none HTTP/1.1\r\nhost: x\r\n" + line * 1_000)
            answer = told(connection)
        except (BrokenPipeError, ConnectionResetError):
            return  # it hung up while we were still sending

    assert not answer or answer.startswith(b"HTTP/1.1 431 ")
    assert not answer or json.loads(answer.partition(b"\r\n\r\n")[2])["status"] == 431


def test_a_client_that_does_not_read_its_answers_is_hung_up_on(impatient):
    asked = b"GET /openapi.json HTTP/1.1\r\nhost: x\r\n\r\n"
    with connected(impatient, receive_bytes=4096) as connection:
        connection.sendall(asked * 500)
        until(lambda: shed(impatient, "", "reader_slow") == 1)


def test_told_to_end_it_takes_requests_until_that_is_known_each_the_last_of_its_connection(own):
    with connected(own) as kept_open:
        kept_open.sendall(b"GET /none HTTP/1.1\r\nhost: x\r\n\r\n")
        first = kept_open.recv(65536)
        while not first.endswith(b"}"):
            first += kept_open.recv(65536)
        own.listener._announce_s = 20
        own.listener.should_exit = True
        until(lambda: not own.applications.readiness.is_ready)

        kept_open.sendall(b"GET /none HTTP/1.1\r\nhost: x\r\n\r\n")
        on_an_old_connection = told(kept_open)
        with connected(own) as new:
            new.sendall(b"GET /none HTTP/1.1\r\nhost: x\r\n\r\n")
            on_a_new_one = told(new)
    own.listener._announce_s = 0

    assert b"connection: close" not in first
    for answer in (on_an_old_connection, on_a_new_one):
        assert answer.startswith(b"HTTP/1.1 404")
        assert b"connection: close" in answer
