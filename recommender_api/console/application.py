"""
The console as one ASGI application behind the front door, which knows by the cookie who comes.

Forms are read and held to their token here, once for all; whoever is nobody is led to the sign-in;
every error is a page. The pages themselves are in the files that `ROUTES` names.
"""

from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.datastructures import State
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from recommender_api.access.caller import Caller
from recommender_api.errors import ApiError, MethodNotAllowed, RouteUnknown
from recommender_api.exchange.asgi import Receive, Scope, Send, replayed
from recommender_api.problems import problem
from recommender_store.errors import KeyInvalid, StoreError

from .access.errors import FormStale
from .access.forms import BODY_LIMIT_BYTES, TOKEN, Form
from .access.sessions import PATH, Session, Sessions
from .look import style
from .look.navigation import DELETED
from .look.pages import problem_page
from .platform import deleted, entrance, tenants
from .records import experiments, placements, rules, trial
from .tenant import audit, imports, keys, overview, quotas, readiness, settings
from .training import models, runs
from .usage import platform_usage, usage
from .usage.platform_usage import PlatformUsage

TENANT = f"{PATH}/tenants/{{tenant}}"

ROUTES = [
    Route(PATH, entrance.home),
    Route(f"{PATH}/", entrance.home),
    Route(entrance.SIGN_IN, entrance.show_sign_in),
    Route(entrance.SIGN_IN, entrance.sign_in, methods=["POST"]),
    Route(entrance.SIGN_OUT, entrance.sign_out, methods=["POST"]),
    Route(style.STYLE, style.style_sheet),
    Route(f"{PATH}/tenants", tenants.list_tenants),
    Route(f"{PATH}/tenants", tenants.create_tenant, methods=["POST"]),
    Route(DELETED, deleted.list_deleted),
    Route(DELETED, deleted.restore, methods=["POST"]),
    Route(f"{PATH}/usage", platform_usage.show),
    Route(f"{PATH}/usage.csv", platform_usage.download),
    Route(f"{PATH}/audit", audit.show_platform),
    Route(TENANT, overview.show_tenant),
    Route(f"{TENANT}/models", models.list_models),
    Route(f"{TENANT}/models", models.decide, methods=["POST"]),
    Route(f"{TENANT}/runs", runs.list_runs),
    Route(f"{TENANT}/runs", runs.ask, methods=["POST"]),
    Route(f"{TENANT}/runs/{{run}}", runs.show_run),
    Route(f"{TENANT}/runs/{{run}}/report", runs.show_report),
    Route(f"{TENANT}/imports", imports.list_imports),
    Route(f"{TENANT}/imports", imports.ask, methods=["POST"]),
    Route(f"{TENANT}/readiness", readiness.show),
    Route(f"{TENANT}/rules", rules.list_rules),
    Route(f"{TENANT}/rules", rules.switch_rule, methods=["POST"]),
    Route(f"{TENANT}/rule", rules.edit_rule),
    Route(f"{TENANT}/rule", rules.take_rule, methods=["POST"]),
    Route(f"{TENANT}/placements", placements.list_placements),
    Route(f"{TENANT}/placement", placements.edit_placement),
    Route(f"{TENANT}/placement", placements.take_placement, methods=["POST"]),
    Route(f"{TENANT}/experiments", experiments.list_experiments),
    Route(f"{TENANT}/try", trial.try_it),
    Route(f"{TENANT}/usage", usage.show),
    Route(f"{TENANT}/usage.csv", usage.download),
    Route(f"{TENANT}/quotas", quotas.show_quotas),
    Route(f"{TENANT}/quotas", quotas.change_quotas, methods=["POST"]),
    Route(f"{TENANT}/audit", audit.show_tenant),
    Route(f"{TENANT}/keys", keys.list_keys),
    Route(f"{TENANT}/keys", keys.create_key, methods=["POST"]),
    Route(f"{TENANT}/keys/revoke", keys.revoke_key, methods=["POST"]),
    Route(f"{TENANT}/keys/rotate", keys.rotate_key, methods=["POST"]),
    Route(f"{TENANT}/settings", settings.show_settings),
    Route(f"{TENANT}/settings", settings.change_settings, methods=["POST"]),
    Route(f"{TENANT}/delete", settings.delete, methods=["POST"]),
]
OPEN = {entrance.SIGN_IN, style.STYLE}


class Console:
    """A bare ASGI application; to be asked who comes before a byte of a body is read."""

    body_limit_bytes = BODY_LIMIT_BYTES

    def __init__(self, state: State) -> None:
        self._sessions: Sessions = state.sessions
        errors = (ApiError, StoreError, HTTPException, Exception)
        self._pages = Starlette(
            routes=ROUTES, exception_handlers=dict.fromkeys(errors, _answer_problem)
        )
        self._pages.router.redirect_slashes = False
        self._pages.state = state
        state.platform_usage = PlatformUsage(state)

    @property
    def routes(self) -> Any:
        return self._pages.routes

    @staticmethod
    def is_open(path: str) -> bool:
        """Whether nobody in particular may ask for it."""
        return path in OPEN

    async def recognise(self, scope: Scope) -> Caller | None:
        """Who comes, by the cookie; None: nobody."""
        session = await self._sessions.recognise(scope)
        scope["state"] = {
            **scope["state"],
            "session": session,
            "token": self._sessions.token(session),
        }
        return session.caller

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        request.state.form = Form([])
        session: Session = request.state.session
        if session.caller is None and not self.is_open(scope["path"]):
            await _led_in(request)(scope, receive, send)
            return
        try:
            body = await self._form_of(request, session) if request.method == "POST" else b""
        except ApiError as error:
            await _answer_problem(request, error)(scope, receive, send)
            return
        await self._pages(scope, replayed(body, receive), send)

    async def _form_of(self, request: Request, session: Session) -> bytes:
        body = await request.body()
        form = Form.read(body)
        if session.is_new or not self._sessions.vouches(session, form[TOKEN]):
            raise FormStale
        request.state.form = form
        return body


def _led_in(request: Request) -> Response:
    """To the sign-in, and from there to where one wanted to go."""
    query = request.url.query
    wanted = request.scope["path"] + (f"?{query}" if query else "")
    address = entrance.SIGN_IN
    if request.method == "GET" and request.scope["path"].strip("/") != PATH.strip("/"):
        address += f"?next={quote(wanted, safe='')}"
    return RedirectResponse(address, HTTPStatus.SEE_OTHER)


def _answer_problem(request: Request, error: Exception) -> Response:
    return problem_page(request, problem(_ours(error), getattr(request.state, "request_id", "")))


def _ours(error: Exception) -> Exception:
    if isinstance(error, HTTPException):
        return MethodNotAllowed(["GET"]) if error.status_code == 405 else RouteUnknown()
    return RouteUnknown() if isinstance(error, KeyInvalid) else error
