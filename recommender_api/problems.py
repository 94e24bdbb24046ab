"""
From an error to what the caller sees: one table from code to status, one shape of body (RFC 9457).

Anything that is not in the table is ours: it is logged with its traceback and answered with a 500
that tells nothing of the inside.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import structlog

from recommender_store.errors import StoreError

from .errors import ApiError, FieldFault

STATUS: Mapping[str, int] = {
    "key_missing": 401,
    "forbidden": 403,
    "admin_required": 403,
    "route_unknown": 404,
    "placement_unknown": 404,
    "item_unknown": 404,
    "tenant_unknown": 404,
    "key_unknown": 404,
    "artifact_missing": 404,
    "run_unknown": 404,
    "method_not_allowed": 405,
    "tenant_exists": 409,
    "revision_conflict": 409,
    "nothing_to_roll_back": 409,
    "body_too_large": 413,
    "body_malformed": 400,
    "request_invalid": 422,
    "tenant_id_invalid": 422,
    "item_invalid": 422,
    "not_yet": 501,
    "overloaded": 503,
    "store_unavailable": 503,
    "store_full": 503,
    "artifact_corrupt": 503,
    "artifact_format_unknown": 503,
}
"""Every code that a caller may see; the rest is 500 `internal_error`."""

TITLES = {
    400: "Bad request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not found",
    405: "Method not allowed",
    409: "Conflict",
    413: "Content too large",
    422: "Unprocessable content",
    500: "Internal error",
    501: "Not implemented",
    503: "Service unavailable",
}

CONTENT_TYPE = b"application/problem+json"
RETRY_AFTER_S = 2
"""For a store that cannot be reached: long enough for a blip, short enough to be worth it."""

_log = structlog.get_logger()


class Problem(msgspec.Struct):
    """What is answered instead of a result."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


def problem(error: BaseException, request_id: str) -> Problem:
    """The answer to an error."""
    if not isinstance(error, ApiError | StoreError) or error.code not in STATUS:
        _log.error("request_failed", request_id=request_id, exc_info=error)
        detail = "something went wrong on our side; it was logged under this request_id"
        return _problem(500, "internal_error", detail, request_id, (), None)
    status = STATUS[error.code]
    faults = error.faults if isinstance(error, ApiError) else ()
    retry_after_s = error.retry_after_s if isinstance(error, ApiError) else None
    if status == 503 and retry_after_s is None:
        _log.warning("request_refused", request_id=request_id, code=error.code, detail=str(error))
        retry_after_s = RETRY_AFTER_S
    return _problem(status, error.code, str(error), request_id, faults, retry_after_s)


def _problem(
    status: int,
    code: str,
    detail: str,
    request_id: str,
    faults: Sequence[FieldFault],
    retry_after_s: int | None,
) -> Problem:
    body: dict[str, Any] = {
        "type": f"https://docs.recommender.internal/errors#{code}",
        "title": TITLES[status],
        "status": status,
        "detail": detail,
        "code": code,
        "request_id": request_id,
    }
    if faults:
        body["errors"] = [
            {name: value for name, value in fault._asdict().items() if value is not None}
            for fault in faults
        ]
    headers = [(b"content-type", CONTENT_TYPE)]
    if retry_after_s is not None:
        headers.append((b"retry-after", str(retry_after_s).encode()))
    if status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    return Problem(status, headers, msgspec.json.encode(body))
