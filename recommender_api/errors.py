"""
What a caller can do wrong, and what we cannot do for one, each with a stable code.

`problems.py` is the one table from code to status; nothing else here knows HTTP.

    ApiError
    ├── KeyMissing         key_missing          no key, or none that we made
    ├── Forbidden          forbidden            the key is for another tenant or lacks the scope
    ├── AdminRequired      admin_required       a platform route without an admin's token
    ├── PathMalformed      path_malformed       a path or query that is not percent-encoded UTF-8
    ├── RouteUnknown       route_unknown        there is no such route
    ├── MethodNotAllowed   method_not_allowed   the route knows other methods
    ├── PlacementUnknown   placement_unknown    there is no such placement
    ├── RuleUnknown        rule_unknown         the tenant has no such rule
    ├── ExperimentUnknown  experiment_unknown   the tenant has no such experiment
    ├── ItemUnknown        item_unknown         the catalog has no such item
    ├── TraceNotSampled    trace_not_sampled    an answer that was not written down
    ├── TraceNotFound      trace_not_found      an answer that is not in the log, or not yet
    ├── RecommendationIdMalformed  recommendation_id_malformed  no answer ever had this id
    ├── BodyTooLarge       body_too_large       more bytes than the route takes
    ├── BodyTooSlow        body_too_slow        a body that did not come whole in time
    ├── BodyMalformed      body_malformed       not JSON, or not the gzip it says it is
    ├── RequestInvalid     request_invalid      fields that are wrong, each with a pointer
    ├── TooManyRequests    too_many_requests    the tenant holds more than its part of the places
    ├── QuotaExceeded      quota_exceeded       more than the tenant may ask for just now
    ├── QuotaFull          quota_full           as much as the tenant may keep
    ├── Overloaded         overloaded           too much waits already; nothing was accepted
    └── DeadlinePassed     deadline_passed      it took longer than a request may take
"""

# ruff: noqa: N818 (what happened is the name; that it is an error, the root says)

import math
from collections.abc import Iterable, Sequence
from typing import ClassVar, NamedTuple


class FieldFault(NamedTuple):
    """One field that is wrong: where (a JSON pointer), its code, and what to write instead."""

    pointer: str
    code: str
    detail: str
    position: int | None = None
    """The character, counted from 0, where the field is a text in a language of its own."""


POINTER_PART_LENGTH = 80
"""Of a field's name that the caller made up; an answer is no mirror."""


def pointer_to(parts: Iterable[object]) -> str:
    """The JSON pointer (RFC 6901) to a field; '' for the whole."""
    shown = (str(part)[:POINTER_PART_LENGTH] for part in parts)
    return "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in shown)


class ApiError(Exception):
    """The root."""

    code: ClassVar[str] = "api_error"
    faults: Sequence[FieldFault] = ()
    retry_after_s: int | None = None
    headers: Sequence[tuple[bytes, bytes]] = ()
    """That the answer has besides."""
    shed: str | None = None
    """Why it was turned away for the sake of others, as metrics name it; None: it was not."""


class KeyMissing(ApiError):
    code: ClassVar[str] = "key_missing"

    def __init__(self, *, was_sent: bool = False) -> None:
        refused = "the key that was sent is not known here, has expired or was revoked: "
        super().__init__(
            f"{refused if was_sent else ''}"
            "send a live API key as 'Authorization: Bearer rk_…' or 'X-API-Key: rk_…'; "
            "an admin makes one with `recommender keys create`"
        )


class Forbidden(ApiError):
    code: ClassVar[str] = "forbidden"

    def __init__(self, scope: str) -> None:
        super().__init__(f"this key may not do that here: it takes the tenant's key with '{scope}'")
        self.scope = scope


class AdminRequired(ApiError):
    code: ClassVar[str] = "admin_required"

    def __init__(self) -> None:
        super().__init__(
            "this takes a platform admin's token: set RECOMMENDER_ADMIN_TOKEN for the server and "
            "send it as 'Authorization: Bearer …' (or run `recommender serve --dev` on a laptop)"
        )


class PathMalformed(ApiError):
    code: ClassVar[str] = "path_malformed"

    def __init__(self) -> None:
        super().__init__("the path is not UTF-8: percent-encode the UTF-8 bytes of each id")


class RouteUnknown(ApiError):
    code: ClassVar[str] = "route_unknown"

    def __init__(self) -> None:
        super().__init__("there is no such route: see /docs")


class MethodNotAllowed(ApiError):
    code: ClassVar[str] = "method_not_allowed"

    def __init__(self, allowed: Sequence[str]) -> None:
        super().__init__(f"use {' or '.join(allowed)} here")
        self.allowed = allowed


class PlacementUnknown(ApiError):
    code: ClassVar[str] = "placement_unknown"

    def __init__(self, placement: str, known: Sequence[str]) -> None:
        super().__init__(f"there is no placement '{placement[:80]}': known are {', '.join(known)}")
        self.placement = placement


class RuleUnknown(ApiError):
    code: ClassVar[str] = "rule_unknown"

    def __init__(self, rule_id: str) -> None:
        super().__init__(f"there is no rule '{rule_id[:80]}': GET /rules lists those that are")
        self.rule_id = rule_id


