"""
How a record is shown, listed, written and deleted by REST: the same for placements, rules and
experiments.
"""

import asyncio
import base64
import binascii
import itertools
from collections.abc import Callable, Mapping
from typing import Annotated, Any, TypeVar

from fastapi import Header, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from recommender_api.errors import FieldFault, RequestInvalid
from recommender_api.recommend.sources import SOURCES
from recommender_api.rules.checking import Known
from recommender_api.rules.placements import BUILT_IN
from recommender_store.author import Author
from recommender_store.catalog.cells import AttributeType
from recommender_store.policies.records import Entry, RecordChain
from recommender_store.tenant_space import TenantSpace

T = TypeVar("T")

ANSWERED = ("revision", "written", "warnings", "built_in", "figures")
"""What a record is shown with, and says nothing when it is sent back."""

IfMatch = Annotated[
    str | None,
    Header(description='The revision that is meant, such as "3"; 0: none. Another one: 409.'),
]


NUMBER_LENGTH = 12
"""Digits of a revision."""


class Page(BaseModel):
    """Which part of a list."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    limit: int = Field(default=100, ge=1, le=500)
    cursor: str | None = Field(default=None, description="What the page before answered.")


Paged = Annotated[Page, Query()]


def shown(record_id: str, value: Mapping[str, Any], entry: Entry | None) -> dict[str, Any]:
    """A record with its revision; one that nobody wrote has revision 0."""
    if entry is None:
        return {"id": record_id, **value, "revision": 0}
    return {"id": record_id, **value, "revision": entry.revision, "written": _written(entry)}


def revised(entry: Entry) -> dict[str, Any]:
    """A revision of a record; the value is null where it was deleted."""
    return {"revision": entry.revision, "written": _written(entry), "value": entry.value}


def _written(entry: Entry) -> dict[str, Any]:
    return {"at": entry.written_at, "by": entry.written_by, "from": entry.written_from}


def sent(
    body: Any, record_id: str | None, if_match: str | None
) -> tuple[dict[str, Any], int | None]:
    """
    What was sent, without what it was answered with; and the revision that is expected, if any.

    Raises:
        RequestInvalid: where the path and the body, or the header and the body, contradict.
    """
    if not isinstance(body, dict):
        raise RequestInvalid([FieldFault("", "field_type", "send a JSON object")])
    value = {name: one for name, one in body.items() if name not in ANSWERED}
    if record_id is not None and value.setdefault("id", record_id) != record_id:
        raise RequestInvalid([FieldFault("/id", "ambiguous", "the path names another id")])
    expected = body.get("revision")
    if expected is not None and (type(expected) is not int or expected < 0):
        detail = "the revision that is replaced, a whole number; 0 for none"
        raise RequestInvalid([FieldFault("/revision", "field_type", detail)])
    by_header = revision_in(if_match)
    if None not in (by_header, expected) and by_header != expected:
        detail = "the header If-Match expects another revision"
        raise RequestInvalid([FieldFault("/revision", "ambiguous", detail)])
    return value, by_header if expected is None else expected


def revision_in(if_match: str | None) -> int | None:
    """
    The revision that a header expects; None where any will do.

    Raises:
        RequestInvalid
    """
    text = (if_match or "*").strip().removeprefix("W/").strip('"')
    if text == "*":
        return None
    if not (text.isascii() and text.isdigit()):
        detail = 'If-Match names a revision, such as "3"'
        raise RequestInvalid([FieldFault("/If-Match", "field_type", detail)])
    return int(text)


def listed(chain: RecordChain, page: Page) -> tuple[list[Any], str | None]:
    """What there is of a kind; the disabled ones too."""
    records = chain.read()
    documents = {one: shown(one, v, records.entries[one]) for one, v in records.values.items()}
    return page_of(documents, page)


def found(chain: RecordChain, record_id: str) -> dict[str, Any] | None:
    """The record; None where there is none, or it was deleted."""
    entry = chain.read().entries.get(record_id)
    if entry is None or entry.value is None:
        return None
    return shown(record_id, entry.value, entry)


def page_of(documents: Mapping[str, Any], page: Page) -> tuple[list[Any], str | None]:
    """Documents by id in order, from behind the cursor on; and where the next page begins."""
    after = read_cursor(page.cursor)
    ids = [one for one in sorted(documents) if one > after]
    some = ids[: page.limit]
    return [documents[one] for one in some], cursor_of(some[-1]) if len(ids) > len(some) else None


def revisions_of(chain: RecordChain, record_id: str, page: Page) -> dict[str, Any]:
    """The newest first; none of an id that never was."""
    found = chain.revisions(record_id, number_in(page.cursor))
    some = list(itertools.islice(found, page.limit))
    cursor = cursor_of(str(some[-1].before)) if some and some[-1].before else None
    return {"revisions": [revised(one) for one in some], "cursor": cursor}


def delete(
    chain: RecordChain, record_id: str, author: Author, if_match: str | None
) -> Entry | None:
    """None where there is nothing to delete."""
    entry = chain.read().entries.get(record_id)
    if entry is None or entry.value is None:
        return None
    return chain.delete(record_id, author=author, expected=revision_in(if_match))


def known_of(space: TenantSpace) -> Known:
    """What a record may speak of just now."""
    types = {name: AttributeType(kind) for name, kind in space.catalog.types.all().items()}
    decided = space.policies.decided()
    return Known(
        types=types,
        placements=list({**BUILT_IN, **decided.placements}),
        sources=list(SOURCES),
        hooks=space.settings().hooks.allowed,
        experiments={one.id: one for one in decided.experiments},
    )


async def decided(request: Request, space: TenantSpace, decide: Callable[[], T]) -> T:
    """Write a decision down, tell the other replicas, and follow it before the answer goes."""
    result = await asyncio.to_thread(decide)
    if result is not None:
        await asyncio.to_thread(space.announce, "policies")
        await request.app.state.shelf.refresh_catalog(space.tenant_id)
    return result


def cursor_of(text: str) -> str:
    """What a page answers where there is a next one, which begins behind `text`."""
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_cursor(cursor: str | None) -> str:
    """What `cursor_of` was given; '' for the first page. Raises RequestInvalid."""
    try:
        padded = (cursor or "").encode("ascii") + b"=" * (-len(cursor or "") % 4)
        return base64.b64decode(padded, altchars=b"-_", validate=True).decode()
    except (ValueError, binascii.Error) as error:
        raise _no_cursor() from error


def number_in(cursor: str | None) -> int | None:
    """The same where it is a number; None for the first page. Raises RequestInvalid."""
    text = read_cursor(cursor)
    if text and not (text.isascii() and text.isdigit() and len(text) <= NUMBER_LENGTH):
        raise _no_cursor()
    return int(text) if text else None


def _no_cursor() -> RequestInvalid:
    detail = "take it from the page before, as it is"
    return RequestInvalid([FieldFault("/cursor", "cursor_invalid", detail)])
