"""What every route has in common: paths, methods, bodies, request ids."""

import gzip
import http.client
import json
import socket
import zlib
from urllib.parse import quote, urlsplit

import httpx
import pytest

ODD_IDS = [
    "a/b",
    "50%",
    "%2F",
    "%25",
    "ü/ß 7",
    "日本",
    "a b",
    "a+b",
    "a?b#c",
    "..",
    ".",
    "a:b",
    "a\\b",
]
MEBIBYTE = 2**20


def encoded(item_id: str) -> str:
    return quote(item_id, safe="").replace(".", "%2E")


def test_an_id_in_a_path_is_any_text_percent_encoded(own):
    shop = own.of("shop")
    for item_id in ODD_IDS:
        path = f"/items/{encoded(item_id)}"

        assert shop.put(path, json={"title": item_id}).status_code == 200
        assert shop.get(path).json() == {"item_id": item_id, "title": item_id}
        similar = shop.get(f"{path}/similar").json()
        assert "item_unknown" not in {one["code"] for one in similar["warnings"]}
        assert shop.delete(path).status_code == 204
        assert shop.get(path).json()["detail"] == f"the catalog has no item '{item_id}'"


def raw(served, request: bytes) -> http.client.HTTPResponse:
    """The answer to bytes that a well-bred client would not send."""
    address = urlsplit(served.base_url)
    with socket.create_connection((address.hostname, address.port), timeout=10) as connection:
        connection.sendall(request)
        response = http.client.HTTPResponse(connection)
        response.begin()
        response.body = response.read()
        return response


def test_bytes_that_are_not_utf8_in_a_path_are_a_400(served):
    key = served.key("shop").encode()
    for path in (b"/v1/tenants/shop/items/%FF/similar", b"/v1/tenants/shop/popular?filter=%FF"):
        response = raw(
            served,
            b"GET " + path + b" HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + key + b"\r\n\r\n",
        )

        assert response.status == 400
        assert json.loads(response.body)["code"] == "path_malformed"


@pytest.mark.parametrize(
    "path",
    [
        "/v1%2Ftenants",
        "/%761/tenants",
        "/v1/%74enants",
        "//v1/tenants",
        "/v1/tenants/",
        "/v1",
        "/v1/x",
    ],
)
def test_no_way_of_spelling_a_path_gets_round_the_door(served, path):
    response = served.client().get(path)

    assert response.status_code in (401, 404)
    assert "shop" not in response.text


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/popular", "GET"),
        ("HEAD", "/popular", "GET"),
        ("OPTIONS", "/popular", "GET"),
        ("POST", "/items/a/similar", "GET"),
        ("DELETE", "/users/u/recommendations", "GET"),
        ("GET", "/events", "POST"),
        ("GET", "/placements/popular:recommend", "POST"),
        ("GET", "/recommendations:batch", "POST"),
        ("POST", "/items/a", "DELETE, GET, PATCH, PUT"),
        ("DELETE", "/models", "GET"),
    ],
)
def test_a_wrong_method_is_told_the_right_ones(shop, method, path, allowed):
    response = shop.request(method, path)

    assert response.status_code == 405
    assert response.headers["allow"] == allowed
    assert method == "HEAD" or response.json()["code"] == "method_not_allowed"


@pytest.mark.parametrize("path", ["/nothing", "/items", "/placements/a/b", "/models/a/b", "/"])
def test_a_route_that_does_not_exist_is_a_404_problem(shop, path):
    response = shop.get(path)

    assert response.status_code == 404
    assert response.json()["code"] == "route_unknown"
    assert response.headers["content-type"] == "application/problem+json"


JSON_ROUTES = [
    ("POST", "/placements/popular:recommend"),
    ("POST", "/recommendations:batch"),
    ("POST", "/events"),
    ("PUT", "/items/a"),
    ("POST", "/models:rollback"),
]


@pytest.mark.parametrize(("method", "path"), JSON_ROUTES)
@pytest.mark.parametrize(
    "body",
    [b"{", b"\xff", b'{"a": NaN}', b'{"a": "\\ud800"}', b"[" * 100_000, b'{"a": 1e999}', b"{} {}"],
    ids=["cut", "not utf-8", "NaN", "half a pair", "deep", "overflow", "two"],
)
def test_a_body_that_is_no_json_is_a_400_on_every_route(shop, method, path, body):
    headers = {"content-type": "application/json"}
    response = shop.request(method, path, content=body, headers=headers)

    assert response.status_code == 400, response.text
    assert response.json()["code"] == "body_malformed"


OVERSIZE = [
    ("/placements/popular:recommend", MEBIBYTE),
    ("/recommendations:batch", MEBIBYTE),
    ("/events", 3 * MEBIBYTE),
    ("/items:import", 17 * MEBIBYTE),
]


@pytest.mark.parametrize(("path", "size"), OVERSIZE)
def test_a_body_that_says_it_is_too_large_is_refused_before_it_is_sent(served, path, size):
    key = served.key("shop").encode()
    target = f"/v1/tenants/shop{path}".encode()
    response = raw(
        served,
        b"POST " + target + b" HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + key
        + b"\r\nContent-Length: " + str(size).encode() + b"\r\n\r\n",
    )  # fmt: skip

    assert response.status == 413
    assert json.loads(response.body)["code"] == "body_too_large"


