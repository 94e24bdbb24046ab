"""
A tenant's placements and rules: put, shown, listed, deleted, with every revision; and a preview.

A change counts on this replica before its answer goes, on the others within a second.
"""

import asyncio
from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import APIRouter, Body, Request, Response

from recommender_api.access.current import (
    CurrentAuthor,
    CurrentTenant,
    PathPlacementId,
    PathRuleId,
)
from recommender_api.errors import PlacementUnknown, RuleUnknown
from recommender_api.exchange.documented import body_of, body_of_any
from recommender_api.exchange.json_route import JsonRoute
from recommender_api.recommend.preview import Previewed, preview
from recommender_api.rules.checking import read_placement, read_rule
from recommender_api.rules.placements import BUILT_IN, placements_of
from recommender_api.serving.live_tenant import LiveTenant
from recommender_store.author import Author
from recommender_store.policies.placement import PlacementRecord
from recommender_store.policies.rule import KINDS, Rule
from recommender_store.tenant_space import TenantSpace

from .deciding import (
    IfMatch,
    Paged,
    decided,
    delete,
    found,
    known_of,
    listed,
    page_of,
    revisions_of,
    sent,
    shown,
)

router = APIRouter(prefix="/v1/tenants/{tenant}", tags=["rules"], route_class=JsonRoute)

Document = dict[str, Any]
Sent = Annotated[Any, Body()]

_RULE = body_of_any(list(KINDS.values()))
_PLACEMENT = body_of(PlacementRecord)


@router.get("/rules")
def list_rules(space: CurrentTenant, page: Paged) -> Document:
    """By id; the disabled ones too."""
    rules, cursor = listed(space.policies.rules, page)
    return {"rules": rules, "cursor": cursor}


@router.post("/rules", openapi_extra=_RULE)
async def write_rule(
    body: Sent,
    request: Request,
    space: CurrentTenant,
    author: CurrentAuthor,
    if_match: IfMatch = None,
) -> Document:
    """The same as `PUT`, with the id in the body."""
    return await _write_rule(sent(body, None, if_match), request, space, author)


@router.put("/rules/{rule_id}", openapi_extra=_RULE)
async def put_rule(
    rule_id: PathRuleId,
    body: Sent,
    request: Request,
    space: CurrentTenant,
    author: CurrentAuthor,
    if_match: IfMatch = None,
) -> Document:
    """The rule as a whole; what is left out has its default."""
    return await _write_rule(sent(body, rule_id, if_match), request, space, author)


@router.get("/rules/{rule_id}")
def show_rule(rule_id: PathRuleId, space: CurrentTenant) -> Document:
    rule = found(space.policies.rules, rule_id)
    if rule is None:
        raise RuleUnknown(rule_id)
    return rule


@router.delete("/rules/{rule_id}", status_code=204)
async def delete_rule(
    rule_id: PathRuleId,
    request: Request,
    space: CurrentTenant,
    author: CurrentAuthor,
    if_match: IfMatch = None,
) -> Response:
    """The rule holds no more; its revisions stay."""
    gone = await decided(
        request, space, lambda: delete(space.policies.rules, rule_id, author, if_match)
    )
    if gone is None:
        raise RuleUnknown(rule_id)
    return Response(status_code=204)


@router.get("/rules/{rule_id}/revisions")
def list_rule_revisions(rule_id: PathRuleId, space: CurrentTenant, page: Paged) -> Document:
    """Who decided what, and when; the newest first."""
    told = revisions_of(space.policies.rules, rule_id, page)
    if not told["revisions"]:
        raise RuleUnknown(rule_id)
    return told


@router.post("/rules:preview", openapi_extra=body_of(Previewed))
async def preview_rules(body: Sent, request: Request, space: CurrentTenant) -> Document:
    """Answers with and without rules, side by side; nothing is written."""
    live = await request.app.state.shelf.get(space.tenant_id)
    known = await asyncio.to_thread(known_of, space)
    return await preview(live, body, known)


