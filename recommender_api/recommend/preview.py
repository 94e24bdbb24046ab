"""
Answers with and without rules, side by side: on given requests, or on what the log tells of.

Nothing is written, and nothing that serves is touched.
"""

import asyncio
import itertools
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, Any, NamedTuple

import msgspec
from pydantic import Field, Strict, ValidationError

from recommender_api.errors import FieldFault, RequestInvalid, pointer_to
from recommender_api.exchange.field_faults import field_faults
from recommender_api.history.protocol import at_ms_of
from recommender_api.rules.checking import Known, read_rule
from recommender_api.rules.placements import SEEDED_SOURCES, Placement
from recommender_api.serving.live_tenant import LiveTenant
from recommender_api.serving.loaded import Loaded
from recommender_store.event_log.log import EventLog
from recommender_store.event_log.remembered import UserEvents
from recommender_store.policies.fields import Moment, Record
from recommender_store.policies.rule import Rule

from .answer import as_document
from .endpoint import as_held, one_of_batch, recall
from .pipeline import recommended
from .request import RecommendRequest

PREVIEWS_MOST = 20
RULES_MOST = 50
HOOKS_START_S = 5.0
"""A preview waits for hooks that are being started, which an answer never does."""
_LOGGED_READ = 10_000
"""Events of the log that are looked at for requests."""


class Previewed(Record):
    """What is to be previewed."""

    rules: Annotated[tuple[str | dict[str, Any], ...], Strict(strict=False)] = Field(
        min_length=1,
        max_length=RULES_MOST,
        description="Ids of stored rules, or rules as they might be.",
    )
    requests: Annotated[tuple[Any, ...], Strict(strict=False)] = Field(
        default=(),
        max_length=PREVIEWS_MOST,
        description="Recommend bodies, each with its placement.",
    )
    logged: int | None = Field(
        default=None,
        ge=1,
        le=PREVIEWS_MOST,
        description="So many requests made of the log's newest events.",
    )
    at: Moment | None = Field(default=None, description="As if it were this moment.")


class _Asked(NamedTuple):
    placement: str
    request: RecommendRequest
    """Of who asks as everything is held of them."""
    said: dict[str, Any]
    """The request as it is shown."""


async def preview(live: LiveTenant, body: Any, known: Known) -> dict[str, Any]:
    """
    Raises:
        RequestInvalid, PlacementUnknown.
    """
    wanted = _read(body)
    loaded = live.loaded
    rules = [_rule(at, one, loaded, known) for at, one in enumerate(wanted.rules)]
    given = [one_of_batch(at, one) for at, one in enumerate(wanted.requests)]
    asked = [_Asked(where, as_held(live, one), _said(one)) for where, one in given]
    if wanted.logged is not None:
        placements = loaded.rulebook.placements
        named = next((name for rule in rules for name in rule.placements), "for_you")
        asked += await asyncio.to_thread(
            _logged, live, placements, placements[named], wanted.logged
        )
    now_s = time.time() if wanted.at is None else wanted.at.timestamp()
    without, with_ = await asyncio.to_thread(_sides, loaded, rules)
    if live.hooks is not None and with_.rulebook.calls_hooks:
        await live.hooks.started(loaded.hooks.allowed, HOOKS_START_S)
    previews = []
    for one in asked:
        recalled = await recall(live, one.request)
        request = one.request.model_copy(update={"explain": True})
        before, after = [
            as_document(
                await recommended(request, one.placement, side, recalled, now_s, live.hooks)
            )
            for side in (without, with_)
        ]
        previews.append(_compared(one, before, after))
    return {"rules": [rule.id for rule in rules], "previews": previews}


def _read(body: Any) -> Previewed:
    try:
        wanted = Previewed.model_validate(body)
    except ValidationError as error:
        raise RequestInvalid([*field_faults(error.errors(), Previewed.model_fields)]) from error
    if not wanted.requests and wanted.logged is None:
        detail = 'send requests, or "logged": 5 for such as the log tells of'
        raise RequestInvalid([FieldFault("/requests", "field_missing", detail)])
    return wanted


