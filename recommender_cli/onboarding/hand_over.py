"""
What a team copies: a request that works, and the lines that send its events.
"""

import shlex
from urllib.parse import quote

from .first_answers import Example

ENDPOINT = "http://127.0.0.1:8000"
KEPT_BY_THE_TEAM = "$RECOMMENDER_API_KEY"
"""Stands where a key was shown before, and is not shown again."""


def curl_line(endpoint: str, tenant: str, secret: str | None, example: Example) -> str:
    """Asks for the user, or else what is similar, or else what is popular."""
    if example.user:
        route = f"users/{quote(example.user, safe='')}/recommendations"
    elif example.item:
        route = f"items/{quote(example.item, safe='')}/similar"
    else:
        route = "popular"
    url = f"{endpoint}/v1/tenants/{tenant}/{route}?limit=5&fields=title"
    header = f'"Authorization: Bearer {secret or KEPT_BY_THE_TEAM}"'
    return f"curl -H {header} {shlex.quote(url)}"


def snippet(endpoint: str, tenant: str, secret: str | None, example: Example) -> str:
    """Python that logs one event; runs as it stands where the key is in it."""
    key = repr(secret) if secret else 'os.environ["RECOMMENDER_API_KEY"]'
    return "\n".join(
        [
            *([] if secret else ["import os"]),
            "from loggers_sdk import EventLogger",
            "",
            f"events = EventLogger(endpoint={endpoint!r}, tenant={tenant!r}, api_key={key})",
            f"events.view(user_id={example.user or 'u1'!r}, item_id={example.item or 'sku-1'!r})",
            "events.close(timeout_s=5)",
        ]
    )
