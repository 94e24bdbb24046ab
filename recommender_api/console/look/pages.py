"""
A template and its values as an answer: what every page has, and what browsers are told of it.

Whatever a value holds is shown as text: templates escape all but what `plots` made.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from recommender_api.console.access.forms import TOKEN
from recommender_api.console.access.sessions import Session
from recommender_api.errors import ApiError
from recommender_api.problems import STATUS, Problem
from recommender_store.errors import StoreError

from . import formats
from .navigation import SAID, sections
from .style import STYLE_ADDRESS

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
"""No script at all."""
HEADERS = {
    "content-security-policy": POLICY,
    "x-frame-options": "DENY",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "no-store",
}

_templates = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload=False,
)
_templates.filters.update(formats.FILTERS)
_templates.globals.update(style_address=STYLE_ADDRESS, token_name=TOKEN)


def page(
    request: Request, template: str, *, status: int = 200, tenant: Any = None, **values: Any
) -> HTMLResponse:
    """
    One page.

    Args:
        request: whose session the page's forms are of.
        template: a file's name.
        status: the answer's.
        tenant: settings of the tenant that it is about, for the head of the page.
        values: what the template shows.
    """
    session: Session = request.state.session
    text = _templates.get_template(template).render(
        caller=session.caller,
        form_token=request.state.token,
        said=SAID.get(request.query_params.get("said", "")),
        sections=sections(tenant, session.caller),
        tenant=tenant,
        **values,
    )
    response = HTMLResponse(text, status, HEADERS)
    if session.is_new:
        sessions = request.app.state.sessions if "app" in request.scope else None
        if sessions is not None:
            response.headers.append("set-cookie", sessions.cookie(session, request.scope))
    return response


def problem_page(request: Request, told: Problem) -> HTMLResponse:
    """What is wrong, and what to do, for people."""
    shown = page(
        request, "problem.html", status=told.status, problem=msgspec.json.decode(told.body)
    )
    for name, value in _kept(told.headers):
        shown.headers.append(name.decode(), value.decode())
    return shown


def refused(told: Problem) -> Problem:
    """The same of who was let in by nobody: without a session, and with nothing to send."""
    text = _templates.get_template("problem.html").render(
        caller=None, said=None, sections=[], tenant=None, problem=msgspec.json.decode(told.body)
    )
    shown = HTMLResponse(text, told.status, HEADERS)
    headers = [one for one in shown.raw_headers if one[0] != b"content-length"]
    return Problem(told.status, [*headers, *_kept(told.headers)], bytes(shown.body))


def _kept(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Such as when to come again; how to show a key is nothing to a person."""
    return [one for one in headers if one[0] not in (b"content-type", b"www-authenticate")]


def status_beside(error: ApiError | StoreError | None) -> int:
    """
    Of a form with what is wrong beside it, None: with nothing.

    Raises:
        ApiError, StoreError: the error itself, where nobody can mend it by sending another form.
    """
    if error is None:
        return 200
    status = STATUS.get(error.code, 500)
    if status >= 500:
        raise error
    return status