@router.get("/placements")
def list_placements(space: CurrentTenant, page: Paged) -> Document:
    """By id: the built-in ones, and the tenant's own."""
    placements, cursor = page_of(_placements(space), page)
    return {"placements": placements, "cursor": cursor}


@router.post("/placements", openapi_extra=_PLACEMENT)
async def write_placement(
    body: Sent,
    request: Request,
    space: CurrentTenant,
    author: CurrentAuthor,
    if_match: IfMatch = None,
) -> Document:
    """The same as `PUT`, with the id in the body."""
    return await _write_placement(sent(body, None, if_match), request, space, author)


@router.put("/placements/{placement}", openapi_extra=_PLACEMENT)
async def put_placement(
    placement: PathPlacementId,
    body: Sent,
    request: Request,
    space: CurrentTenant,
    author: CurrentAuthor,
    if_match: IfMatch = None,
) -> Document:
    """A placement of one's own, or a built-in one made different."""
    return await _write_placement(sent(body, placement, if_match), request, space, author)


@router.get("/placements/{placement}")
def show_placement(placement: PathPlacementId, space: CurrentTenant) -> Document:
    placements = _placements(space)
    if placement not in placements:
        raise PlacementUnknown(placement, list(placements))
    document: Document = placements[placement]
    return document


@router.delete("/placements/{placement}", status_code=204)
async def delete_placement(
    placement: PathPlacementId,
    request: Request,
    space: CurrentTenant,
    author: CurrentAuthor,
    if_match: IfMatch = None,
) -> Response:
    """Gone; a built-in one is as it was made."""
    gone = await decided(
        request, space, lambda: delete(space.policies.placements, placement, author, if_match)
    )
    if gone is None and placement not in BUILT_IN:
        raise PlacementUnknown(placement, list(_placements(space)))
    return Response(status_code=204)


@router.get("/placements/{placement}/revisions")
def list_placement_revisions(
    placement: PathPlacementId, space: CurrentTenant, page: Paged
) -> Document:
    """Who decided what, and when; the newest first."""
    told = revisions_of(space.policies.placements, placement, page)
    if not told["revisions"] and placement not in BUILT_IN:
        raise PlacementUnknown(placement, list(_placements(space)))
    return told


def _placements(space: TenantSpace) -> dict[str, Document]:
    entries = space.policies.placements.read().entries
    own = {
        one: PlacementRecord.model_validate(entry.value)
        for one, entry in entries.items()
        if entry.value is not None
    }
    return {
        one.id: {
            **shown(one.id, one.document(), entries.get(one.id)),
            "built_in": one.id in BUILT_IN,
        }
        for one in placements_of(own).values()
    }


async def _write_rule(
    asked: tuple[Document, int | None], request: Request, space: TenantSpace, author: Author
) -> Document:
    value, expected = asked
    known = await asyncio.to_thread(known_of, space)
    rule = read_rule(value, known)
    record = rule.model_dump(mode="json", exclude_none=True)
    entry = await decided(
        request,
        space,
        lambda: space.policies.rules.put(rule.id, record, author=author, expected=expected),
    )
    live = await request.app.state.shelf.get(space.tenant_id)
    return {**shown(rule.id, record, entry), "warnings": [*_warnings(rule, live)]}


async def _write_placement(
    asked: tuple[Document, int | None], request: Request, space: TenantSpace, author: Author
) -> Document:
    value, expected = asked
    known = await asyncio.to_thread(known_of, space)
    record = read_placement(value, known)
    chain, said = space.policies.placements, record.model_dump(mode="json", exclude_none=True)
    await decided(
        request, space, lambda: chain.put(record.id, said, author=author, expected=expected)
    )
    return (await asyncio.to_thread(_placements, space))[record.id]


def _warnings(rule: Rule, live: LiveTenant) -> Iterator[dict[str, str]]:
    for one in live.loaded.rulebook.doubts_of(rule):
        yield {"code": one.code, "detail": one.detail}