def _rule(at: int, raw: str | dict[str, Any], loaded: Loaded, known: Known) -> Rule:
    """A stored rule, or one as it might be; switched on in either case."""
    if isinstance(raw, str):
        stored = [rule for rule in loaded.rulebook.decided.rules if rule.id == raw]
        if not stored:
            detail = f"there is no rule '{raw[:80]}'"
            raise RequestInvalid([FieldFault(pointer_to(["rules", at]), "rule_unknown", detail)])
        return stored[0].model_copy(update={"enabled": True})
    try:
        return read_rule({**raw, "enabled": True}, known)
    except RequestInvalid as error:
        faults = [one._replace(pointer=f"/rules/{at}{one.pointer}") for one in error.faults]
        raise RequestInvalid(faults) from error


def _sides(loaded: Loaded, rules: list[Rule]) -> tuple[Loaded, Loaded]:
    """What is loaded without these rules, and with them."""
    decided = loaded.rulebook.decided
    ids = {rule.id for rule in rules}
    others = tuple(rule for rule in decided.rules if rule.id not in ids)
    return (
        loaded.deciding(replace(decided, rules=others)),
        loaded.deciding(replace(decided, rules=(*others, *rules))),
    )


def _compared(asked: _Asked, before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    was, is_ = (
        {item["item_id"]: item["rank"] for item in answer["items"]} for answer in (before, after)
    )
    return {
        "request": {"placement": asked.placement, **asked.said},
        "without": before,
        "with": after,
        "added": [item for item in is_ if item not in was],
        "removed": [item for item in was if item not in is_],
        "moved": [
            {"item_id": item, "from": was[item], "to": rank}
            for item, rank in is_.items()
            if item in was and was[item] != rank
        ],
    }


def _said(request: RecommendRequest) -> dict[str, Any]:
    return request.model_dump(mode="json", exclude_defaults=True)


class _Line(msgspec.Struct):
    """What is read of an event."""

    kind: str
    occurred_at: str
    user_id: str | None = None
    session_id: str | None = None
    item_id: str | None = None
    placement: str | None = None


def _logged(live: LiveTenant, placements: Any, default: Placement, most: int) -> list[_Asked]:
    """Requests as they may have been behind the newest events; one for each who asked."""
    found: dict[tuple[str | None, ...], _Asked] = {}
    log = live.space.events
    for line in itertools.chain(_newest(log), _remembered(log)):
        if live.forgotten.hides(line.user_id, at_ms_of(line.occurred_at)):
            continue
        placement = placements.get(line.placement or "", default)
        has_seed = not SEEDED_SOURCES.isdisjoint(placement.sources)
        if has_seed and line.item_id is None:
            continue
        seed = line.item_id if has_seed else None
        key = (placement.id, line.user_id, None if line.user_id else line.session_id, seed)
        request = RecommendRequest(user_id=line.user_id, session_id=line.session_id, item_id=seed)
        said = _said(request)
        if live.names.are_pseudonyms and line.user_id:
            said["user_pseudonym"] = said.pop("user_id")
        found.setdefault(key, _Asked(placement.id, request, said))
        if len(found) >= most:
            break
    return list(found.values())


def _newest(log: EventLog) -> Iterator[_Line]:
    """The newest events that are not compacted yet."""
    _, marks = log.remembered()
    lines, _ = log.lines_after(marks)
    decoded = [msgspec.json.decode(line, type=_Line) for line in lines[-_LOGGED_READ:]]
    yield from sorted(decoded, key=lambda line: line.occurred_at, reverse=True)


def _remembered(log: EventLog) -> Iterator[_Line]:
    """The last event of users that the log remembers; in no order of time."""
    remembered, _ = log.remembered()
    for one in itertools.islice(remembered, _LOGGED_READ):
        if isinstance(one, UserEvents) and one.items:
            at = datetime.fromtimestamp(one.times_ms[-1] / 1000, UTC).isoformat()
            yield _Line(one.kinds[-1], at, one.user_id, None, one.items[-1])