@pytest.mark.parametrize(("path", "size"), OVERSIZE)
def test_a_body_of_unsaid_length_is_cut_off_at_the_limit(shop, path, size):
    def chunks():
        for _ in range(size // 65536):
            yield b" " * 65536

    try:
        response = shop.post(path, content=chunks())
    except httpx.WriteError:
        return  # the server hung up while we were still sending

    assert response.status_code == 413


def test_a_body_that_ends_before_its_length_loses_nothing_and_stores_nothing(own):
    key = own.key("shop").encode()
    address = urlsplit(own.base_url)
    before = own.store.tenant("shop").events.state()
    with socket.create_connection((address.hostname, address.port)) as connection:
        connection.sendall(
            b"POST /v1/tenants/shop/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "
            + key + b"\r\nContent-Length: 1000\r\n\r\n" + b'{"events": ['
        )  # fmt: skip
    shop = own.of("shop")

    assert shop.get("/popular").status_code == 200
    assert own.store.tenant("shop").events.state().pending == before.pending


def test_gzip_is_unpacked_whatever_it_is_called(shop):
    packed = gzip.compress(b'{"limit": 3}')
    for name in ("gzip", "GZIP", "x-gzip"):
        headers = {"content-encoding": name}
        response = shop.post("/placements/popular:recommend", content=packed, headers=headers)

        assert len(response.json()["items"]) == 3


@pytest.mark.parametrize(
    ("packed", "encoding", "status"),
    [
        (gzip.compress(b'{"limit": 3}')[:-9], "gzip", 400),
        (b"no gzip at all", "gzip", 400),
        (gzip.compress(b"{}") + b"rubbish", "gzip", 400),
        (zlib.compress(b"{}"), "deflate", 400),
        (b"{}", "br", 400),
        (gzip.compress(b" " * 50 * MEBIBYTE), "gzip", 413),
        (gzip.compress(b" " * 200_000) * 2, "gzip", 413),
        (gzip.compress(b"") * 17, "gzip", 400),
    ],
    ids=[
        "cut",
        "none",
        "more behind",
        "deflate",
        "brotli",
        "bomb",
        "bomb in two members",
        "many members",
    ],
)
def test_what_is_not_the_gzip_that_it_says_is_refused(shop, packed, encoding, status):
    headers = {"content-encoding": encoding}
    response = shop.post("/placements/popular:recommend", content=packed, headers=headers)

    assert response.status_code == status, response.text


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/events"), ("POST", "/placements/popular:recommend"), ("PUT", "/items/a")],
)
def test_gzip_that_does_not_say_so_is_recognised(shop, method, path):
    response = shop.request(method, path, content=gzip.compress(b"{}"))

    assert response.status_code == 400
    assert "it looks like gzip: send Content-Encoding: gzip" in response.json()["detail"]


@pytest.mark.parametrize("body", [b"", b" \n"])
@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("/events", '{"events": […]}'),
        ("/sessions/visit:identify", '{"user_id": "…"}'),
        ("/sessions:identify", '{"session_id": "…", "user_id": "…"}'),
        ("/recommendations:batch", '{"requests": […]}'),
    ],
)
def test_an_empty_body_is_told_what_to_send(shop, path, wanted, body):
    response = shop.post(path, content=body)

    assert response.status_code == 400
    assert response.json()["detail"] == f"the body is empty: send {wanted}"


def test_gzip_of_several_members_is_one_body(shop):
    packed = gzip.compress(b'{"lim') + gzip.compress(b'it": 4}')
    headers = {"content-encoding": "gzip"}
    response = shop.post("/placements/popular:recommend", content=packed, headers=headers)

    assert len(response.json()["items"]) == 4


@pytest.mark.parametrize(
    ("path", "status"),
    [("/popular", 200), ("/nothing", 404), ("/popular?limit=0", 422), ("/models", 200)],
)
def test_a_request_id_comes_back_on_every_answer(shop, path, status):
    response = shop.get(path, headers={"X-Request-ID": "mine-7"})

    assert response.status_code == status
    assert response.headers["x-request-id"] == "mine-7"
    assert status < 400 or response.json()["request_id"] == "mine-7"


def test_a_request_id_comes_back_from_the_door_too(served):
    response = served.client().get("/v1/tenants/shop/popular", headers={"X-Request-ID": "mine"})

    assert response.status_code == 401
    assert response.headers["x-request-id"] == response.json()["request_id"] == "mine"


@pytest.mark.parametrize("shown", [None, "", "x" * 129, "tab\there"])
def test_a_request_id_that_cannot_be_used_is_replaced(shop, shown):
    headers = {} if shown is None else {"X-Request-ID": shown}
    given = shop.get("/popular", headers=headers).headers["x-request-id"]

    assert given != shown
    assert len(given) == 16


def test_the_documents_are_for_everybody(served):
    for path in ("/docs", "/openapi.json"):
        assert served.client().get(path).status_code == 200
