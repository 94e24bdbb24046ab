"""
The routes that everybody asks, answered on bare ASGI: recommendations, batches of them, events.

Who may come in was decided before; the same answers as the documented routes give.
"""

from typing import Any

import msgspec

from loggers_sdk.events import BATCH_BYTES_LIMIT
from loggers_sdk.wire import SDK_HEADER

from .access.places import Admission, Places
from .bodies import Bodies
from .errors import RouteUnknown
from .exchange.asgi import Receive, Scope, declared_size, header
from .exchange.visit import Visit
from .ingest.endpoint import Intake
from .ingest.identify import BODY_LIMIT_BYTES as JOIN_LIMIT_BYTES
from .ingest.identify import is_identify, session_in
from .ingest.intakes import Intakes
from .ingest.query import reads_validate_only
from .recommend import endpoint
from .recommend.answer import Answer
from .serving.dues import Dues
from .serving.live_tenant import LiveTenant
from .serving.remembered import Question
from .serving.shelf import Shelf
from .telemetry.metrics import Metrics

_SDK_HEADER = SDK_HEADER.lower().encode()
_encode = msgspec.json.Encoder().encode


class HotRoutes:
    """Those of one process."""

    def __init__(
        self,
        shelf: Shelf,
        intakes: Intakes,
        metrics: Metrics,
        admission: Admission,
        bodies: Bodies,
        dues: Dues,
    ) -> None:
        self._shelf = shelf
        self._intakes = intakes
        self._metrics = metrics
        self._admission = admission
        self._bodies = bodies
        self._dues = dues

    async def answer(
        self, scope: Scope, receive: Receive, visit: Visit, rest: list[str]
    ) -> tuple[int, bytes] | None:
        """Status and body, None where the route is another; `rest` is below the tenant's path."""
        match scope["method"], rest:
            case "GET", _ if (asked := _hot_get(rest)) is not None:
                visit.route, given = asked
                query = scope["query_string"]
                known = self._known(visit, endpoint.question_in_query(visit.route, query, given))
                return _told(visit, known or await self._answer_get(query, visit, given))
            case "POST", ["placements", name] if name.endswith(":recommend"):
                visit.route, placement = "placement", name.removesuffix(":recommend")
                body = await self._bodies.read(scope, receive, visit, endpoint.BODY_LIMIT_BYTES)
                known = self._known(visit, endpoint.question_in_body(placement, body))
                return _told(visit, known or await self._answer_post(placement, visit, body))
            case "POST", ["recommendations:batch"]:
                visit.route = "batch"
                body = await self._bodies.read(scope, receive, visit, endpoint.BODY_LIMIT_BYTES)
                return 200, await self._answer_batch(visit, body)
            case "POST", ["events"]:
                visit.route = "events"
                return 202, _encode(await self._take_events(scope, receive, visit))
            case "POST", _ if is_identify(rest):
                visit.route = "identify"
                verdicts = await self._take_join(scope, receive, visit, session_in(rest))
                return 202, _encode(verdicts)
        return None

    def _known(self, visit: Visit, question: Question) -> Answer | None:
        """What is remembered is answered at once, and takes no place."""
        tenant = None if visit.tenant_id is None else self._shelf.loaded(visit.tenant_id)
        return None if tenant is None else endpoint.known(tenant, question)

    async def _answer_get(self, query: bytes, visit: Visit, given: dict[str, str]) -> Answer:
        tenant = await self._tenant(visit, self._admission.answers)
        return await self._admission.answers.admit(
            visit.owner, lambda: endpoint.answer_get(tenant, visit.route, query, given)
        )

    async def _answer_post(self, placement: str, visit: Visit, body: bytes) -> Answer:
        tenant = await self._tenant(visit, self._admission.answers)
        return await self._admission.answers.admit(
            visit.owner, lambda: endpoint.answer_post(tenant, placement, body)
        )

    async def _answer_batch(self, visit: Visit, body: bytes) -> bytes:
        tenant = await self._tenant(visit, self._admission.answers)

        def ask(count: int) -> None:
            if visit.is_limited:
                self._dues.ask_more(tenant, count)

        return await self._admission.answers.admit(
            visit.owner, lambda: endpoint.answer_batch(tenant, body, ask)
        )

    async def _take_events(self, scope: Scope, receive: Receive, visit: Visit) -> Any:
        validate_only = reads_validate_only(scope["query_string"])
        body = await self._brought(scope, receive, visit, BATCH_BYTES_LIMIT, is_trial=validate_only)
        sdk = header(scope, _SDK_HEADER)

        async def accept() -> dict[str, Any]:
            intake = await self._intake(visit)
            return await intake.accept(body, validate_only=validate_only, sdk=sdk)

        verdicts = await self._admission.events.admit(visit.owner, accept)
        if not validate_only:
            self._metrics.ingest.count_events(visit.owner, verdicts)
        return verdicts

    async def _take_join(
        self, scope: Scope, receive: Receive, visit: Visit, session_id: str | None
    ) -> Any:
        validate_only = reads_validate_only(scope["query_string"])
        body = await self._brought(scope, receive, visit, JOIN_LIMIT_BYTES, is_trial=validate_only)

        async def identify() -> dict[str, Any]:
            intake = await self._intake(visit)
            return await intake.identify(body, session_id, validate_only=validate_only)

        verdicts = await self._admission.events.admit(visit.owner, identify)
        if not validate_only:
            self._metrics.ingest.count_events(visit.owner, verdicts)
        return verdicts

    async def _brought(
        self,
        scope: Scope,
        receive: Receive,
        visit: Visit,
        limit_bytes: int,
        *,
        is_trial: bool,
    ) -> bytes:
        """A body for the log; its bytes count from the first one on."""
        tenant = await self._tenant(visit, self._admission.events)
        size_bytes = declared_size(scope, limit_bytes)
        if not is_trial:
            tenant.account.allowance.expect_events()
        with self._intakes.of(tenant).room_for(size_bytes):
            return await self._bodies.read(scope, receive, visit, limit_bytes)

    async def _intake(self, visit: Visit) -> Intake:
        """Asked for again once the body is there: the tenant may have left the shelf meanwhile."""
        if visit.tenant_id is None:
            raise RouteUnknown
        return self._intakes.of(await self._shelf.get(visit.tenant_id))

    async def _tenant(self, visit: Visit, places: Places) -> LiveTenant:
        if visit.tenant_id is None:
            raise RouteUnknown
        tenant_id = visit.tenant_id
        known = self._shelf.loaded(tenant_id)
        if known is not None:
            return known
        return await places.admit(tenant_id, lambda: self._shelf.get(tenant_id))


def _told(visit: Visit, answer: Answer) -> tuple[int, bytes]:
    """The answer, and who gave it, for the door's metrics."""
    visit.tier = answer.tier
    if answer.kept_as is not None and visit.exemplar is None:
        visit.exemplar = {"recommendation_id": answer.kept_as}
    return 200, answer.body


def _hot_get(rest: list[str]) -> tuple[str, dict[str, str]] | None:
    """The placement that a hot GET asks, and what its path says."""
    match rest:
        case ["items", item_id, "similar"]:
            return "similar", {"item_id": item_id}
        case ["users", user_id, "recommendations"]:
            return "for_you", {"user_id": user_id}
        case ["popular"]:
            return "popular", {}
    return None
