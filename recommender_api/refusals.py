"""
How OpenAPI tells of refusals: each status that a route may answer, as a problem (RFC 9457).

The routes name them once, as `4XX` and `503`; here these become the statuses themselves, so that
who makes a client of the document knows them all.
"""

from collections.abc import Iterator
from typing import Any

from .problems import CONTENT_TYPE, TITLES

ANY = (400, 401, 403, 404, 408, 413, 422, 429, 500, 503)
"""What any route may answer: the front door refuses before it knows what the route would do."""
WRITING = 409
"""Of what is decided in chains of revisions, beside those."""
FREE_OF_CONFLICTS = {"recommend", "events"}
"""Tags of the routes that decide nothing."""
METHODS = ("get", "put", "post", "patch", "delete")

_SCHEMA = {"$ref": "#/components/schemas/ProblemBody"}
_RETRY_AFTER = {
    "description": "Seconds to wait before it is sent again.",
    "schema": {"type": "integer"},
}


def told_whole(document: dict[str, Any]) -> dict[str, Any]:
    """The document, with refusals written into it; once is enough."""
    if "responses" in document["components"]:
        return document
    document["components"]["responses"] = {
        f"Refused{status}": _response(status) for status in (*ANY, WRITING)
    }
    for method, operation in _operations(document):
        responses = operation["responses"]
        for general in ("4XX", "503"):
            responses.pop(general, None)
        decides = method != "get" and not FREE_OF_CONFLICTS & set(operation["tags"])
        for status in sorted({*ANY, WRITING} if decides else ANY):
            responses[str(status)] = {"$ref": f"#/components/responses/Refused{status}"}
    return document


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for methods in document["paths"].values():
        yield from ((name, told) for name, told in methods.items() if name in METHODS)


def _response(status: int) -> dict[str, Any]:
    told: dict[str, Any] = {
        "description": f"{TITLES[status]}: what is wrong, and what to do.",
        "content": {CONTENT_TYPE.decode(): {"schema": _SCHEMA}},
    }
    if status in (429, 503):
        told["headers"] = {"Retry-After": _RETRY_AFTER}
    return told
