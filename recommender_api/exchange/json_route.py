"""
A FastAPI route that reads JSON as the hot routes do: strictly, with one and the same error, and
whatever the content type says.
"""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from typing_extensions import override

from .asgi import JSON, Scope, parse_json


class _JsonRequest(Request):
    @override
    async def json(self) -> Any:
        return parse_json(await self.body())


class JsonRoute(APIRoute):
    """Refuses what Python's own reader lets through: NaN, half surrogate pairs, endless depth."""

    @override
    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handle_json(request: Request) -> Response:
            return await handle(_JsonRequest(_said_to_be_json(request.scope), request.receive))

        return handle_json


def _said_to_be_json(scope: Scope) -> Scope:
    """`curl -d` calls every body a form; there is nothing but JSON here."""
    others = [pair for pair in scope["headers"] if pair[0] != b"content-type"]
    return {**scope, "headers": [*others, (b"content-type", JSON)]}
