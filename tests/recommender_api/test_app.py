"""What OpenAPI says, and that the routes behind the door answer as the door does."""

import asyncio

import httpx
import pytest

from recommender_api.access.caller import Caller
from recommender_api.app import create_app
from recommender_api.problems import STATUS
from recommender_api.settings import ApiSettings
from tests.recommender_api.served import AUTHOR, Served, store_in

HOT = {
    "/items/{item_id}/similar": "get",
    "/users/{user_id}/recommendations": "get",
    "/popular": "get",
    "/placements/{placement}:recommend": "post",
    "/recommendations:batch": "post",
    "/events": "post",
}


@pytest.fixture(scope="session")
def openapi(served: Served) -> dict:
    return served.client().get("/openapi.json").json()


@pytest.mark.parametrize(("path", "method"), HOT.items())
def test_openapi_tells_of_each_hot_route_what_comes_in_and_what_goes_out(openapi, path, method):
    told = openapi["paths"][f"/v1/tenants/{{tenant}}{path}"][method]
    answer = told["responses"]["202" if path == "/events" else "200"]["content"]

    assert answer["application/json"]["schema"]["$ref"].startswith("#/components/schemas/")
    assert {"400", "401", "403", "404", "408", "413", "422", "429", "503"} <= set(told["responses"])
    assert told["security"]
    if method == "post":
        assert told["requestBody"]["content"]["application/json"]["schema"]["properties"]
    else:
        assert {"limit", "filter", "exclude_seen"} <= {one["name"] for one in told["parameters"]}


def test_openapi_tells_of_each_refusal_that_it_is_a_problem_and_when_to_come_again(openapi):
    refusals = openapi["components"]["responses"]

    for told in refusals.values():
        schema = told["content"]["application/problem+json"]["schema"]
        assert schema == {"$ref": "#/components/schemas/ProblemBody"}
    assert [name for name, told in refusals.items() if "headers" in told] == [
        "Refused429",
        "Refused503",
    ]


def test_every_status_of_the_table_is_told_of_some_route(openapi):
    routes = [told for methods in openapi["paths"].values() for told in methods.values()]
    told = set().union(*(route["responses"] for route in routes))

    assert {str(status) for status in STATUS.values()} - told == {"405"}


def test_every_parameter_of_a_path_is_declared_once(openapi):
    for path, methods in openapi["paths"].items():
        for told in methods.values():
            names = [(one["in"], one["name"]) for one in told.get("parameters", [])]
            in_path = {name for where, name in names if where == "path"}

            assert in_path == {part.split("}")[0] for part in path.split("{")[1:]}
            assert len(names) == len(set(names))


def test_every_reference_of_openapi_leads_somewhere(openapi):
    def references(part):
        if isinstance(part, dict):
            yield from ([part["$ref"]] if "$ref" in part else [])
            for inner in part.values():
                yield from references(inner)
        elif isinstance(part, list):
            for inner in part:
                yield from references(inner)

    known = {
        f"#/components/{kind}/{name}"
        for kind in ("schemas", "responses")
        for name in openapi["components"][kind]
    }

    assert set(references(openapi)) <= known


class Behind:
    """The routes of OpenAPI without the door: a caller's state is what the door would leave."""

    def __init__(self, documented, space):
        self._documented = documented
        self._state = {
            "caller": Caller("key:test", space.tenant_id, frozenset()),
            "tenant_id": space.tenant_id,
            "request_id": "same",
        }

    async def __call__(self, scope, receive, send):
        path = scope["raw_path"].split(b"?")[0].decode()
        await self._documented({**scope, "path": path, "state": self._state}, receive, send)


ASKED = [
    ("GET", "/items/item-000000/similar?limit=5&explain=true", None),
    ("GET", "/items/a%2Fb%2525/similar?when_short=fewer", None),
    ("GET", "/users/user-000001/recommendations?filter=price%20%3C%2050&fields=title,price", None),
    ("GET", "/users/nobody/recommendations?exclude_seen=view&limit=0", None),
    ("GET", "/popular?trend=true&limit=3", None),
    ("GET", "/popular?limit=ten&nonsense=1", None),
    ("GET", "/popular?limit=1&limit=2", None),
    ("POST", "/placements/basket:recommend", b'{"item_ids": ["item-000000"], "limit": 4}'),
    ("POST", "/placements/nowhere:recommend", b"{}"),
    ("POST", "/placements/popular:recommend", b'{"limit": "5"}'),
    ("POST", "/placements/popular:recommend", b"{"),
    ("POST", "/placements/popular:recommend", b""),
    ("POST", "/recommendations:batch", b'{"requests": [{"placement": "newest"}]}'),
    ("POST", "/recommendations:batch", b'{"requests": []}'),
    ("POST", "/events?validate_only=true", b'{"events": [{"kind": "view"}]}'),
    ("POST", "/events?validate_only=perhaps", b'{"events": []}'),
    ("POST", "/events", b'{"events": 5}'),
    ("POST", "/events", b"nothing"),
]


def test_behind_the_door_every_hot_route_answers_the_same(folder):
    store = store_in(folder)
    space = store.tenant("shop")
    key = space.keys.create("test", ["serve", "ingest"], author=AUTHOR).secret

    async def answers() -> list[tuple[tuple[int, object], tuple[int, object]]]:
        applications = create_app(store, ApiSettings())
        headers = {"Authorization": f"Bearer {key}", "X-Request-ID": "same"}
        door = httpx.ASGITransport(applications.public)
        behind = httpx.ASGITransport(Behind(applications.documented, space))
        both = []
        for transport in (door, behind):
            async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
                below = f"{client.base_url}v1/tenants/shop"
                both.append(
                    [
                        await client.request(method, below + path, content=body, headers=headers)
                        for method, path, body in ASKED
                    ]
                )
        return [(_told(one), _told(other)) for one, other in zip(*both, strict=True)]

    for asked, (from_door, from_behind) in zip(ASKED, asyncio.run(answers()), strict=True):
        assert from_door == from_behind, asked


def _told(response: httpx.Response) -> tuple[int, object]:
    def without_ids(part):
        if isinstance(part, dict):
            return {
                name: without_ids(inner)
                for name, inner in part.items()
                if name != "recommendation_id" and inner is not None
            }
        return [without_ids(inner) for inner in part] if isinstance(part, list) else part

    return response.status_code, without_ids(response.json())
