"""
The one style sheet, under an address that changes with it.
"""

import hashlib
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from recommender_api.console.access.sessions import PATH

STYLE = f"{PATH}/style.css"
_TEXT = (Path(__file__).parent / "style.css").read_bytes()
STYLE_ADDRESS = f"{STYLE}?{hashlib.sha256(_TEXT).hexdigest()[:12]}"


async def style_sheet(_: Request) -> Response:
    headers = {
        "cache-control": "public, max-age=31536000, immutable",
        "x-content-type-options": "nosniff",
    }
    return Response(_TEXT, media_type="text/css", headers=headers)
