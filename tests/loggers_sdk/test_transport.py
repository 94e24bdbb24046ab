import pytest

from loggers_sdk import HttpTransport, TransportFailed
from tests.loggers_sdk.receiver import Receiver, Reply

BODY = b'{"events":[]}'


def transport(endpoint: str, tenant: str = "shop", timeout_s: float = 5.0) -> HttpTransport:
    return HttpTransport(endpoint, tenant, "rk_shop_1_secret", timeout_s)


def test_a_request_carries_path_key_and_type() -> None:
    with Receiver() as receiver:
        carrier = transport(f"{receiver.url}/behind/proxy/", tenant="sh/op")
        answer = carrier.send(BODY, {"X-More": "1"})
        carrier.close()

        (request,) = receiver.requests
    assert answer.status == 202
    assert request.path == "/behind/proxy/v1/tenants/sh%2Fop/events"
    assert request.headers["Authorization"] == "Bearer rk_shop_1_secret"
    assert request.headers["Content-Type"] == "application/json"
    assert request.headers["User-Agent"].startswith("recommender-loggers-sdk/")
    assert request.headers["X-More"] == "1"


def test_requests_share_a_connection() -> None:
    with Receiver() as receiver:
        carrier = transport(receiver.url)
        for _ in range(3):
            carrier.send(BODY, {})
        carrier.close()

        assert receiver.connections == 1


def test_a_server_that_says_close_gets_a_new_connection() -> None:
    with Receiver(lambda _number: Reply(headers={"Connection": "close"})) as receiver:
        carrier = transport(receiver.url)
        statuses = [carrier.send(BODY, {}).status for _ in range(2)]
        carrier.close()

        assert statuses == [202, 202]
        assert receiver.connections == 2


def test_a_kept_connection_the_server_closed_is_replaced_once() -> None:
    with Receiver(lambda number: Reply(hangs_up=number == 1)) as receiver:
        carrier = transport(receiver.url)
        carrier.send(BODY, {})
        status = carrier.send(BODY, {}).status
        carrier.close()

        assert status == 202
        assert receiver.connections == 2


def test_a_new_connection_that_is_closed_is_a_failure() -> None:
    with Receiver(lambda _number: Reply(hangs_up=True)) as receiver:
        carrier = transport(receiver.url)

        with pytest.raises(TransportFailed):
            carrier.send(BODY, {})
        assert len(receiver.requests) == 1


def test_retry_after_comes_with_the_answer() -> None:
    with Receiver(lambda _number: Reply(429, headers={"Retry-After": "7"})) as receiver:
        carrier = transport(receiver.url)
        answer = carrier.send(BODY, {})
        carrier.close()

    assert (answer.status, answer.retry_after_s) == (429, 7.0)


def test_nobody_listening_is_a_failure_that_says_so() -> None:
    with Receiver() as receiver:
        nobody = receiver.url

    with pytest.raises(TransportFailed, match="ConnectionRefusedError"):
        transport(nobody).send(BODY, {})


def test_a_server_that_does_not_answer_in_time_is_a_failure() -> None:
    slow = Receiver(lambda _number: Reply(delay_s=0.3))
    with slow as receiver, pytest.raises(TransportFailed):
        transport(receiver.url, timeout_s=0.05).send(BODY, {})


def test_a_server_without_tls_is_a_failure_where_tls_was_asked_for() -> None:
    with Receiver() as receiver, pytest.raises(TransportFailed, match="SSL"):
        transport(receiver.url.replace("http:", "https:")).send(BODY, {})


def test_an_answer_without_end_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("loggers_sdk.transport._ANSWER_LIMIT_BYTES", 10)
    with Receiver(lambda _number: Reply(body=b"x" * 100)) as receiver:
        carrier = transport(receiver.url)
        bodies = [carrier.send(BODY, {}).body for _ in range(2)]
        carrier.close()

        assert bodies == [b"x" * 10] * 2
        assert receiver.connections == 2
