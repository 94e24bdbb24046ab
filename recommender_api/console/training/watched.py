"""
A page that loads itself again while something is under way, until somebody holds it still.
"""

from starlette.requests import Request
from starlette.responses import Response

AGAIN_S = 3


def watched(request: Request, response: Response) -> Response:
    """By a header, for there is no script."""
    if not is_still(request):
        response.headers["refresh"] = str(AGAIN_S)
    return response


def is_still(request: Request) -> bool:
    """Whether somebody reads it; and what a form was answered with cannot be asked for again."""
    return request.method != "GET" or request.query_params.get("still") == "yes"