class ExperimentUnknown(ApiError):
    code: ClassVar[str] = "experiment_unknown"

    def __init__(self, experiment: str) -> None:
        detail = (
            f"there is no experiment '{experiment[:80]}': GET /experiments lists those that are"
        )
        super().__init__(detail)
        self.experiment = experiment


class ItemUnknown(ApiError):
    code: ClassVar[str] = "item_unknown"

    def __init__(self, item_id: str) -> None:
        super().__init__(f"the catalog has no item '{item_id[:80]}'")
        self.item_id = item_id


class TraceNotSampled(ApiError):
    code: ClassVar[str] = "trace_not_sampled"

    def __init__(self) -> None:
        super().__init__(
            "this answer was not written down: a share of answers is (serving.trace_share), and "
            'every one that is asked with "explain": true; ask again so'
        )


class TraceNotFound(ApiError):
    code: ClassVar[str] = "trace_not_found"

    def __init__(self) -> None:
        super().__init__(
            "this answer is not in the log: one of a moment ago may come within seconds; else it "
            "could not be written, was erased with its user, has expired, or is another tenant's"
        )


class RecommendationIdMalformed(ApiError):
    code: ClassVar[str] = "recommendation_id_malformed"

    def __init__(self, text: str) -> None:
        super().__init__(
            f"'{text[:80]}' is no recommendation_id: send one as an answer gave it, rec_…"
        )
        self.text = text


class BodyTooLarge(ApiError):
    code: ClassVar[str] = "body_too_large"
    shed: str | None = "body_large"

    def __init__(self, limit_bytes: int) -> None:
        super().__init__(f"a body has at most {limit_bytes} bytes here, unpacked: send it in parts")
        self.limit_bytes = limit_bytes


class BodyTooSlow(ApiError):
    code: ClassVar[str] = "body_too_slow"
    shed: str | None = "body_slow"

    def __init__(self, limit_s: float) -> None:
        super().__init__(f"the body did not come whole within {limit_s:.0f} s: send it again")
        self.limit_s = limit_s


class BodyMalformed(ApiError):
    code: ClassVar[str] = "body_malformed"

    def __init__(self, reason: str, *, is_empty: bool = False) -> None:
        what = "is empty" if is_empty else "cannot be read"
        super().__init__(f"the body {what}: {reason}")
        self.reason = reason


class RequestInvalid(ApiError):
    code: ClassVar[str] = "request_invalid"

    def __init__(self, faults: Sequence[FieldFault]) -> None:
        first = faults[0]
        super().__init__(f"{first.pointer or 'the request'}: {first.detail}")
        self.faults = faults


class TooManyRequests(ApiError):
    code: ClassVar[str] = "too_many_requests"
    retry_after_s: int | None = 1
    shed: str | None = "tenant_share"

    def __init__(self, held: int) -> None:
        super().__init__(
            f"{held} requests of this tenant are under way, more than its part of this worker: "
            "send it again in a second, and fewer at a time"
        )
        self.held = held


NEVER_S = 3600.0
"""To be asked again after, where nothing at all is allowed: somebody may change that meanwhile."""


class QuotaExceeded(ApiError):
    """`kind` is the quota's name among the tenant's settings; `quota` is so much a window."""

    code: ClassVar[str] = "quota_exceeded"

    def __init__(self, kind: str, quota: float, wait_s: float, window_s: int = 1) -> None:
        self.kind = kind
        self.retry_after_s = math.ceil(wait_s if quota else NEVER_S)
        none = "" if quota else ": none are allowed"
        super().__init__(
            f"this tenant's quota {kind} is {quota:,.15g}{none}; nothing was accepted, send it "
            f"again after {self.retry_after_s} s, or have a platform admin raise the quota"
        )
        if 0 < quota < 1:  # the header takes whole numbers
            quota, window_s = 1, math.ceil(window_s / quota)
        unit = ';qu="content-bytes"' if "bytes" in kind else ""
        self.headers = (
            (b"ratelimit-policy", f'"{kind}";q={int(quota)};w={window_s}{unit}'.encode()),
            (b"ratelimit", f'"{kind}";r=0;t={self.retry_after_s}'.encode()),
        )


class QuotaFull(ApiError):
    """`kind` is the quota's name among the tenant's settings, `held` what there is already."""

    code: ClassVar[str] = "quota_full"

    def __init__(self, kind: str, quota: float, held: float) -> None:
        super().__init__(
            f"this tenant's quota {kind} is {quota:,.15g}, and {held:,.15g} are there: delete "
            "some, or have a platform admin raise it"
        )
        self.kind = kind


class Overloaded(ApiError):
    code: ClassVar[str] = "overloaded"
    retry_after_s: int | None = 1

    def __init__(self, what: str, shed: str = "backlog") -> None:
        super().__init__(f"{what}: nothing was accepted, send it again in a second")
        self.shed = shed


class DeadlinePassed(ApiError):
    code: ClassVar[str] = "deadline_passed"
    retry_after_s: int | None = 2
    shed: str | None = "deadline"

    def __init__(self, limit_s: float) -> None:
        super().__init__(
            f"there is no answer after {limit_s:.3g} s, so that others get theirs; what was to be "
            "written may or may not have been: send it again"
        )
        self.limit_s = limit_s
