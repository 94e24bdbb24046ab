"""
`POST /v1/tenants/{tenant}/sessions/{session_id}:identify`: who a session turned out to be.

A body comes in, one event of the kind `identify` goes out, which only the platform writes.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from loggers_sdk.events import ID_LENGTH_LIMIT, Fault, check_event, format_time
from recommender_api.errors import FieldFault, RequestInvalid, pointer_to
from recommender_api.exchange.asgi import parse_json
from recommender_api.history.protocol import Join, at_ms_of
from recommender_store.event_log.record import plain_time

from .arrival import Arrival

KIND = "identify"
COLLECTION, VERB = "sessions", ":identify"
BODY_LIMIT_BYTES = 16 * 2**10


Id = Annotated[
    str, Field(min_length=1, max_length=ID_LENGTH_LIMIT, pattern=r"^[^\x00-\x1f\x7f-\x9f]+$")
]
"""As OpenAPI shows it; events are judged by `check_event`."""


class IdentifyBody(BaseModel):
    """Who the session is; `docs/events.md` tells what follows from it."""

    model_config = ConfigDict(extra="forbid")

    wanted: ClassVar[str] = '{"user_id": "…"}'

    user_id: Id
    occurred_at: str | None = Field(
        default=None, description="When it turned out; RFC 3339 with a zone. Now, if left out."
    )
    event_id: Id | None = Field(
        default=None,
        description="The same on every retry. Made of the other fields, if left out.",
    )


class IdentifySessionBody(IdentifyBody):
    """The same, for the route whose path does not name the session."""

    wanted: ClassVar[str] = '{"session_id": "…", "user_id": "…"}'

    session_id: Id


def is_identify(parts: Sequence[str]) -> bool:
    """Whether a path below the tenant, by its segments, is one of the two that join a session."""
    match parts:
        case [collection]:
            return collection == f"{COLLECTION}{VERB}"
        case [collection, session]:
            return collection == COLLECTION and session.endswith(VERB)
    return False


def session_in(parts: Sequence[str]) -> str | None:
    """The session that such a path names; an id may hold `:identify` itself."""
    return parts[1].removesuffix(VERB) if len(parts) > 1 else None


def read_identify(
    body: bytes, session_id: str | None, now_s: float, held_as: Callable[[str], str]
) -> Arrival:
    """
    The event that a request makes.

    Args:
        body: as `IdentifyBody` says; as `IdentifySessionBody`, where the path names no session.
        session_id: as the path names it.
        now_s: when it turned out, where the body does not say.
        held_as: what the store holds in place of a user's id.

    Raises:
        BodyMalformed, RequestInvalid: where the body says something else.
    """
    form = IdentifyBody if session_id is not None else IdentifySessionBody
    given = _fields(parse_json(body, form.wanted), form)
    if session_id is not None:
        given["session_id"] = session_id
    given.setdefault("occurred_at", format_time(now_s))
    _check(given, now_s)
    given["occurred_at"] = plain_time(given["occurred_at"])
    # Before an id is made of it: whoever guesses a user's id could prove it by that.
    given["user_id"] = held_as(given["user_id"])
    given.setdefault("event_id", _made_of(given))
    return Arrival(kind=KIND, **given)


def join_of(event: Arrival) -> Join:
    """What live history takes of it."""
    if event.session_id is None or event.user_id is None:
        raise ValueError(f"no join: {event.kind}")
    return Join(event.session_id, event.user_id, at_ms_of(event.occurred_at))


def _fields(raw: Any, form: type[IdentifyBody]) -> dict[str, Any]:
    """The fields that are given; null is absent."""
    if not isinstance(raw, Mapping):
        raise _invalid("", "field_type", f"send a JSON object: {form.wanted}")
    for name in raw:
        if name not in form.model_fields:
            known = ", ".join(form.model_fields)
            raise _invalid(pointer_to([name]), "field_unknown", f"there are only: {known}")
    return {name: value for name, value in raw.items() if value is not None}


def _check(given: Mapping[str, Any], now_s: float) -> None:
    """Each field is held to what it is held to in any other event."""
    for name in ("session_id", "user_id"):
        if name not in given:
            raise _invalid(
                f"/{name}", "field_missing", f"a session is joined to a user: add {name}"
            )
    event = {"event_id": KIND, **given, "kind": "view", "item_id": KIND}
    fault: Fault | None = check_event(event, now_s)
    if fault is not None:
        raise _invalid(f"/{fault.field}", fault.code, fault.detail)


def _made_of(given: Mapping[str, Any]) -> str:
    """An id for the very same join: the same session, user and time."""
    parts = (given["session_id"], given["user_id"], given["occurred_at"])
    return f"{KIND}-{hashlib.sha256(chr(0).join(parts).encode()).hexdigest()[:32]}"


def _invalid(pointer: str, code: str, detail: str) -> RequestInvalid:
    return RequestInvalid([FieldFault(pointer, code, detail)])
