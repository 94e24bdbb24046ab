"""A browser without a window: keeps its cookies, and sends the token of the page it looked at."""

import html
import re

import httpx

from tests.recommender_api.served import ADMIN_TOKEN, Served

_TOKEN = re.compile(r'name="form_token" value="([0-9a-f]+)"')
_TAGS = re.compile(r"<[^>]*>")


class Visitor:
    def __init__(self, client: httpx.Client) -> None:
        self.client = client
        self.token = ""

    def get(self, path: str, status: int = 200, **params: str) -> httpx.Response:
        return self._seen(self.client.get(f"/console{path}", params=params or None), status)

    def post(self, path: str, status: int = 303, **fields: object) -> httpx.Response:
        sent = {"form_token": self.token, **fields}
        return self._seen(self.client.post(f"/console{path}", data=sent), status)

    def sign_in(self, secret: str = ADMIN_TOKEN) -> "Visitor":
        self.get("/sign-in")
        self.post("/sign-in", secret=secret)
        landing = self.client.get("/console", follow_redirects=True)
        self._seen(landing, 200)
        return self

    def _seen(self, response: httpx.Response, status: int) -> httpx.Response:
        assert response.status_code == status, (response.status_code, text_of(response))
        found = _TOKEN.search(response.text)
        if found:
            self.token = found[1]
        return response


def visitor(served: Served) -> Visitor:
    return Visitor(served.client())


def text_of(response: httpx.Response) -> str:
    """What people read."""
    return " ".join(html.unescape(_TAGS.sub(" ", response.text)).split())
