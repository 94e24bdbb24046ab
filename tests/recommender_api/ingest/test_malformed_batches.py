"""Whatever is sent: 4xx or a verdict on each event, never our fault, never a good event lost."""

import codecs
import gzip
import json
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count

import httpx
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from recommender_store.objects.append_log import Marks
from tests.recommender_api.ingest.batches import batches
from tests.recommender_api.served import AUTHOR, Served, serving, store_in

MIB = 2**20
NEVER = settings(
    max_examples=settings.default.max_examples,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

REST = '"kind":"view","user_id":"u","item_id":"i","occurred_at":"2026-03-01T10:00:00Z"'


def event(event_id: str = '"x"', more: str = "") -> str:
    """One event as text: its id as JSON, then what any event has, then more."""
    return '{"event_id":' + event_id + "," + REST + more + "}"


DEEP = '{"a":' * 900 + "1" + "}" * 900
PARSED = [
    *("null", "true", "0", '""', "[]", "{}", "[[]]", '{"event_id":null}', "-0", "1E400", "1" * 400),
    *("NaN", "-Infinity", '{"event_id":NaN}', r'"\ud800"', r'"\u0000"', "[" * 500 + "]" * 500),
    *('{"a":' * 400 + "1" + "}" * 400, '{"":""}', '{"event_id":{"event_id":{}}}'),
    event('"x","event_id":5'),
    event('5,"event_id":"twice"'),
    event(r'"\ud800"'),
    event(r'"a\u0000b"'),
    event('"' + "x" * 257 + '"'),
    *(
        event(more=f',"occurred_at":{time}')
        for time in (
            '"2026-03-01t10:00:00z"',
            '"2026-02-28T23:59:60Z"',
            '"2026-03-01T10:00:00.123456789Z"',
            '"2026-03-01T10:00:00.1234567891Z"',
            '"2026-03-01T10:00:00+0000"',
            "1772359200",
        )
    ),
    *(
        event(more=f',"value":{value}')
        for value in ("1e999", "9" * 400, "9" * 5_000, "9007199254740993")
    ),
    *(event(more=f',"position":{position}') for position in ("1.0", "true", "-1")),
    *(
        event(more=f',"attributes":{attributes}')
        for attributes in ("[]", DEEP, '{"a":"' + "x" * 17_000 + '"}', '{"a":1,"a":[1e15,1e-7]}')
    ),
    event(more=',"items":{}'),
    event(more=',"received_at":""'),
    '{"kind":"identify","event_id":"x","session_id":"s","user_id":"u"}',
]
"""What can stand in a batch: some parser reads it."""
UNPARSED = [
    *("", "nul", "{", '{"event_id":"a"', "[1,]", '{"a":1,}', "'a'", "01", "1.", "+1", "\x00"),
    *('"\x00"', '"a\nb"', "{'a':1}", "//", "undefined", "[" * 100_000, '{"a":' * 100_000, "1 2"),
    *('"\\x"', '"\\u12"', "\ufeff", "\ufeff{}"),
]
WRONG = [
    b"\xff",
    b'"\xff"',
    b'"\xed\xa0\x80"',
    b'{"event_id":"\xc3"}',
    b"\xef\xbb\xbf",
    b"\x1f\x8b",
]
pieces = (
    st.sampled_from(PARSED + UNPARSED).map(str.encode)
    | st.sampled_from(WRONG)
    | st.binary(max_size=8)
)
numbers = count()


@dataclass
class Shop:
    """A tenant to send to, and what is new in its log."""

    served: Served
    client: httpx.Client
    marks: Marks = field(default_factory=dict)

    def send(self, body: bytes, **headers: str) -> httpx.Response:
        return self.client.post("/events", content=body, headers=headers)

    def logged(self) -> list[str]:
        """The ids of the events that came into the log since it was asked last."""
        lines, self.marks = self.served.store.tenant("shop").events.lines_after(self.marks)
        return [json.loads(line)["event_id"] for line in lines]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    store = store_in(tmp_path_factory.mktemp("malformed"), create=True)
    store.create_tenant("shop", "Shop", author=AUTHOR)
    with serving(store) as served:
        yield Shop(served, served.of("shop"))


def fresh_id() -> str:
    return f"good-{next(numbers)}"


def good_event(event_id: str) -> str:
    return event(f'"{event_id}"')


def holds(shop: Shop, response: httpx.Response, good: str) -> None:
    """No fault of ours, and the good event is in the log if and only if it was acknowledged."""
    assert response.status_code == 202 or 400 <= response.status_code < 500, response.text
    is_acknowledged = response.status_code == 202
    assert (good in shop.logged()) == is_acknowledged, response.text
    if not is_acknowledged:
        assert response.json()["detail"]


@NEVER
@given(st.lists(st.sampled_from(PARSED), min_size=1, max_size=4), st.integers(0, 4))
def test_a_good_event_is_kept_whatever_its_neighbours_are(shop, neighbours, place):
    good = fresh_id()
    inside = [*neighbours[:place], good_event(good), *neighbours[place:]]
    response = shop.send(b'{"events":[%b]}' % ",".join(inside).encode())
    answer = response.json()

    assert response.status_code == 202, response.text
    holds(shop, response, good)
    assert answer["accepted"] + answer["duplicates"] + len(answer["rejected"]) == len(inside)
    assert good not in [one["event_id"] for one in answer["rejected"]]


@NEVER
@given(st.lists(pieces, min_size=1, max_size=3), st.sampled_from([b",", b"", b" , ", b"}"]))
def test_bytes_of_any_kind_are_never_our_fault(shop, inside, between):
    good = fresh_id()
    body = b'{"events":[%b]}' % between.join([good_event(good).encode(), *inside])

    holds(shop, shop.send(body), good)


@NEVER
@given(st.sampled_from(PARSED + UNPARSED).map(str.encode) | st.binary(max_size=20))
@example(b"")
@example(b'{"events":[],"events":{}}')
@example(b'{"events":{}}')
@example(b'{"event":[]}')
@example(b'{"events":[]} ')
@example(b'\xef\xbb\xbf{"events":[]}')
@example(b'{"events":null}')
@example('{"events":[]}'.encode("utf-16"))
def test_a_body_of_any_shape_is_never_our_fault(shop, body):
    response = shop.send(body)

    assert response.status_code == 202 or 400 <= response.status_code < 500, response.text
    text = body.removeprefix(codecs.BOM_UTF8).strip()
    assert (response.status_code == 202) == (text == b'{"events":[]}')
    assert shop.logged() == []


@NEVER
@given(batches)
def test_events_of_any_shape_leave_the_good_one_alone(shop, batch):
    good = fresh_id()
    body = json.dumps({"events": [*batch, json.loads(good_event(good))]}).encode()

    holds(shop, shop.send(body), good)


def test_the_last_of_two_lists_of_events_counts(shop):
    good = fresh_id()
    body = '{"events":[5],"events":[' + good_event(good) + "]}"

    assert shop.send(body.encode()).json()["accepted"] == 1
    assert good in shop.logged()


@NEVER
@given(st.floats(0, 0.99), st.binary(max_size=8))
def test_gzip_that_was_cut_changed_or_added_to_is_never_our_fault(shop, share, more):
    good = fresh_id()
    packed = gzip.compress(b'{"events":[%b]}' % good_event(good).encode())
    place = int(len(packed) * share)
    damage = {
        "cut": packed[:place],
        "changed": packed[:place] + bytes([packed[place] ^ 0x55]) + packed[place + 1 :],
        "added to": packed + more,
    }

    for body in damage.values():
        response = shop.send(bytes(body), **{"content-encoding": "gzip"})
        assert response.status_code == 202 or 400 <= response.status_code < 500, response.text
    assert set(shop.logged()) <= {good}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (gzip.compress(b'{"events":') + gzip.compress(b"[]}"), 202),
        (gzip.compress(b'{"events":[]}') + b"rest", 400),
        (gzip.compress(b'{"events":[]}')[:-4], 400),
        (b'{"events":[]}', 400),
        (b"", 400),
        (gzip.compress(b" " * 50 * MIB), 413),
        (gzip.compress(gzip.compress(b'{"events":[]}')), 400),
        (gzip.compress(b"") * 30, 400),
    ],
    ids=[
        *("two members", "something behind", "cut off", "not packed", "nothing"),
        *("a bomb", "packed twice", "thirty members"),
    ],
)
def test_gzip_is_unpacked_whole_and_no_further_than_a_body_may_be(shop, body, status):
    assert shop.send(body, **{"content-encoding": "gzip"}).status_code == status


