"""
Signing in with an admin's token or a tenant's key, and out again.
"""

from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from recommender_api.access.caller import Caller
from recommender_api.console.access.sessions import PATH
from recommender_api.console.look.navigation import tenant_address
from recommender_api.console.look.pages import page
from recommender_api.errors import Forbidden, KeyMissing
from recommender_api.problems import STATUS

SIGN_IN = f"{PATH}/sign-in"
SIGN_OUT = f"{PATH}/sign-out"

_REFUSED = {
    KeyMissing.code: "Nobody is known by this token or key: it may have expired or been revoked.",
    Forbidden.code: "This key may not manage its tenant: an admin makes one that has 'manage'.",
}


async def home(request: Request) -> Response:
    return _to(_home_of(request.state.session.caller))


async def show_sign_in(request: Request) -> Response:
    return page(request, "sign_in.html", fault=None, wanted=request.query_params.get("next", ""))


async def sign_in(request: Request) -> Response:
    form, sessions = request.state.form, request.app.state.sessions
    wanted = form["next"]
    try:
        session = await sessions.sign_in(form["secret"].strip())
    except (KeyMissing, Forbidden) as error:
        fault, status = _REFUSED[error.code], STATUS[error.code]
        return page(request, "sign_in.html", status=status, fault=fault, wanted=wanted)
    before = request.state.session
    if before.caller is not None:
        await sessions.sign_out(before)
    response = _to(wanted if _is_ours(wanted) else _home_of(session.caller))
    response.headers.append("set-cookie", sessions.cookie(session, request.scope))
    return response


async def sign_out(request: Request) -> Response:
    await request.app.state.sessions.sign_out(request.state.session)
    return _to(f"{SIGN_IN}?said=signed-out")


def _home_of(caller: Caller | None) -> str:
    if caller is None:
        return SIGN_IN
    return f"{PATH}/tenants" if caller.tenant_id is None else tenant_address(caller.tenant_id)


def _is_ours(address: str) -> bool:
    """A page of the console, and nothing that a browser could take for another site."""
    return address.startswith(f"{PATH}/") and address.isprintable() and "\\" not in address


def _to(address: str) -> Response:
    return RedirectResponse(address, HTTPStatus.SEE_OTHER)
