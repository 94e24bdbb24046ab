"""Each error has one code, each code one status, and nothing of the inside gets out."""

import json
from collections.abc import Iterator

import pytest

import recommender_store.catalog.columns  # noqa: F401 - it defines an error of its own
from recommender_api.errors import (
    ApiError,
    FieldFault,
    MethodNotAllowed,
    Overloaded,
    RequestInvalid,
    pointer_to,
)
from recommender_api.problems import STATUS, TITLES, ProblemBody, problem
from recommender_store.errors import StoreError, StoreFull, StoreUnavailable


def below(root: type[Exception]) -> Iterator[type[Exception]]:
    for one in root.__subclasses__():
        yield one
        yield from below(one)


CODES = {one.code for root in (ApiError, StoreError) for one in below(root)}


def told(error: Exception) -> tuple[int, dict, dict]:
    found = problem(error, "request-1")
    headers = {name.decode(): value.decode() for name, value in found.headers}
    return found.status, headers, json.loads(found.body)


def test_every_error_of_the_api_has_a_status():
    assert {one.code for one in below(ApiError)} <= set(STATUS)


def test_every_code_with_a_status_is_an_errors():
    assert set(STATUS) <= CODES


def test_every_status_has_a_title():
    assert set(STATUS.values()) | {500} == set(TITLES)


def test_no_two_errors_of_the_api_share_a_code():
    codes = [one.code for one in below(ApiError)]

    assert len(codes) == len(set(codes))


def test_an_error_that_nobody_listed_is_ours_and_tells_nothing_of_the_inside():
    status, _, body = told(ValueError("secret path /var/lib"))

    assert status == 500
    assert body["code"] == "internal_error"
    assert "secret" not in json.dumps(body)


@pytest.mark.parametrize(
    "error",
    [
        StoreUnavailable(action="write", reason="timeout"),
        StoreFull(key="k", reason="disk full"),
        Overloaded("too much"),
    ],
)
def test_whoever_is_to_come_back_is_told_when(error):
    status, headers, body = told(error)

    assert status == 503
    assert 1 <= int(headers["retry-after"]) <= 5
    assert body["code"] == error.code


def test_a_wrong_method_is_told_the_right_ones_in_a_header():
    assert told(MethodNotAllowed(["GET", "PUT"]))[1]["allow"] == "GET, PUT"


def test_a_problem_is_what_the_documents_say():
    faults = [FieldFault("/a", "x", "wrong"), FieldFault("/filter", "y", "wrong", 3)]
    status, headers, body = told(RequestInvalid(faults))

    assert status == 422
    assert headers["content-type"] == "application/problem+json"
    assert ProblemBody.model_validate(body).model_dump(exclude_none=True) == body
    assert body["errors"][1]["position"] == 3


def test_a_pointer_escapes_what_a_pointer_means_by_itself():
    assert pointer_to([]) == ""
    assert pointer_to(["items", 3, "a/b~c"]) == "/items/3/a~1b~0c"
    assert len(pointer_to(["x" * 10_000])) == 81