def test_an_encoding_that_nobody_knows_is_refused(shop):
    assert shop.send(b'{"events":[]}', **{"content-encoding": "br"}).status_code == 400


def test_a_batch_has_its_limits_in_events_and_in_bytes(shop):
    good = good_event("limit").encode()
    many = b'{"events":[%b]}' % b",".join([good] * 1000)
    padding = b" " * (2 * MIB - len(many))

    assert shop.send(many + padding).json()["duplicates"] == 999
    assert shop.send(many + padding + b" ").status_code == 413
    assert shop.send(many.replace(b"]}", b",%b]}" % good)).status_code == 422


@pytest.mark.parametrize(
    ("length", "said"),
    [("7", b" 400 "), ("1000", b""), ("-1", b" 400 "), ("x", b" 400 "), (str(3 * MIB), b" 413 ")],
)
def test_a_length_that_is_not_the_bodys_is_never_our_fault(shop, length, said):
    good = fresh_id()
    address = shop.client.base_url.host, shop.client.base_url.port
    with socket.create_connection(address) as connection:
        path = f"{shop.client.base_url.path}events"
        head = f"POST {path} HTTP/1.1\r\nhost: x\r\ncontent-length: {length}"
        key = shop.client.headers["authorization"]
        body = b'{"events":[%b]}' % good_event(good).encode()
        connection.sendall(f"{head}\r\nauthorization: {key}\r\n\r\n".encode() + body)
        connection.shutdown(socket.SHUT_WR)
        answer = b"".join(iter(lambda: connection.recv(65536), b""))

    assert said in answer.split(b"\r\n")[0]
    assert b" 500 " not in answer
    assert good not in shop.logged()
    assert shop.send(b'{"events":[]}').status_code == 202


def test_a_chunked_body_needs_no_length(shop):
    good = fresh_id()
    parts = iter([b'{"events":[', good_event(good).encode(), b"]}"])

    holds(shop, shop.client.post("/events", content=parts), good)
