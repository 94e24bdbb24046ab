"""
From an error to what the caller sees: one table from code to status, one shape of body (RFC 9457).

Anything that is not in the table is ours: it is logged with its traceback and answered with a 500
that tells nothing of the inside.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import structlog
from pydantic import BaseModel, Field

from recommender_store.errors import StoreError

from .errors import ApiError, FieldFault, MethodNotAllowed

STATUS: Mapping[str, int] = {
    "key_missing": 401,
    "forbidden": 403,
    "admin_required": 403,
    "form_stale": 403,
    "route_unknown": 404,
    "placement_unknown": 404,
    "rule_unknown": 404,
    "experiment_unknown": 404,
    "item_unknown": 404,
    "trace_not_sampled": 404,
    "trace_not_found": 404,
    "tenant_unknown": 404,
    "key_unknown": 404,
    "artifact_missing": 404,
    "run_unknown": 404,
    "erasure_unknown": 404,
    "method_not_allowed": 405,
    "tenant_exists": 409,
    "tenant_not_deleted": 409,
    "restore_too_late": 409,
    "users_known": 409,
    "key_not_live": 409,
    "keys_full": 409,
    "revision_conflict": 409,
    "nothing_to_roll_back": 409,
    "model_refused": 409,
    "job_running": 409,
    "run_ended": 409,
    "body_too_large": 413,
    "body_too_slow": 408,
    "body_malformed": 400,
    "path_malformed": 400,
    "request_invalid": 422,
    "recommendation_id_malformed": 422,
    "tenant_id_invalid": 422,
    "item_invalid": 422,
    "records_full": 422,
    "attribute_type_conflict": 422,
    "too_many_requests": 429,
    "quota_exceeded": 429,
    "quota_full": 409,
    "attribute_type_fixed": 409,
    "overloaded": 503,
    "deadline_passed": 503,
    "launch_failed": 503,
    "launcher_absent": 503,
    "store_unavailable": 503,
    "store_full": 503,
    "artifact_corrupt": 503,
    "artifact_format_unknown": 503,
    "segment_corrupt": 503,
    "log_file_corrupt": 503,
    "log_moved": 503,
    "record_unreadable": 503,
    "pseudonym_key_unreadable": 503,
    "digest_key_unreadable": 503,
}
"""Every code that a caller may see; the rest is 500 `internal_error`."""

TITLES = {
    400: "Bad request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not found",
    405: "Method not allowed",
    408: "Request timeout",
    409: "Conflict",
    413: "Content too large",
    422: "Unprocessable content",
    429: "Too many requests",
    500: "Internal error",
    503: "Service unavailable",
}

CONTENT_TYPE = b"application/problem+json"
RETRY_AFTER_S = 2
"""For a store that cannot be reached: long enough for a blip, short enough to be worth it."""

_log = structlog.get_logger()


class FaultBody(BaseModel):
    """One field that is wrong."""

    pointer: str = Field(description="JSON pointer; '' for the whole.")
    code: str
    detail: str
    position: int | None = Field(default=None, description="The character, counted from 0.")


class ProblemBody(BaseModel):
    """What every error answers (RFC 9457); `code` is stable."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    request_id: str
    errors: list[FaultBody] | None = None


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
        return Problem(500, _headers(500), _body(500, "internal_error", detail, request_id, ()))
    status = STATUS[error.code]
    faults = error.faults if isinstance(error, ApiError) else ()
    headers = _headers(status)
    if status in (429, 503):
        retry_after_s = error.retry_after_s if isinstance(error, ApiError) else None
        headers.append((b"retry-after", str(retry_after_s or RETRY_AFTER_S).encode()))
    if isinstance(error, StoreError) and status == 503:  # what is shed is counted: lines cost more
        _log.warning("request_refused", request_id=request_id, code=error.code, detail=str(error))
    headers += error.headers if isinstance(error, ApiError) else ()
    if isinstance(error, MethodNotAllowed):
        headers.append((b"allow", ", ".join(error.allowed).encode()))
    return Problem(status, headers, _body(status, error.code, str(error), request_id, faults))


def _headers(status: int) -> list[tuple[bytes, bytes]]:
    headers = [(b"content-type", CONTENT_TYPE)]
    if status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    return headers


def _body(
    status: int, code: str, detail: str, request_id: str, faults: Sequence[FieldFault]
) -> bytes:
    body: dict[str, Any] = {
        "type": f"urn:recommender:problem:{code}",
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
    return msgspec.json.encode(body)
