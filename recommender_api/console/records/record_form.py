"""
A record written as JSON in a form: saved, deleted, or tried, the same for rules and placements.
"""

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from recommender_api.access.current import current_author
from recommender_api.console.tenant_pages import Visited, led_to, visited
from recommender_api.errors import ApiError
from recommender_store.author import Author
from recommender_store.errors import StoreError
from recommender_store.tenant_space import TenantSpace

from . import record_text


class Draft(NamedTuple):
    """What stands in the form, and what is said beside it."""

    text: str
    revision: str = "0"
    error: ApiError | StoreError | None = None
    sides: dict[str, Any] | None = None
    """Answers without the record and with it, where that was asked."""

    @property
    def faults(self) -> list[record_text.Told]:
        return [] if self.error is None else record_text.told(self.error, self.text)


Show = Callable[[Request, Visited, Draft], Awaitable[Response]]
Write = Callable[[dict[str, Any], Request, TenantSpace, Author, str | None], Awaitable[Any]]
Delete = Callable[[str, Request, TenantSpace, Author, str | None], Awaitable[Any]]
Try = Callable[[Request, Visited, dict[str, Any]], Awaitable[dict[str, Any]]]


class RecordForm(NamedTuple):
    """A kind of record, with the functions of its REST routes."""

    noun: str
    """As in `rule-saved`, which is said on the page `/rules`."""
    show: Show
    write: Write
    delete: Delete
    preview: Try | None = None


def draft_of(record: dict[str, Any]) -> Draft:
    """A record as it is, to be changed; one that nobody wrote has revision 0."""
    return Draft(record_text.text_of(record), str(record.get("revision", 0)))


async def taken(request: Request, kind: RecordForm) -> Response:
    """Save what was sent, delete it, or show what it would do; what is wrong, at its place."""
    there = await visited(request)
    form = request.state.form
    draft = Draft(form["text"], form["revision"])
    try:
        if form["do"] == "preview" and kind.preview is not None:
            sides = await kind.preview(request, there, record_text.read(draft.text))
            return await kind.show(request, there, draft._replace(sides=sides))
        done = await _done(request, there, kind, draft)
    except (ApiError, StoreError) as error:
        return await kind.show(request, there, draft._replace(error=error))
    return led_to(there.space.tenant_id, f"/{kind.noun}s", f"{kind.noun}-{done}")


async def _done(request: Request, there: Visited, kind: RecordForm, draft: Draft) -> str:
    form, author = request.state.form, current_author(request)
    if form["do"] == "delete":
        await kind.delete(form["id"], request, there.space, author, draft.revision)
        return "deleted"
    value, expected = record_text.read(draft.text), draft.revision or None
    await kind.write(value, request, there.space, author, expected)
    return "saved"
