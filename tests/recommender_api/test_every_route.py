"""
Every route is sent what OpenAPI allows, and what it does not, and answers as OpenAPI says.

Schemathesis makes the requests, the same ones in every run; a real server answers.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from recommender_api.launch.jobs import Jobs
from recommender_api.launch.local_processes import LocalProcesses
from tests.recommender_api.served import ADMIN_TOKEN, Served, copied, serving, store_in
from tests.recommender_api.shops import trained

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
]
EXAMPLES = 2
MANY_EXAMPLES = 60
NO_HTTP = b"Invalid HTTP request received."
"""What the server's parser says of bytes that are no request; no route ever sees them."""
FILTERS = ["price < 50", "taste = 'taste-1' AND NOT price > 3", "tags CONTAINS 'even'"]
KNOWN = {
    "item_id": "item-000000",
    "user_id": "user-000001",
    "placement": "similar",
    "rule_id": "no-cheap",
}
"""Put into half of the paths; what is made up mostly finds nothing."""
ENDS_TENANTS = "DELETE /v1/tenants/{tenant}"


class _Admin(requests.auth.AuthBase):
    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {ADMIN_TOKEN}"
        return request


@schemathesis.serializer("application/x-ndjson")
def _lines(_context: Any, value: Any) -> bytes:
    return str(value).encode("utf-8", "replace")


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A tenant with a model and a rule, and one with nothing at all."""
    folder = copied(trained(), tmp_path_factory.mktemp("every-route") / "copy")
    with serving(store_in(folder)) as served:
        idle = LocalProcesses(folder / "launched", {}, ("/bin/true",))
        served.applications.documented.state.jobs = Jobs(idle)
        rule = {"kind": "exclude", "filter": "price < 3"}
        served.admin.put("/v1/tenants/shop/rules/no-cheap", json=rule)
        yield served


def _known_version(served: Served) -> str:
    version = served.store.tenant("shop").models.current().version
    assert version is not None
    return version


@st.composite
def _meant(draw: Callable[..., Any], made: Any, known: dict[str, str]) -> Any:
    """A request with something in its path that is there, and a filter that can be read."""
    case = draw(made)
    if case.operation.label != ENDS_TENANTS and "tenant" in case.path_parameters:
        case.path_parameters["tenant"] = draw(st.sampled_from(["shop", "shop", "empty"]))
    for name in known.keys() & case.path_parameters.keys():
        if draw(st.booleans()):
            case.path_parameters[name] = known[name]
    for part in (case.query, case.body):
        if isinstance(part, dict) and isinstance(part.get("filter"), str) and draw(st.booleans()):
            part["filter"] = draw(st.sampled_from(FILTERS))
    return case


def _ask(served: Served, operation: Any, mode: GenerationMode, examples: int) -> None:
    known = {**KNOWN, "version": _known_version(served)}
    session = requests.Session()
    session.auth = _Admin()

    @settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=_meant(operation.as_strategy(generation_mode=mode), known))
    def holds(case: Any) -> None:
        response = case.call(session=session)
        if response.content != NO_HTTP:
            case.validate_response(response, checks=CHECKS)

    with session:
        holds()


@pytest.mark.parametrize(
    "examples",
    [EXAMPLES, pytest.param(MANY_EXAMPLES, marks=pytest.mark.slow)],
    ids=["a few of each", "many of each"],
)
def test_every_route_answers_as_it_is_documented_whatever_it_is_sent(
    asked: Served, subtests: pytest.Subtests, examples: int
) -> None:
    document = schemathesis.openapi.from_url(f"{asked.base_url}/openapi.json")
    operations = [found.ok() for found in document.get_all_operations()]
    assert len(operations) > 30

    for operation in operations:
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            with subtests.test(operation.label, mode=mode.value):
                _ask(asked, operation, mode, examples)
