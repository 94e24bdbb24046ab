"""
A tenant's rules: listed, switched, written as JSON, and tried before anybody is answered by them.
"""

import asyncio
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from recommender_api.access.current import current_author
from recommender_api.admin import policies
from recommender_api.admin.deciding import known_of
from recommender_api.console.look.pages import page, status_beside
from recommender_api.console.tenant_pages import Visited, led_to, visited
from recommender_api.errors import FieldFault, RequestInvalid
from recommender_api.recommend.preview import preview

from . import record_text
from .record_form import Draft, RecordForm, draft_of, taken
from .samples import RULES
from .titles import titles_of

LOGGED = 4
"""Requests made of the log's newest events, where nobody is named for the preview."""


async def list_rules(request: Request) -> Response:
    space, settings = await visited(request)
    live = await request.app.state.shelf.get(space.tenant_id)
    records = await asyncio.to_thread(space.policies.rules.read)
    rules = [(value, records.entries[one]) for one, value in records.values.items()]
    doubts = {
        rule.id: [one.detail for one in live.loaded.rulebook.doubts_of(rule)]
        for rule in live.loaded.rulebook.decided.rules
    }
    return page(
        request, "rules.html", tenant=settings, rules=rules, doubts=doubts, samples=list(RULES)
    )


async def switch_rule(request: Request) -> Response:
    """On or off, and nothing else of it."""
    there = await visited(request)
    form = request.state.form
    value = await asyncio.to_thread(policies.show_rule, form["id"], there.space)
    changed = {**value, "enabled": form["do"] == "on"}
    author = current_author(request)
    await policies.write_rule(changed, request, there.space, author, form["revision"])
    return led_to(there.space.tenant_id, "/rules", f"rule-{'on' if changed['enabled'] else 'off'}")


async def edit_rule(request: Request) -> Response:
    there = await visited(request)
    rule_id = request.query_params.get("id")
    if rule_id is None:
        sample = RULES.get(request.query_params.get("kind", ""), RULES["exclude"])
        return await _show(request, there, draft_of(sample))
    value = await asyncio.to_thread(policies.show_rule, rule_id, there.space)
    return await _show(request, there, draft_of(value))


async def take_rule(request: Request) -> Response:
    return await taken(request, _FORM)


async def _preview(request: Request, there: Visited, value: dict[str, Any]) -> dict[str, Any]:
    """Answers without the rule and with it, and the titles of what is in them."""
    live = await request.app.state.shelf.get(there.space.tenant_id)
    known = await asyncio.to_thread(known_of, there.space)
    rule = {name: one for name, one in value.items() if name not in record_text.UNSAID}
    form = request.state.form
    asked = {name: form.said(name) for name in ("placement", "user_id", "item_id")}
    given = {name: said for name, said in asked.items() if said}
    body: dict[str, Any] = {"rules": [rule]}
    if given:
        body["requests"] = [{"placement": _placement_for(rule, given), **given}]
    else:
        body["logged"] = LOGGED
    try:
        found = await preview(live, body, known)
    except RequestInvalid as error:
        raise RequestInvalid([_as_written(one) for one in error.faults]) from error
    items = [
        item["item_id"]
        for one in found["previews"]
        for side in ("without", "with")
        for item in one[side]["items"]
    ]
    return {**found, "titles": titles_of(live, items)}


def _as_written(fault: FieldFault) -> FieldFault:
    """A fault of the one rule, or of the one request, by its own fields."""
    pointer = fault.pointer.removeprefix("/rules/0").removeprefix("/requests/0")
    return fault._replace(pointer=pointer)


def _placement_for(rule: dict[str, Any], given: dict[str, str]) -> str:
    named = rule.get("placements")
    if isinstance(named, list) and named and isinstance(named[0], str):
        return named[0]
    return "similar" if "item_id" in given else "for_you"


async def _show(request: Request, there: Visited, draft: Draft) -> Response:
    live = await request.app.state.shelf.get(there.space.tenant_id)
    form = request.state.form
    return page(
        request,
        "rule.html",
        status=status_beside(draft.error),
        tenant=there.settings,
        draft=draft,
        rule_id=form["id"] or request.query_params.get("id", ""),
        placements=list(live.loaded.rulebook.placements),
        sent=form,
    )


_FORM = RecordForm("rule", _show, policies.write_rule, policies.delete_rule, _preview)
