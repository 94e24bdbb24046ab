"""
A tenant's settings, for platform admins: what is often changed in fields, all of it as JSON; and
the tenant's end.
"""

import asyncio
from collections.abc import Mapping
from copy import deepcopy
from http import HTTPStatus
from typing import Any, NamedTuple

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from recommender_api.access.current import current_author
from recommender_api.admin.tenant import delete_tenant, put_tenant, settings_of
from recommender_api.console.access.forms import Form, figure_in
from recommender_api.console.look.navigation import DELETED
from recommender_api.console.look.pages import page, status_beside
from recommender_api.console.records import record_text
from recommender_api.console.records.record_form import Draft
from recommender_api.console.tenant_pages import Visited, led_to, visited
from recommender_api.errors import ApiError, RequestInvalid
from recommender_store.errors import StoreError


class Field(NamedTuple):
    """A setting with a field of its own."""

    name: str
    """As in JSON, with dots."""
    label: str
    kind: str = "figure"
    """`figure`, `text`, or `lines`: a list, one a line."""
    nothing: str = ""
    """What is shown where nothing is set; '' where something has to be."""


FIELDS = (
    Field("name", "Name", "text"),
    Field("retention.events_days", "Days that events are kept", nothing="for ever"),
    Field("retention.models_previous", "Models kept that were live"),
    Field("retention.models_days", "Days that every model is kept"),
    Field("retention.run_files_days", "Days that files of dead trainings are kept"),
    Field("training.window_days", "Days that trainings look back", nothing="as far as it goes"),
    Field("training.minimum_interactions", "Interactions below which nothing is trained"),
    Field("serving.popular_by", "Popular among items alike in", "text", nothing="nothing"),
    Field("serving.trace_share", "Share of answers written down"),
    Field("imports.prefixes", "Places that logs may be imported from, one a line", "lines"),
)


async def show_settings(request: Request) -> Response:
    return await _shown(request, await visited(request, is_for_admins=True))


async def change_settings(request: Request) -> Response:
    """What stands in the fields, or the whole as JSON."""
    there = await visited(request, is_for_admins=True)
    form, author = request.state.form, current_author(request)
    try:
        if form["do"] == "save-json":
            body = record_text.read(form["text"])
        else:
            body = await asyncio.to_thread(settings_of, there.space)
            body = _filled(body, form)
        await put_tenant(body, request, there.space, author, form["revision"] or None)
    except (ApiError, StoreError) as error:
        return await _shown(request, there, error)
    return led_to(there.space.tenant_id, "/settings", "settings-saved")


async def delete(request: Request) -> Response:
    """The tenant's end, where its id was written once more."""
    there = await visited(request, is_for_admins=True)
    confirmed = request.state.form["confirm"].strip()
    try:
        await delete_tenant(request, there.space, current_author(request), confirmed)
    except RequestInvalid as error:
        return await _shown(request, there, error)
    return RedirectResponse(f"{DELETED}?said=tenant-deleted", HTTPStatus.SEE_OTHER)


def _filled(settings: dict[str, Any], form: Form) -> dict[str, Any]:
    """The settings with what the fields say; the revision is the one that the form was made of."""
    filled = deepcopy({name: one for name, one in settings.items() if name != "revision"})
    for field in FIELDS:
        *within, last = field.name.split(".")
        place = filled
        for name in within:
            place = place[name]
        place[last] = _value(field, form)
    return filled


def _value(field: Field, form: Form) -> Any:
    if field.kind == "lines":
        return [line.strip() for line in form[field.name].splitlines() if line.strip()]
    return figure_in(form[field.name]) if field.kind == "figure" else form.said(field.name)


async def _shown(
    request: Request, there: Visited, error: ApiError | StoreError | None = None
) -> Response:
    form = request.state.form
    told = await asyncio.to_thread(settings_of, there.space)
    draft = Draft(record_text.text_of(told), str(told["revision"]))
    is_json = form["do"] == "save-json"
    if error is not None and is_json:
        draft = Draft(form["text"], form["revision"], error)
    return page(
        request,
        "settings.html",
        status=status_beside(error),
        tenant=there.settings,
        told=told,
        fields=FIELDS,
        values={
            one.name: _shown_value(one, told, form if form["do"] == "save" else {})
            for one in FIELDS
        },
        faults={} if error is None or is_json else _faults(error),
        draft=draft,
        is_json=is_json,
        undo_days=request.app.state.store.undo_within.days,
        sent=form,
    )


def _shown_value(field: Field, told: Any, sent: Mapping[str, str]) -> str:
    """What was sent, else what is set."""
    if field.name in sent:
        return sent[field.name]
    value = told
    for name in field.name.split("."):
        value = value[name]
    if field.kind == "lines":
        return "\n".join(value)
    return "" if value is None else str(value)


def _faults(error: ApiError | StoreError) -> dict[str, str]:
    """By name of the field; '' for what is in none of them."""
    faults = error.faults if isinstance(error, ApiError) else ()
    names = {one.name for one in FIELDS} | {"confirm"}
    told: dict[str, str] = {}
    for one in faults:
        name = _field_of(one.pointer)
        told[name if name in names else ""] = (
            one.detail if name in names else f"{name}: {one.detail}"
        )
    return told or {"": str(error)}


def _field_of(pointer: str) -> str:
    """Of an element of a list, the list."""
    parts = [part for part in pointer.split("/")[1:] if not part.isdigit()]
    return ".".join(parts)
